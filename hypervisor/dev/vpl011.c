/* SPDX-License-Identifier: Apache-2.0 */
#include "dev/vpl011.h"

#define DR    0x000u
#define FR    0x018u
#define RIS   0x03cu
#define MIS   0x040u
#define ICR   0x044u
#define IDENT 0xfe0u /* PeriphID0-3, PCellID0-3 */

/* UARTIBRD, UARTFBRD, UARTLCR_H, UARTCR, UARTIFLS, UARTIMSC: consecutive words from here on. */
#define KEPT 0x024u
#define IMSC 5u /* the last of them */

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
} kept[VPL011_KEPT] = {
    {0xffff, 0}, {0x3f, 0}, {0xff, 0}, {0xff87, 0x300}, {0x3f, 0x12}, {0x7ff, 0},
};

/* The kept register at `offset`; VPL011_KEPT if there is none. */
static uint32_t kept_index(uint64_t offset) {
    return offset >= KEPT && offset < KEPT + 4 * VPL011_KEPT ? (uint32_t)(offset - KEPT) / 4
                                                             : VPL011_KEPT;
}

void vpl011_reset(struct vpl011 *uart) {
    for (unsigned i = 0; i < VPL011_KEPT; i++)
        uart->kept[i] = kept[i].reset;
    uart->raw = 0;
    uart->received_at = 0;
    uart->received_count = 0;
}

static uint32_t flags(const struct vpl011 *uart) {
    uint32_t value = ring_used(&uart->speaker.ring) == 0 ? FR_TXFE : FR_BUSY;

    if (ring_is_full(&uart->speaker.ring))
        value |= FR_TXFF;
    if (uart->received_count == 0)
        value |= FR_RXFE;
    if (uart->received_count == VPL011_FIFO_SIZE)
        value |= FR_RXFF;
    return value;
}

static uint32_t read_data(struct vpl011 *uart) {
    uint32_t value;

    if (uart->received_count == 0)
        return 0;
    value = uart->received[uart->received_at];
    uart->received_at = (uart->received_at + 1) % VPL011_FIFO_SIZE;
    if (--uart->received_count == 0)
        uart->raw &= ~INT_RX;
    return value;
}

static void write_data(struct vpl011 *uart, uint8_t byte, uint64_t now) {
    /* A byte written to a full FIFO is lost, as DDI 0183 has it. */
    if (!ring_is_full(&uart->speaker.ring))
        ring_put(&uart->speaker.ring, console_printable(byte), now);
    uart->raw &= ~INT_TX;
    vpl011_drained(uart);
}

uint32_t vpl011_read(struct vpl011 *uart, uint64_t offset) {
    static const uint8_t ident[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

    if (kept_index(offset) < VPL011_KEPT)
        return uart->kept[kept_index(offset)];
    switch (offset) {
    case DR:
        return read_data(uart);
    case FR:
        return flags(uart);
    case RIS:
        return uart->raw;
    case MIS:
        return uart->raw & uart->kept[IMSC];
    default:
        return offset >= IDENT && offset < IDENT + 32 ? ident[(offset - IDENT) / 4] : 0;
    }
}

void vpl011_write(struct vpl011 *uart, uint64_t offset, uint32_t value, uint64_t now) {
    uint32_t index = kept_index(offset);

    if (index < VPL011_KEPT)
        uart->kept[index] = value & kept[index].bits;
    else if (offset == DR)
        write_data(uart, (uint8_t)value, now);
    else if (offset == ICR)
        uart->raw &= ~value;
}

bool vpl011_can_receive(const struct vpl011 *uart) {
    return uart->received_count < VPL011_FIFO_SIZE;
}

void vpl011_receive(struct vpl011 *uart, uint8_t byte) {
    uart->received[(uart->received_at + uart->received_count) % VPL011_FIFO_SIZE] = byte;
    uart->received_count++;
    uart->raw |= INT_RX;
}

void vpl011_drained(struct vpl011 *uart) {
    if (ring_used(&uart->speaker.ring) <= TX_LEVEL)
        uart->raw |= INT_TX;
}

bool vpl011_interrupt(const struct vpl011 *uart) {
    return (uart->raw & uart->kept[IMSC]) != 0;
}
