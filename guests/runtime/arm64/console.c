/* SPDX-License-Identifier: Apache-2.0 */
/* A PL011, real or emulated; without one, what is said is lost. */
#include "runtime/console.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/fault.h"
#include "runtime/tree.h"

#define UARTDR    0x00
#define UARTFR    0x18
#define UARTLCR_H 0x2c
#define UARTCR    0x30
#define UARTIMSC  0x38

#define FR_RXFE      (1u << 4)
#define FR_TXFF      (1u << 5)
#define LCR_H_8_BITS (3u << 5)
#define LCR_H_FIFOS  (1u << 4)
#define CR_ENABLE    (1u << 0)
#define CR_TRANSMIT  (1u << 8)
#define CR_RECEIVE   (1u << 9)
#define INT_RECEIVED (1u << 4 | 1u << 6) /* so many that it is time, or silence behind them */

static uint64_t uart; /* its registers; 0: there is none */

void console_init(uint64_t tree) {
    uint64_t chosen = tree_console(tree);

    uart = chosen != 0 ? chosen : BOARD_UART;
    fault_expect();
    mmio_write32(uart + UARTIMSC, 0);
    if (fault_caught().count != 0) {
        uart = 0;
        return;
    }
    mmio_write32(uart + UARTLCR_H, LCR_H_8_BITS | LCR_H_FIFOS);
    mmio_write32(uart + UARTCR, CR_ENABLE | CR_TRANSMIT | CR_RECEIVE);
}

void console_force(char character) {
    if (uart != 0)
        mmio_write32(uart + UARTDR, (unsigned char)character);
}

bool console_try_put(char character) {
    if (uart != 0 && mmio_read32(uart + UARTFR) & FR_TXFF)
        return false;
    console_force(character);
    return true;
}

void console_receive(void) {
    mmio_write32(uart + UARTIMSC, INT_RECEIVED);
}

int console_get(void) {
    if (uart == 0 || (mmio_read32(uart + UARTFR) & FR_RXFE) != 0)
        return -1;
    return (int)(mmio_read32(uart + UARTDR) & 0xff);
}
