/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vuart.h - a VM's emulated UART on the hypervisor's console: vpl011.c or v16550.c,
 * by what the architecture's boards have.
 *
 * The transmit FIFO is the VM's ring: when others use the line the guest sees a
 * full FIFO, as with a slow wire. Pure: no call touches hardware; the caller
 * holds the VM's uart_lock and afterwards sets the interrupt's line to what
 * vuart_interrupt() says, if it was another.
 */
#pragma once

#include "dev/console.h"

#define VUART_FIFO_SIZE 32u
#define VUART_REGISTERS 10u

/* Up to this fill of the ring the transmit interrupt asks for more. */
#define VUART_TX_LEVEL (RING_SIZE / 2)

/* The register that has its raw interrupts, as a PL011 places and numbers them. */
#define VUART_RAW 6u
#define VUART_RX  (1u << 4)
#define VUART_TX  (1u << 5)

/* Behind this offset a read changes nothing, and needs no lock: it shows what was there before or
 * after a sibling's write. */
#define VUART_READ_ACTS 2u

struct vuart {
    struct speaker speaker;
    uint16_t registers[VUART_REGISTERS]; /* the device's own; its file names them */
    uint8_t received[VUART_FIFO_SIZE];
    uint32_t received_at;
    uint32_t received_count;
    bool level; /* the interrupt's line, as the controller knows it; the caller's */
};

/* To the state of reset; what is still in the ring stays and will be shown. */
void vuart_reset(struct vuart *uart);

/* `now`: the clock, for what goes into the ring. */
uint64_t vuart_read(struct vuart *uart, uint64_t offset);
void vuart_write(struct vuart *uart, uint64_t offset, uint32_t value, uint64_t now);

/* The level of its interrupt line. */
bool vuart_interrupt(const struct vuart *uart);

static inline bool vuart_can_receive(const struct vuart *uart) {
    return uart->received_count < VUART_FIFO_SIZE;
}

/* To be called after the ring was filled or drained. */
static inline void vuart_drained(struct vuart *uart) {
    if (ring_used(&uart->speaker.ring) <= VUART_TX_LEVEL)
        uart->registers[VUART_RAW] |= VUART_TX;
    else
        uart->registers[VUART_RAW] &= (uint16_t)~VUART_TX;
}

/* What the guest says, but for tags, which it can't forge; lost if the ring is full, as in a real
 * FIFO. */
static inline void vuart_send(struct vuart *uart, uint8_t byte, uint64_t now) {
    bool is_tag = byte == CONSOLE_TAG_BEGIN || byte == CONSOLE_TAG_END;

    if (!ring_is_full(&uart->speaker.ring))
        ring_put(&uart->speaker.ring, is_tag ? ' ' : byte, now);
    vuart_drained(uart);
}

/* Both ends of the receive FIFO. It must not be full: vuart_can_receive() ... */
static inline void vuart_receive(struct vuart *uart, uint8_t byte) {
    uart->received[(uart->received_at + uart->received_count++) % VUART_FIFO_SIZE] = byte;
    uart->registers[VUART_RAW] |= VUART_RX;
}

/* ... and is 0 where there is nothing. */
static inline uint8_t vuart_get(struct vuart *uart) {
    if (uart->received_count == 0)
        return 0;
    if (--uart->received_count == 0)
        uart->registers[VUART_RAW] &= (uint16_t)~VUART_RX;
    return uart->received[uart->received_at++ % VUART_FIFO_SIZE];
}
