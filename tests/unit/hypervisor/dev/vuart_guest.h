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

/* By the device's flags. What is received and sent is at 0 in each kind. */
bool has_received(void);

/* Some offset that an access may have; and what always holds, behind a write or read of it. */
uint64_t some_offset(struct random *random);
void check_sound(uint64_t offset);

TEST(what_is_written_is_said) {
    for (unsigned byte = 0; byte < 256; byte++) {
        write(0, 0xff00 | byte); /* more than a character doesn't go out */
        assert_int_equal(ring()->last, 1234);
        assert_int_equal(ring_used(ring()), 1);
        /* Nor what would forge a tag. */
        assert_int_equal(ring_get(ring()), byte == 0x1e || byte == 0x1f ? ' ' : byte);
    }
}

TEST(what_is_typed_is_read_in_order) {
    assert_int_equal(read(0), 0);
    for (unsigned round = 0; round < 3; round++) { /* over the end of the FIFO */
        for (unsigned i = 0; i < 20; i++)
            vuart_receive(&uart, (uint8_t)('a' + i));
        for (unsigned i = 0; i < 20; i++) {
            assert_true(has_received());
            assert_int_equal(read(0), 'a' + i);
        }
        assert_false(has_received());
    }
    for (unsigned i = 0; i < VUART_FIFO_SIZE; i++) {
        assert_true(vuart_can_receive(&uart));
        vuart_receive(&uart, (uint8_t)i);
    }
    assert_false(vuart_can_receive(&uart));
    assert_int_equal(read(0), 0);
    assert_true(vuart_can_receive(&uart));
}

/* No offset and no value may do anything but what the tests say. */
TEST(any_access_is_harmless) {
    struct random random = {17};

    for (unsigned i = 0; i < 200000; i++) {
        uint64_t offset = some_offset(&random);

        if (random_below(&random, 2) == 0)
            write(offset, (uint32_t)random_next(&random));
        else
            assert_true(read(offset) <= UINT16_MAX);
        if (random_below(&random, 8) == 0 && vuart_can_receive(&uart))
            vuart_receive(&uart, (uint8_t)i);
        if (random_below(&random, 16) == 0)
            while (ring_used(ring()) > 0)
                ring_get(ring());
        assert_true(ring_used(ring()) <= RING_SIZE);
        assert_true(uart.received_count <= VUART_FIFO_SIZE);
        check_sound(offset);
    }
}
