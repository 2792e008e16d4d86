/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm PrimeCell UART (PL011), DDI 0183 chapter 3.
 */
#include "drivers/uart.h"

#define DR   0x000u
#define FR   0x018u
#define LCRH 0x02cu
#define CR   0x030u
#define IMSC 0x038u
#define ICR  0x044u

#define FR_RXFE   (1u << 4)
#define FR_TXFF   (1u << 5)
#define LCRH_FEN  (1u << 4)
#define CR_ENABLE ((1u << 0) | (1u << 8) | (1u << 9)) /* UART, transmitter, receiver */
#define INT_RX    ((1u << 4) | (1u << 6))             /* receive level, receive timeout */

/* This core's own copies, as all variables of the hypervisor. */
static uint64_t base; /* 0: there is none of this kind */

static volatile uint32_t *reg(uint32_t offset) {
    return (volatile uint32_t *)(uintptr_t)(base + offset);
}

void uart_attach(const struct boot_record *record, uint64_t registers) {
    base = record->console_kind == CONSOLE_KIND_PL011 ? registers : 0;
}

void uart_init(void) {
    if (base == 0)
        return;
    *reg(IMSC) = 0;
    *reg(ICR) = 0x7ff;
    *reg(LCRH) |= LCRH_FEN;
    *reg(CR) |= CR_ENABLE;
}

uint32_t uart_room(void) {
    return base == 0 || (*reg(FR) & FR_TXFF) == 0 ? 1 : 0;
}

void uart_write(uint8_t byte) {
    if (base != 0)
        *reg(DR) = byte;
}

int uart_read(void) {
    if (base == 0 || (*reg(FR) & FR_RXFE) != 0)
        return -1;
    return (int)(*reg(DR) & 0xff);
}

void uart_receive_interrupt(bool on) {
    if (base != 0)
        *reg(IMSC) = on ? INT_RX : 0;
}
