/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 16550 and its like, whose registers lie apart and are accessed as the board's
 * tree says. FIFO of 16.
 */
#include "drivers/uart.h"

#define DATA 0u
#define IER  1u
#define FCR  2u
#define LCR  3u
#define MCR  4u
#define LSR  5u

#define IER_RX     0x01u
#define FCR_ENABLE 0x01u /* trigger level 1 */
#define LCR_DLAB   0x80u
#define MCR_READY  0x0bu /* DTR, RTS, and OUT2, which lets its interrupt out on some boards */
#define LSR_DATA   0x01u
#define LSR_EMPTY  0x20u /* the transmit FIFO */
#define FIFO_SIZE  16u

/* This core's own copies, as all variables of the hypervisor. */
static bool present;
static uint64_t base;
static uint32_t shift, width;

static uint64_t address(uint32_t index) {
    return base + ((uint64_t)index << shift);
}

static uint8_t get(uint32_t index) {
    if (width == 4)
        return (uint8_t) * (volatile uint32_t *)address(index);
    if (width == 2)
        return (uint8_t) * (volatile uint16_t *)address(index);
    return *(volatile uint8_t *)address(index);
}

static void put(uint32_t index, uint8_t value) {
    if (width == 4)
        *(volatile uint32_t *)address(index) = value;
    else if (width == 2)
        *(volatile uint16_t *)address(index) = value;
    else
        *(volatile uint8_t *)address(index) = value;
}

void uart_attach(const struct boot_record *record, uint64_t registers) {
    present = record->console_kind == CONSOLE_KIND_16550;
    base = registers;
    shift = record->console_layout & 0xff;
    width = record->console_layout >> 8 & 0xff;
}

void uart_init(void) {
    if (!present)
        return;
    put(LCR, (uint8_t)(get(LCR) & ~LCR_DLAB));
    put(IER, 0);
    put(FCR, FCR_ENABLE);
    put(MCR, MCR_READY);
}

uint32_t uart_room(void) {
    return !present || (get(LSR) & LSR_EMPTY) != 0 ? FIFO_SIZE : 0;
}

void uart_write(uint8_t byte) {
    if (present)
        put(DATA, byte);
}

int uart_read(void) {
    if (!present || (get(LSR) & LSR_DATA) == 0)
        return -1;
    return get(DATA);
}

void uart_receive_interrupt(bool on) {
    if (present)
        put(IER, on ? IER_RX : 0);
}
