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

/* UARTIBRD, UARTFBRD, UARTLCR_H, UARTCR, UARTIFLS, UARTIMSC, UARTRIS (VUART_RAW): words from here
 * on are struct vuart's registers, in this order. */
#define KEPT 0x024u
#define CR   3u
#define IFLS 4u
#define IMSC 5u

#define FR_BUSY (1u << 3)
#define FR_RXFE (1u << 4)
#define FR_TXFF (1u << 5)
#define FR_RXFF (1u << 6)
#define FR_TXFE (1u << 7)

/* Of these, the bits that there are. */
static const uint16_t kept[] = {0xffff, 0x3f, 0xff, 0xff87, 0x3f, 0x7ff};

void vuart_reset(struct vuart *uart) {
    for (unsigned i = 0; i < VUART_REGISTERS; i++)
        uart->registers[i] = 0;
    uart->registers[CR] = 0x300;
    uart->registers[IFLS] = 0x12;
    uart->received_count = 0;
}

static uint32_t flags(const struct vuart *uart) {
    uint32_t used = ring_used(&uart->speaker.ring), count = uart->received_count;

    return (used == 0 ? FR_TXFE : FR_BUSY) | (used == RING_SIZE ? FR_TXFF : 0) |
           (count == 0 ? FR_RXFE : 0) | (count == VUART_FIFO_SIZE ? FR_RXFF : 0);
}

uint64_t vuart_read(struct vuart *uart, uint64_t offset) {
    static const uint8_t ident[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
    uint64_t index = (offset - KEPT) / 4;

    if (index <= VUART_RAW)
        return uart->registers[index];
    switch (offset) {
    case DR:
        return vuart_get(uart);
    case FR:
        return flags(uart);
    case MIS:
        return uart->registers[VUART_RAW] & uart->registers[IMSC];
    default:
        return offset >= IDENT && offset < IDENT + 32 ? ident[(offset - IDENT) / 4] : 0;
    }
}

void vuart_write(struct vuart *uart, uint64_t offset, uint32_t value, uint64_t now) {
    uint64_t index = (offset - KEPT) / 4;

    if (index < VUART_RAW)
        uart->registers[index] = (uint16_t)(value & kept[index]);
    else if (offset == DR)
        vuart_send(uart, (uint8_t)value, now);
    else if (offset == ICR)
        uart->registers[VUART_RAW] &= (uint16_t)~value;
}

bool vuart_interrupt(const struct vuart *uart) {
    return (uart->registers[VUART_RAW] & uart->registers[IMSC]) != 0;
}
