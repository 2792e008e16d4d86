/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NS16550A: National Semiconductor's (later TI's) data sheet PC16550D. Byte registers,
 * one behind the other.
 */
#include "dev/vuart.h"

/* Offsets, of registers as they are read or written, and places of what they keep. */
#define DATA 0u /* RBR, THR */
#define IER  1u
#define IIR  2u /* read; written it is ... */
#define FCR  2u
#define LCR  3u
#define MCR  4u
#define LSR  5u
#define MSR  6u
#define SCR  7u
#define DLL  8u /* at 0 and 1, behind the divisor latch access bit */
#define DLM  9u

#define IER_RX 0x01u
#define IER_TX 0x02u

/* By priority; the others, of line and modem, never come. */
#define IIR_RX      0x04u
#define IIR_TIMEOUT 0x0cu /* less than the trigger level, for long enough */
#define IIR_TX      0x02u
#define IIR_NONE    0x01u
#define IIR_FIFO    0xc0u

#define FCR_ENABLE   0x01u
#define FCR_CLEAR_RX 0x02u
#define FCR_KEPT     0xc9u /* trigger level, DMA mode, enable */

#define LCR_DLAB 0x80u
#define MCR_LOOP 0x10u

#define LSR_DATA  0x01u
#define LSR_ROOM  0x20u /* THRE */
#define LSR_EMPTY 0x40u /* TEMT */

#define MSR_READY 0xb0u /* carrier, data set ready, clear to send */

#define FIFO_SIZE 16u

void vuart_reset(struct vuart *uart) {
    for (unsigned i = 0; i < VUART_REGISTERS; i++)
        uart->registers[i] = 0;
    uart->received_count = 0;
}

/* IIR's interrupt. */
static uint32_t pending(const struct vuart *uart) {
    static const uint8_t triggers[] = {1, 4, 8, 14};
    uint32_t fcr = uart->registers[FCR];
    uint32_t trigger = (fcr & FCR_ENABLE) != 0 ? triggers[fcr >> 6] : 1;

    if ((uart->registers[IER] & IER_RX) != 0 && uart->received_count > 0)
        return uart->received_count >= trigger ? IIR_RX : IIR_TIMEOUT;
    if ((uart->registers[IER] & IER_TX) != 0 && (uart->registers[VUART_RAW] & VUART_TX) != 0)
        return IIR_TX;
    return IIR_NONE;
}

static uint32_t read_iir(struct vuart *uart) {
    uint32_t value = pending(uart);

    if (value == IIR_TX)
        uart->registers[VUART_RAW] &= (uint16_t)~VUART_TX;
    return (uart->registers[FCR] & FCR_ENABLE) != 0 ? value | IIR_FIFO : value;
}

static uint32_t read_lsr(const struct vuart *uart) {
    uint32_t used = ring_used(&uart->speaker.ring);

    return (uart->received_count > 0 ? LSR_DATA : 0) | (used <= VUART_TX_LEVEL ? LSR_ROOM : 0) |
           (used == 0 ? LSR_EMPTY : 0);
}

/* In loopback, DTR, RTS, OUT1 and OUT2 come back as DSR, CTS, RI and DCD. */
static uint32_t read_msr(const struct vuart *uart) {
    uint32_t mcr = uart->registers[MCR];

    if ((mcr & MCR_LOOP) == 0)
        return MSR_READY;
    return (mcr & 1) << 5 | (mcr & 2) << 3 | (mcr & 4) << 4 | (mcr & 8) << 4;
}

/* Which register is at `offset`. */
static uint64_t register_at(const struct vuart *uart, uint64_t offset) {
    return offset <= IER && (uart->registers[LCR] & LCR_DLAB) != 0 ? DLL + offset : offset;
}

uint64_t vuart_read(struct vuart *uart, uint64_t offset) {
    switch (register_at(uart, offset)) {
    case DATA:
        return vuart_get(uart);
    case IIR:
        return read_iir(uart);
    case LSR:
        return read_lsr(uart);
    case MSR:
        return read_msr(uart);
    default: /* those that are read as they were written */
        return offset <= SCR ? uart->registers[register_at(uart, offset)] : 0;
    }
}

static void write_data(struct vuart *uart, uint8_t byte, uint64_t now) {
    if ((uart->registers[MCR] & MCR_LOOP) == 0) {
        vuart_send(uart, byte, now);
        return;
    }
    if (uart->received_count < FIFO_SIZE)
        vuart_receive(uart, byte);
    vuart_drained(uart);
}

/* Switched on or off, the FIFOs are emptied. What is in the ring counts as sent. */
static void write_fcr(struct vuart *uart, uint8_t value) {
    if (((value ^ uart->registers[FCR]) & FCR_ENABLE) != 0 || (value & FCR_CLEAR_RX) != 0)
        uart->received_count = 0;
    uart->registers[FCR] = (value & FCR_ENABLE) != 0 ? value & FCR_KEPT : 0;
}

void vuart_write(struct vuart *uart, uint64_t offset, uint32_t value, uint64_t now) {
    static const uint8_t kept[] = {
        [IER] = 0x0f, [LCR] = 0xff, [MCR] = 0x1f, [SCR] = 0xff, [DLL] = 0xff, [DLM] = 0xff};
    uint64_t index = register_at(uart, offset);
    uint8_t byte = (uint8_t)value;

    if (index == DATA) {
        write_data(uart, byte, now);
    } else if (index == FCR) {
        write_fcr(uart, byte);
    } else if (offset <= SCR && kept[index] != 0) {
        if (index == IER && (byte & ~uart->registers[IER] & IER_TX) != 0)
            vuart_drained(uart);
        uart->registers[index] = byte & kept[index];
    }
}

bool vuart_interrupt(const struct vuart *uart) {
    return pending(uart) != IIR_NONE;
}
