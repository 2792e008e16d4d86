/* SPDX-License-Identifier: Apache-2.0 */
/* A 16550, real or emulated; without one, the firmware's console. */
#include "runtime/console.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/fault.h"
#include "runtime/riscv64/sbi.h"
#include "runtime/tree.h"

#define THR 0 /* read: what was received */
#define IER 1
#define FCR 2
#define LCR 3
#define MCR 4
#define LSR 5

#define IER_RECEIVED (1u << 0)
#define FCR_ENABLE   (1u << 0)
#define LCR_8_BITS   3u
#define MCR_READY    3u
#define LSR_READY    (1u << 0) /* something was received */
#define LSR_THRE     (1u << 5) /* the FIFO has room */

static uint64_t uart; /* its registers */
static bool has_uart;

void console_init(uint64_t tree) {
    uint64_t chosen = tree_console(tree);

    uart = chosen != 0 ? chosen : BOARD_UART;
    fault_expect();
    (void)mmio_read8(uart + LSR);
    has_uart = fault_caught().count == 0;
    if (has_uart) {
        mmio_write8(uart + IER, 0);
        mmio_write8(uart + LCR, LCR_8_BITS);
        mmio_write8(uart + FCR, FCR_ENABLE);
        mmio_write8(uart + MCR, MCR_READY);
    }
}

static bool firmware_put(char character) {
    /* No translation: where a variable lies is its physical address. */
    return sbi_call(SBI_DBCN, SBI_DBCN_WRITE, 1, (uint64_t)&character, 0).value == 1;
}

void console_force(char character) {
    if (has_uart)
        mmio_write8(uart + THR, (uint8_t)character);
    else
        firmware_put(character);
}

bool console_try_put(char character) {
    if (!has_uart)
        return firmware_put(character);
    if (!(mmio_read8(uart + LSR) & LSR_THRE))
        return false;
    mmio_write8(uart + THR, (uint8_t)character);
    return true;
}

void console_receive(void) {
    mmio_write8(uart + IER, IER_RECEIVED);
}

int console_get(void) {
    if (!has_uart || (mmio_read8(uart + LSR) & LSR_READY) == 0)
        return -1;
    return mmio_read8(uart + THR);
}
