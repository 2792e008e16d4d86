/* SPDX-License-Identifier: Apache-2.0 */
/*
 * irq_log.h - which interrupts came, and to whom: for the tests of their controllers. The test's
 * handler adds them; the tick's are handled and not kept.
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

/*
 * Part of a test: CPU 1, if there is one, starts and sends this CPU interrupt `up`; then it takes
 * what is raised.
 */
void irq_log_check_cpu_1(uint32_t up, void (*raise)(void));

/* Sleeps until the log has so many, with the tick running; false: for a second it has not. */
bool irq_log_wait(uint64_t length);
