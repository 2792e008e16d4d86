/* SPDX-License-Identifier: Apache-2.0 */
/* vuart_guest.h - an emulated UART as its guest sees it, for one test program's main file. */
#pragma once

#include "hypervisor/support.h"

#include "dev/vuart.h"

static struct vuart uart;

BEFORE_EACH(begin) {
    memset(&uart, 0, sizeof(uart));
    vuart_reset(&uart);
}

static inline uint32_t read(uint64_t offset) {
    return (uint32_t)vuart_read(&uart, offset);
}

static inline void write(uint64_t offset, uint32_t value) {
    vuart_write(&uart, offset, value, 1234);
}

static inline struct ring *ring(void) {
    return &uart.speaker.ring;
}
