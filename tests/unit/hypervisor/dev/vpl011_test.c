/* SPDX-License-Identifier: Apache-2.0 */
/* Registers and bits by DDI 0183, chapter 3. */
#include "hypervisor/dev/vuart_guest.h"

#define DR   0x000u
#define RSR  0x004u
#define FR   0x018u
#define IBRD 0x024u
#define FBRD 0x028u
#define LCRH 0x02cu
#define CR   0x030u
#define IFLS 0x034u
#define IMSC 0x038u
#define RIS  0x03cu
#define MIS  0x040u
#define ICR  0x044u

#define BUSY (1u << 3)
#define RXFE (1u << 4)
#define TXFF (1u << 5)
#define RXFF (1u << 6)
#define TXFE (1u << 7)
#define RX   (1u << 4)
#define TX   (1u << 5)

bool has_received(void) {
    return (read(FR) & RXFE) == 0;
}

TEST(reset_values) {
    assert_int_equal(read(FR), TXFE | RXFE);
    assert_int_equal(read(CR), 0x300);
    assert_int_equal(read(IFLS), 0x12);
    assert_int_equal(read(IBRD) | read(FBRD) | read(LCRH) | read(IMSC) | read(RIS) | read(MIS), 0);
    assert_false(vuart_interrupt(&uart));
}

TEST(it_is_a_pl011) {
    static const uint32_t ident[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

    for (unsigned i = 0; i < COUNT_OF(ident); i++)
        assert_int_equal(read(0xfe0 + 4 * i), ident[i]);
}

TEST(settings_are_kept) {
    static const struct {
        uint32_t offset, bits;
    } kept[] = {{IBRD, 0xffff}, {FBRD, 0x3f}, {LCRH, 0xff},
                {CR, 0xff87},   {IFLS, 0x3f}, {IMSC, 0x7ff}};

    for (unsigned i = 0; i < COUNT_OF(kept); i++) {
        write(kept[i].offset, UINT32_MAX);
        assert_int_equal(read(kept[i].offset), kept[i].bits);
        write(kept[i].offset, 0x5);
        assert_int_equal(read(kept[i].offset), 0x5);
        for (unsigned other = i + 1; other < COUNT_OF(kept); other++)
            assert_int_equal(read(kept[other].offset), kept[other].offset == CR     ? 0x300
                                                       : kept[other].offset == IFLS ? 0x12
                                                                                    : 0);
    }
    vuart_reset(&uart);
    reset_values();
}

TEST(a_full_line_is_back_pressure) {
    for (uint32_t i = 0; i < RING_SIZE; i++) {
        assert_int_equal(read(FR) & TXFF, 0);
        write(DR, 'x');
    }
    assert_int_equal(read(FR) & (TXFF | BUSY | TXFE), TXFF | BUSY);
    write(DR, 'y'); /* lost, as on a real one */
    assert_int_equal(ring_used(ring()), RING_SIZE);
    assert_int_equal(ring_get(ring()), 'x');
    vuart_drained(&uart);
    assert_int_equal(read(FR) & TXFF, 0);
    write(DR, 'z');
    for (uint32_t i = 1; i < RING_SIZE; i++)
        assert_int_equal(ring_get(ring()), 'x');
    assert_int_equal(ring_get(ring()), 'z');
}

TEST(the_transmit_interrupt_asks_for_more) {
    write(IMSC, TX);
    for (uint32_t i = 0; i < RING_SIZE; i++)
        write(DR, 'x');
    assert_false(vuart_interrupt(&uart));
    assert_int_equal(read(RIS) & TX, 0);
    while (ring_used(ring()) > RING_SIZE / 2 + 1)
        ring_get(ring());
    vuart_drained(&uart);
    assert_false(vuart_interrupt(&uart));
    ring_get(ring());
    vuart_drained(&uart);
    assert_true(vuart_interrupt(&uart));
    assert_int_equal(read(MIS), TX);
    write(ICR, TX);
    assert_false(vuart_interrupt(&uart));
    assert_int_equal(read(RIS), 0);
    /* With room for more it is there again as soon as something is written. */
    ring_get(ring());
    write(DR, 'y');
    assert_true(vuart_interrupt(&uart));
}

TEST(both_interrupts_can_be_there) {
    vuart_drained(&uart);
    vuart_receive(&uart, 'a');
    assert_int_equal(read(RIS), RX | TX);
    write(ICR, TX);
    assert_int_equal(read(RIS), RX);
    vuart_drained(&uart);
    assert_int_equal(read(RIS), RX | TX);
    write(IMSC, TX);
    assert_int_equal(read(MIS), TX);
}

TEST(a_full_fifo_says_so) {
    while (vuart_can_receive(&uart)) {
        assert_int_equal(read(FR) & RXFF, 0);
        vuart_receive(&uart, 'x');
    }
    assert_int_equal(read(FR), RXFF | TXFE);
    read(DR);
    assert_int_equal(read(FR) & (RXFE | RXFF), 0);
}

TEST(the_receive_interrupt_lasts_until_all_is_read) {
    vuart_receive(&uart, 'a');
    assert_int_equal(read(RIS), RX);
    assert_int_equal(read(MIS), 0);
    assert_false(vuart_interrupt(&uart));
    write(IMSC, RX);
    assert_true(vuart_interrupt(&uart));
    assert_int_equal(read(MIS), RX);
    vuart_receive(&uart, 'b');
    read(DR);
    assert_true(vuart_interrupt(&uart));
    read(DR);
    assert_false(vuart_interrupt(&uart));
    assert_int_equal(read(RIS), 0);
    /* Cleared by hand it comes with the next byte. */
    vuart_receive(&uart, 'c');
    write(ICR, 0x7ff);
    assert_false(vuart_interrupt(&uart));
    vuart_receive(&uart, 'd');
    assert_true(vuart_interrupt(&uart));
}

TEST(a_reset_keeps_what_is_to_be_shown) {
    write(DR, 'x');
    write(IMSC, 0x7ff);
    vuart_receive(&uart, 'y');
    vuart_reset(&uart);
    assert_int_equal(ring_used(ring()), 1);
    assert_int_equal(read(FR), BUSY | RXFE);
    assert_false(vuart_interrupt(&uart));
    assert_int_equal(read(RIS), 0);
    assert_int_equal(read(DR), 0);
    ring_get(ring());
    assert_int_equal(read(FR), TXFE | RXFE);
}

uint64_t some_offset(struct random *random) {
    return random_below(random, 0x1000) &
           (random_below(random, 2) == 0 ? ~UINT64_C(3) : UINT64_MAX);
}

void check_sound(uint64_t offset) {
    assert_int_equal(vuart_interrupt(&uart), read(MIS) != 0);
    assert_int_equal(read(MIS), read(RIS) & read(IMSC));
    assert_int_equal(read(RSR) | read(0x100), 0);
}
