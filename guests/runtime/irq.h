/* SPDX-License-Identifier: Apache-2.0 */
/*
 * irq.h - interrupts, whatever controller brings them: one handler for all of them, on all CPUs.
 *
 * Numbers 1 to 15 are sent by CPUs to each other, BOARD_TIMER_IRQ is each CPU's own timer, from
 * 32 on they are devices' (BOARD_UART_IRQ, BOARD_RTC_IRQ).
 */
#pragma once

#include <stdint.h>

/* Called with the interrupt acknowledged and interrupts masked; it is ended afterwards. */
typedef void (*irq_handler)(uint32_t irq);

/* Sets up what all CPUs share, once, and names the handler of all CPUs' interrupts. */
void irq_init(irq_handler handler);

/* Sets up this CPU's part; every CPU, after irq_init(). Those that CPUs send are enabled, all
 * others are not; interrupts stay masked in the CPU. */
void irq_init_cpu(void);

/* Both, on the boot CPU. */
static inline void irq_begin(irq_handler handler) {
    irq_init(handler);
    irq_init_cpu();
}

/* One interrupt (this CPU's own, if it is private): whether it is let through. A device's is for
 * the boot CPU, and nobody else may call this for it. */
void irq_enable(uint32_t irq);
void irq_disable(uint32_t irq);

/* Sends interrupt `irq`, 1 to 15, to that CPU. What was written before is seen by whoever takes
 * it. */
void irq_send(uint32_t irq, uint32_t cpu);
