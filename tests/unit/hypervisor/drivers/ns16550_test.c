/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 16550's driver against models of two kinds: the plain one, and Synopsys' DW_apb_uart, which
 * interrupts when it is written to while busy, and may do so for characters that are gone.
 */
#include "hypervisor/support.h"

/* In place of drivers/mmio_hw.h. */
#define DRIVERS_MMIO_HW_H
static uint32_t mmio_get(uint64_t at, uint32_t width);
static void mmio_put(uint64_t at, uint32_t width, uint8_t value);

/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "drivers/ns16550.c"

#define AT    UINT64_C(0x10000000)
#define SHIFT 2u
#define WIDTH 4u

static struct {
    bool synopsys;
    bool busy;          /* it is receiving or sending right now */
    bool busy_detected; /* ... and was written to */
    bool timed_out;
    uint8_t ier, lcr, mcr, fcr;
    uint8_t in[32];
    unsigned in_size, in_read;
    unsigned usr_reads, lcr_writes, accesses;
} model;

static bool has_data(void) {
    return model.in_read < model.in_size;
}

static uint8_t cause(void) {
    if (model.timed_out && (model.ier & IER_RX) != 0)
        return 0xc;
    if (has_data() && (model.ier & IER_RX) != 0)
        return 0x4;
    return model.busy_detected ? 0x7 : 0x1;
}

static bool interrupts(void) {
    return cause() != 0x1;
}

static uint8_t read_data(void) {
    model.timed_out = false;
    return has_data() ? model.in[model.in_read++] : 0xee;
}

static uint32_t mmio_get(uint64_t at, uint32_t by) {
    uint64_t index = (at - AT) >> SHIFT;

    assert_int_equal(by, WIDTH);
    model.accesses++;
    switch (index) {
    case 0:
        return (model.lcr & LCR_DLAB) != 0 ? 1 : read_data();
    case 2:
        return 0xc0 | cause();
    case 3:
        return model.lcr;
    case 5:
        return 0x60u | (has_data() ? 1u : 0u);
    default:
        assert_true(model.synopsys && index == 31);
        model.usr_reads++;
        model.busy_detected = false;
        return model.busy;
    }
}

static void write_lcr(uint8_t value) {
    model.lcr_writes++;
    if (model.synopsys && model.busy)
        model.busy_detected = true;
    else
        model.lcr = value;
}

static void mmio_put(uint64_t at, uint32_t by, uint8_t value) {
    uint64_t index = (at - AT) >> SHIFT;

    assert_int_equal(by, WIDTH);
    model.accesses++;
    if (index == 1)
        model.ier = value;
    else if (index == 2)
        model.fcr = value;
    else if (index == 3)
        write_lcr(value);
    else if (index == 4)
        model.mcr = value;
    else
        assert_int_equal(index, 0);
}

static void attach(uint32_t kind) {
    struct boot_record record = {.console_kind = kind,
                                 .console_layout = CONSOLE_LAYOUT(SHIFT, WIDTH)};

    uart_attach(&record, AT);
}

BEFORE_EACH(begin) {
    memset(&model, 0, sizeof(model));
    attach(CONSOLE_KIND_16550);
}

static void type(const char *text) {
    memcpy(model.in, text, strlen(text));
    model.in_size = (unsigned)strlen(text);
    model.in_read = 0;
}

/* As the handler does while the line is high; how often it was called. */
static unsigned handle(char *text) {
    unsigned calls = 0;

    for (; interrupts() && calls < 100; calls++) {
        for (int byte = uart_read(); byte >= 0; byte = uart_read())
            *text++ = (char)byte;
    }
    *text = '\0';
    return calls;
}

TEST(what_is_typed_is_read_once) {
    char text[32];

    model.lcr = 0x3 | LCR_DLAB;
    uart_init();
    assert_int_equal(model.lcr, 0x3);
    assert_int_equal(model.ier, 0);
    assert_int_equal(model.fcr, 1);
    uart_receive_interrupt(true);
    type("ls\r");
    assert_int_equal(handle(text), 1);
    assert_string_equal(text, "ls\r");
    assert_int_equal(uart_read(), -1);
    assert_int_equal(model.usr_reads, 0); /* which others don't have */
}

TEST(a_line_that_is_set_is_not_written_to) {
    model.synopsys = true;
    model.busy = true;
    model.lcr = 0x3;
    uart_init();
    assert_int_equal(model.lcr_writes, 0);
    assert_false(interrupts());
}

TEST(one_written_to_while_busy_is_asked_why) {
    char text[32];

    model.synopsys = true;
    model.busy = true;
    model.lcr = 0x3 | LCR_DLAB;
    uart_init();
    model.lcr = 0x3;
    assert_true(interrupts());
    assert_int_equal(handle(text), 1);
    assert_string_equal(text, "");
    assert_int_equal(model.usr_reads, 1);
}

TEST(a_time_out_for_nothing_ends) {
    char text[32];

    model.synopsys = true;
    uart_receive_interrupt(true);
    model.timed_out = true;
    assert_int_equal(handle(text), 1);
    assert_string_equal(text, "");
    /* With characters it is theirs. */
    model.timed_out = true;
    type("ab");
    assert_int_equal(handle(text), 1);
    assert_string_equal(text, "ab");
}

TEST(without_a_console_nothing_is_touched) {
    attach(CONSOLE_KIND_NONE);
    uart_init();
    uart_write('x');
    uart_receive_interrupt(true);
    assert_int_equal(uart_read(), -1);
    assert_true(uart_room() > 0);
    assert_int_equal(model.accesses, 0);
}
