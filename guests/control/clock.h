/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - what the control loop needs of its processor: a timer with absolute deadlines, a
 * way to sleep, and meters. One per architecture.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What the meters said when a release's handler began. */
struct clock_reading {
    uint64_t now;        /* ticks */
    bool metered;        /* wake_insns is known: there is a meter, and the CPU was asleep */
    bool hv_metered;     /* and so is hv_insns */
    uint32_t wake_insns; /* by the guest, since the wake-up */
    uint32_t hv_insns;   /* by the hypervisor on this core, since the CPU went to sleep */
};

/* Sets up interrupts, the timer and, where they exist, the meters; `release` is called by the
 * interrupt for each deadline and must set the next one. Once. */
void clock_init(void (*release)(void));

/* Ticks: now, and per second. */
uint64_t clock_now(void);
uint64_t clock_frequency(void);

/* Whether something bounds an emulator's slices behind each deadline: see clock.c. */
bool clock_has_backstop(void);

/* A first deadline, a period ahead at least: where the machine's own counter can be read, at a
 * whole number of periods of it, so that other VMs can stay away from the loop's releases. */
uint64_t clock_first(uint64_t period);

/* Asks for the next release at `deadline`. */
void clock_set(uint64_t deadline);

/* To be called first thing in the release. */
struct clock_reading clock_read(void);

/* Sleeps until the next release has been handled. Interrupts are taken in here only. */
void clock_sleep(void);
