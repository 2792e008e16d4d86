/* SPDX-License-Identifier: Apache-2.0 */
/*
 * irq_log.h - which interrupts came, and to whom: for the tests of their controllers. The test's
 * handler adds them, but for the tick's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define IRQ_LOG_SIZE 8u

/* In the order in which they came; the test may set the length to 0. */
extern volatile uint32_t irq_log[IRQ_LOG_SIZE], irq_log_cpu[IRQ_LOG_SIZE];
extern volatile uint32_t irq_log_length;

/* From an interrupt handler; when the log is full, more is lost. */
void irq_log_add(uint32_t irq);

/* Lets what is pending in, masked before and after; returns how many were added meanwhile. */
uint32_t irq_log_take(void);

/* Starts CPU 1, which sends this CPU interrupt `irq` and takes its own from then on: part of a
 * test, with the tick running. */
void irq_log_start_cpu_1(uint32_t irq);

/* Sleeps until the log has so many, with the tick running; false: for a second it has not. */
bool irq_log_wait(uint64_t length);
