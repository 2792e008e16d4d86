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
#define VUART_REGISTERS 8u

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

/* Receives a byte; there must be room for it: vuart_can_receive(). */
void vuart_receive(struct vuart *uart, uint8_t byte);

/* To be called after the ring was drained. */
void vuart_drained(struct vuart *uart);

/* The level of its interrupt line. */
bool vuart_interrupt(const struct vuart *uart);

static inline bool vuart_can_receive(const struct vuart *uart) {
    return uart->received_count < VUART_FIFO_SIZE;
}

/* What the guest says, as it may go out; lost if the ring is full, as in a real FIFO. */
static inline void vuart_send(struct vuart *uart, uint8_t byte, uint64_t now) {
    if (!ring_is_full(&uart->speaker.ring))
        ring_put(&uart->speaker.ring, console_printable(byte), now);
}

/* Both ends of the receive FIFO, for the devices: it must not be full ... */
static inline void vuart_put(struct vuart *uart, uint8_t byte) {
    uart->received[(uart->received_at + uart->received_count++) % VUART_FIFO_SIZE] = byte;
}

/* ... and is 0 where there is nothing. */
static inline uint8_t vuart_get(struct vuart *uart) {
    if (uart->received_count == 0)
        return 0;
    uart->received_count--;
    return uart->received[uart->received_at++ % VUART_FIFO_SIZE];
}
