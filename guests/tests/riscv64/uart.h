/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uart.h - the 16550 as a source of interrupts that a test can raise and lower: its line is high
 * while its transmitter is empty and that is to be told. The console goes on beside it.
 */
#pragma once

#include "arch_board.h"
#include "arch_cpu.h"
#include "arch_mmio.h"
#include "runtime/irq.h"

#include <stdbool.h>

#define UART_SOURCE (BOARD_UART_IRQ - IRQ_DEVICES)
#define UART_IER    (BOARD_UART + 1)
#define UART_LSR    (BOARD_UART + 5)
#define UART_SCR    (BOARD_UART + 7) /* keeps what is written */
#define UART_IER_TX 0x02u
#define UART_LSR_TX 0x20u

static inline void uart_set_line(bool high) {
    while ((mmio_read8(UART_LSR) & UART_LSR_TX) == 0) {
    }
    mmio_write8(UART_IER, high ? UART_IER_TX : 0);
}

/* Whether the controller signals this CPU. */
static inline bool is_signalled(void) {
    return (csr_read(sip) & 1u << INTERRUPT_EXTERNAL) != 0;
}
