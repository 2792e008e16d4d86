/* SPDX-License-Identifier: Apache-2.0 */
/* Registers and bits by the PC16550D's data sheet; probes as Linux and U-Boot do them. */
#include "hypervisor/dev/vuart_guest.h"

#define DATA 0u
#define IER  1u
#define IIR  2u
#define FCR  2u
#define LCR  3u
#define MCR  4u
#define LSR  5u
#define MSR  6u
#define SCR  7u

#define RX       0x01u /* IER */
#define TX       0x02u
#define FIFO_ON  0x01u /* FCR */
#define CLEAR_RX 0x02u
#define CLEAR_TX 0x04u
#define NONE     0x01u /* IIR */
#define IS_TX    0x02u
#define IS_RX    0x04u
#define IS_IDLE  0x0cu
#define DLAB     0x80u /* LCR */
#define LOOP     0x10u /* MCR */
#define DR       0x01u /* LSR */
#define THRE     0x20u
#define TEMT     0x40u

static void type(unsigned count) {
    for (unsigned i = 0; i < count; i++)
        vuart_receive(&uart, (uint8_t)('a' + i));
}

bool has_received(void) {
    return (read(LSR) & DR) != 0;
}

TEST(reset_values) {
    static const uint8_t expected[] = {0, 0, NONE, 0, 0, THRE | TEMT, 0xb0, 0};

    for (unsigned i = 0; i < COUNT_OF(expected); i++)
        assert_int_equal(read(i), expected[i]);
    assert_false(vuart_interrupt(&uart));
}

TEST(settings_are_kept) {
    static const uint8_t kept[][2] = {{IER, 0x0f}, {MCR, 0x1f}, {SCR, 0xff}, {LCR, 0xff}};

    for (unsigned i = 0; i < COUNT_OF(kept); i++) {
        write(kept[i][0], UINT32_MAX);
        assert_int_equal(read(kept[i][0]), kept[i][1]);
        write(kept[i][0], 0x05);
        assert_int_equal(read(kept[i][0]), 0x05);
        write(kept[i][0], 0);
    }
    reset_values();
}

TEST(the_divisor_lies_behind_its_bit) {
    write(IER, RX);
    write(LCR, DLAB | 3);
    write(DATA, 0x34);
    write(IER, 0x12);
    assert_int_equal(read(DATA), 0x34);
    assert_int_equal(read(IER), 0x12);
    assert_int_equal(read(LSR), THRE | TEMT);
    assert_int_equal(read(MSR), 0xb0);
    write(LCR, 3);
    assert_int_equal(read(DATA), 0);
    assert_int_equal(read(IER), RX);
    assert_int_equal(ring_used(ring()), 0);
    assert_int_equal(read(LSR), THRE | TEMT);
    write(LCR, DLAB);
    assert_int_equal(read(DATA), 0x34);
    assert_int_equal(read(IER), 0x12);
}

TEST(a_full_line_is_back_pressure) {
    uint32_t written = 0;

    while ((read(LSR) & THRE) != 0 && written < RING_SIZE)
        for (unsigned i = 0; i < 16; i++, written++) /* a FIFO full for one look at LSR */
            write(DATA, (uint8_t)written);
    assert_true(written < RING_SIZE);
    assert_int_equal(ring_used(ring()), written); /* nothing lost */
    assert_int_equal(read(LSR), 0);
    while (ring_used(ring()) < RING_SIZE)
        write(DATA, 'x');
    write(DATA, 'y'); /* lost, as on a real one */
    assert_int_equal(ring_used(ring()), RING_SIZE);
    while ((read(LSR) & THRE) == 0) {
        ring_get(ring());
        vuart_drained(&uart);
    }
    assert_true(ring_used(ring()) <= RING_SIZE - 16);
    assert_int_equal(read(LSR), THRE);
}

/* Linux looks for the second, UART_BUG_THRE, and for the third, UART_BUG_TXEN. */
TEST(the_transmit_interrupt_is_told_once) {
    write(IER, TX); /* with an empty transmitter it comes at once */
    assert_true(vuart_interrupt(&uart));
    assert_int_equal(read(IIR), IS_TX);
    assert_false(vuart_interrupt(&uart));
    assert_int_equal(read(IIR), NONE);
    write(IER, TX); /* on already */
    assert_false(vuart_interrupt(&uart));
    for (unsigned i = 0; i < 2; i++) {
        write(IER, 0);
        write(IER, i == 0 ? TX | RX : TX);
        assert_true(vuart_interrupt(&uart));
        assert_int_equal(read(LSR) & TEMT, TEMT);
        assert_int_equal(read(IIR), IS_TX);
    }
    /* And again when what was written is on its way. */
    write(DATA, 'x');
    assert_true(vuart_interrupt(&uart));
    write(IER, 0);
    assert_false(vuart_interrupt(&uart));
}

TEST(a_full_line_asks_for_more_when_it_has_room) {
    write(IER, TX);
    while ((read(LSR) & THRE) != 0)
        write(DATA, 'x');
    assert_false(vuart_interrupt(&uart));
    write(IER, 0);
    write(IER, TX); /* not with a full transmitter */
    assert_false(vuart_interrupt(&uart));
    vuart_drained(&uart);
    assert_false(vuart_interrupt(&uart));
    ring_get(ring());
    vuart_drained(&uart);
    assert_true(vuart_interrupt(&uart));
    assert_int_equal(read(IIR), IS_TX);
}

