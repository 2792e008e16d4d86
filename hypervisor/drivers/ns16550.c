/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 16550 and its like, whose registers lie apart and are accessed as the board's
 * tree says. FIFO of 16.
 *
 * Synopsys' kind (DW_apb_uart) is one of them. It ignores what is written to LCR while it is busy,
 * and then interrupts, whatever IER says, until USR is read; and its time-out may come when the
 * FIFO has been emptied already, and stays until a read of DATA (DW_apb_uart databook: IIR, USR).
 */
#include "drivers/uart.h"

#include "drivers/mmio_hw.h"

#define DATA 0u
#define IER  1u
#define FCR  2u /* written; read it is ... */
#define IIR  2u
#define LCR  3u
#define MCR  4u
#define LSR  5u
#define USR  31u /* Synopsys' only */

#define IER_RX     0x01u
#define FCR_ENABLE 0x01u /* trigger level 1 */
#define LCR_DLAB   0x80u
#define IIR_CAUSE  0x0fu
#define IIR_BUSY   0x07u /* no cause of any other kind's */
#define IIR_SILENT 0x0cu /* characters have been waiting for some time */
#define MCR_READY  0x0bu /* DTR, RTS, and OUT2, which lets its interrupt out on some boards */
#define LSR_DATA   0x01u
#define LSR_EMPTY  0x20u /* the transmit FIFO */
#define FIFO_SIZE  16u

/* This core's own copies, as all variables of the hypervisor. */
static uint64_t base; /* 0: there is none of this kind */
static uint32_t shift, width;

static uint8_t get(uint32_t index) {
    return (uint8_t)mmio_get(base + ((uint64_t)index << shift), width);
}

static void put(uint32_t index, uint8_t value) {
    mmio_put(base + ((uint64_t)index << shift), width, value);
}

void uart_attach(const struct boot_record *record, uint64_t registers) {
    base = record->console_kind == CONSOLE_KIND_16550 ? registers : 0;
    shift = record->console_layout & 0xff;
    width = record->console_layout >> 8 & 0xff;
}

void uart_init(void) {
    if (base == 0)
        return;
    if ((get(LCR) & LCR_DLAB) != 0)
        put(LCR, (uint8_t)(get(LCR) & ~LCR_DLAB));
    put(IER, 0);
    put(FCR, FCR_ENABLE);
    put(MCR, MCR_READY);
}

uint32_t uart_room(void) {
    return base == 0 || (get(LSR) & LSR_EMPTY) != 0 ? FIFO_SIZE : 0;
}

void uart_write(uint8_t byte) {
    if (base != 0)
        put(DATA, byte);
}

int uart_read(void) {
    uint8_t cause;

    if (base == 0)
        return -1;
    if ((get(LSR) & LSR_DATA) != 0)
        return get(DATA);
    cause = get(IIR) & IIR_CAUSE;
    if (cause == IIR_BUSY)
        get(USR);
    else if (cause == IIR_SILENT && (get(LSR) & LSR_DATA) == 0)
        get(DATA);
    return -1;
}

void uart_receive_interrupt(bool on) {
    if (base != 0)
        put(IER, on ? IER_RX : 0);
}
