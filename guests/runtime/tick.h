/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tick.h - waiting for something to happen, with a limit, asleep: an emulator that runs all
 * CPUs in turn would let one that spins burn its whole turn. Uses one CPU's timer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Starts a tick every millisecond on this CPU; after irq_init_cpu(). */
void tick_start(void);

/* Stops it. */
void tick_stop(void);

/* For BOARD_TIMER_IRQ to be called by the interrupt handler, or to be it. Any other is ignored. */
void tick_handle(uint32_t irq);

/* Ticks since tick_start(). */
uint64_t tick_count(void);

/* Lets this CPU sleep until the condition holds, for `milliseconds` at most; it is asked after
 * each interrupt. Interrupts are masked before and after. Returns what it said last. */
bool tick_wait(bool (*condition)(uint64_t argument), uint64_t argument, uint32_t milliseconds);

/* Sleeps for that many ticks, handling interrupts. */
void tick_sleep(uint32_t milliseconds);