TEST(the_receive_interrupt_lasts_until_all_is_read) {
    type(2);
    assert_false(vuart_interrupt(&uart));
    assert_int_equal(read(IIR), NONE);
    write(IER, RX);
    assert_true(vuart_interrupt(&uart));
    assert_int_equal(read(IIR), IS_RX); /* without FIFOs there is no trigger level */
    assert_int_equal(read(IIR), IS_RX);
    read(DATA);
    assert_true(vuart_interrupt(&uart));
    read(DATA);
    assert_false(vuart_interrupt(&uart));
    assert_int_equal(read(IIR), NONE);
}

TEST(below_the_trigger_level_it_is_a_timeout) {
    static const uint8_t levels[] = {1, 4, 8, 14};

    write(IER, RX);
    for (unsigned i = 0; i < COUNT_OF(levels); i++) {
        write(FCR, i << 6 | FIFO_ON | CLEAR_RX);
        assert_int_equal(read(IIR), 0xc0 | NONE);
        if (levels[i] > 1) {
            type(levels[i] - 1u);
            assert_int_equal(read(IIR), 0xc0 | IS_IDLE);
        }
        vuart_receive(&uart, 'x');
        assert_int_equal(read(IIR), 0xc0 | IS_RX);
    }
}

TEST(received_comes_before_sent) {
    write(IER, RX | TX);
    type(1);
    assert_int_equal(read(IIR), IS_RX);
    read(DATA);
    assert_int_equal(read(IIR), IS_TX); /* was not told before */
    assert_int_equal(read(IIR), NONE);
}

TEST(the_fifos_can_be_cleared) {
    type(3);
    write(FCR, FIFO_ON); /* switching them empties them, ... */
    assert_int_equal(read(LSR) & DR, 0);
    type(3);
    write(FCR, FIFO_ON | CLEAR_TX | 0x40);
    assert_int_equal(uart.received_count, 3);
    write(FCR, FIFO_ON | CLEAR_RX); /* ... and so does this */
    assert_int_equal(uart.received_count, 0);
    type(3);
    write(FCR, 0xc0 | CLEAR_TX);
    assert_int_equal(uart.received_count, 0);
    assert_int_equal(read(IIR), NONE);
    /* What is on its way stays so: it counts as sent. */
    write(DATA, 'x');
    write(FCR, FIFO_ON | CLEAR_RX | CLEAR_TX);
    assert_int_equal(ring_used(ring()), 1);
}

/* Linux's autoconfig(), of drivers/tty/serial/8250, step by step. */
TEST(linux_finds_a_16550a) {
    write(IER, 0);
    assert_int_equal(read(IER) & 0x0f, 0);
    write(IER, 0x0f);
    assert_int_equal(read(IER) & 0x0f, 0x0f);
    write(IER, 0);
    write(MCR, LOOP | 0x0a); /* OUT2, RTS */
    assert_int_equal(read(MSR) & 0xf0, 0x90);
    write(MCR, LOOP | 0x05); /* OUT1, DTR */
    assert_int_equal(read(MSR) & 0xf0, 0x60);
    write(MCR, 0);
    write(LCR, 0xbf); /* an extended feature register of a 16650? It has none: FIFOs on */
    write(FCR, 0);
    write(LCR, 0);
    write(FCR, FIFO_ON);
    assert_int_equal(read(IIR) >> 6, 3);
    write(LCR, DLAB);
    assert_int_not_equal(read(IIR), 0);
    write(LCR, 0xe0); /* a SuperIO's bank? */
    assert_int_equal((read(IIR) ^ read(MCR)) & LOOP, 0);
    write(LCR, 0);
    write(MCR, LOOP);
    write(LCR, 0xe0);
    assert_int_equal(read(IIR) & LOOP, 0);
    write(LCR, 0);
    write(MCR, 0);
    write(LCR, DLAB); /* 64 bytes of a 16750? */
    write(FCR, FIFO_ON | 0x20);
    assert_int_equal(read(IIR) >> 5, 6);
    write(LCR, 0);
    write(IER, 0x40); /* XScale's unit enable? */
    assert_int_equal(read(IER), 0);
}

TEST(loopback_is_heard_by_the_guest_alone) {
    unsigned count = 0;

    write(FCR, FIFO_ON);
    write(MCR, LOOP);
    for (unsigned i = 0; i < 256; i++) /* size_fifo() */
        write(DATA, i);
    assert_int_equal(ring_used(ring()), 0);
    for (; (read(LSR) & DR) != 0 && count < 256; count++)
        assert_int_equal(read(DATA), count);
    assert_int_equal(count, 16);
}

TEST(a_reset_keeps_what_is_to_be_shown) {
    write(DATA, 'x');
    write(IER, 0x0f);
    write(FCR, FIFO_ON);
    type(1);
    vuart_reset(&uart);
    assert_int_equal(ring_used(ring()), 1);
    assert_false(vuart_interrupt(&uart));
    assert_int_equal(read(LSR), THRE);
    assert_int_equal(read(IIR), NONE);
    ring_get(ring());
    assert_int_equal(read(LSR), THRE | TEMT);
}

uint64_t some_offset(struct random *random) {
    return random_below(random, random_below(random, 4) == 0 ? 0x1000 : 8);
}

void check_sound(uint64_t offset) {
    static uint32_t lcr;
    bool interrupts = vuart_interrupt(&uart);

    if (offset > LCR && offset != MCR)
        assert_int_equal(read(LCR), lcr);
    lcr = read(LCR);
    assert_int_equal(read(LSR) & ~(uint32_t)(DR | THRE | TEMT), 0);
    assert_int_equal((read(IIR) & NONE) == 0, interrupts);
    assert_true(read(offset) <= (offset < 8 ? UINT8_MAX : 0));
}
