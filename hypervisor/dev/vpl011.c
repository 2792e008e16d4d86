/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PL011: DDI 0183.
 */
#include "dev/vuart.h"

#define DR    0x000u
#define FR    0x018u
#define MIS   0x040u
#define ICR   0x044u
#define IDENT 0xfe0u /* PeriphID0-3, PCellID0-3 */

/* UARTIBRD, UARTFBRD, UARTLCR_H, UARTCR, UARTIFLS, UARTIMSC, UARTRIS: words from here on ... */
#define KEPT 0x024u
/* ... are struct vuart's registers, in this order. */
#define IMSC 5u
#define RAW  6u /* read-only */

#define FR_BUSY (1u << 3)
#define FR_RXFE (1u << 4)
#define FR_TXFF (1u << 5)
#define FR_RXFF (1u << 6)
#define FR_TXFE (1u << 7)

#define INT_RX (1u << 4)
#define INT_TX (1u << 5)

/* Below this fill the transmit interrupt asks for more. */
#define TX_LEVEL (RING_SIZE / 2)

static const struct {
    uint16_t bits;
    uint16_t reset;
} kept[RAW + 1] = {
    {0xffff, 0}, {0x3f, 0}, {0xff, 0}, {0xff87, 0x300}, {0x3f, 0x12}, {0x7ff, 0}, {0, 0},
};

void vuart_reset(struct vuart *uart) {
    for (unsigned i = 0; i <= RAW; i++)
        uart->registers[i] = kept[i].reset;
    uart->received_count = 0;
}

static uint32_t flags(const struct vuart *uart) {
    uint32_t used = ring_used(&uart->speaker.ring), count = uart->received_count;

    return (used == 0 ? FR_TXFE : FR_BUSY) | (used == RING_SIZE ? FR_TXFF : 0) |
           (count == 0 ? FR_RXFE : 0) | (count == VUART_FIFO_SIZE ? FR_RXFF : 0);
}

static uint32_t read_data(struct vuart *uart) {
    if (uart->received_count == 1)
        uart->registers[RAW] &= (uint16_t)~INT_RX;
    return vuart_get(uart);
}

static void write_data(struct vuart *uart, uint8_t byte, uint64_t now) {
    vuart_send(uart, byte, now);
    uart->registers[RAW] &= (uint16_t)~INT_TX;
    vuart_drained(uart);
}

uint64_t vuart_read(struct vuart *uart, uint64_t offset) {
    static const uint8_t ident[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
    uint64_t index = (offset - KEPT) / 4;

    if (index <= RAW)
        return uart->registers[index];
    switch (offset) {
    case DR:
        return read_data(uart);
    case FR:
        return flags(uart);
    case MIS:
        return uart->registers[RAW] & uart->registers[IMSC];
    default:
        return offset >= IDENT && offset < IDENT + 32 ? ident[(offset - IDENT) / 4] : 0;
    }
}

void vuart_write(struct vuart *uart, uint64_t offset, uint32_t value, uint64_t now) {
    uint64_t index = (offset - KEPT) / 4;

    if (index < RAW)
        uart->registers[index] = (uint16_t)(value & kept[index].bits);
    else if (offset == DR)
        write_data(uart, (uint8_t)value, now);
    else if (offset == ICR)
        uart->registers[RAW] &= (uint16_t)~value;
}

void vuart_receive(struct vuart *uart, uint8_t byte) {
    vuart_put(uart, byte);
    uart->registers[RAW] |= INT_RX;
}

void vuart_drained(struct vuart *uart) {
    if (ring_used(&uart->speaker.ring) <= TX_LEVEL)
        uart->registers[RAW] |= INT_TX;
}

bool vuart_interrupt(const struct vuart *uart) {
    return (uart->registers[RAW] & uart->registers[IMSC]) != 0;
}
