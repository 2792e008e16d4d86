/* SPDX-License-Identifier: Apache-2.0 */
/*
 * typed - answers each line that is typed, by interrupts alone, until "off". The tick is for QEMU:
 * it may hang if it gets something to read while all CPUs sleep and no timer is armed.
 */
#include "arch_board.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/tick.h"

/* All that is ever typed. */
static volatile char typed[256];
static volatile uint32_t typed_count;

static void handle(uint32_t irq) {
    int byte;

    tick_handle(irq);
    while (irq == BOARD_UART_IRQ && typed_count < sizeof typed && (byte = console_get()) >= 0)
        typed[typed_count++] = (char)byte;
}

static char next_byte(void) {
    static uint32_t taken;

    while (taken == typed_count)
        cpu_sleep();
    return typed[taken++];
}

/* Whether it is not the last one. */
static bool answer_line(void) {
    char line[32];
    uint32_t length = 0;

    for (char byte = next_byte(); byte != '\r'; byte = next_byte())
        if (length < sizeof line - 1)
            line[length++] = byte;
    line[length] = '\0';
    console_print("@typed %s\n", line);
    return line[0] != 'o' || line[1] != 'f' || line[2] != 'f';
}

void guest_main(uint64_t tree) {
    irq_begin(handle);
    tick_start();
    console_receive();
    irq_enable(BOARD_UART_IRQ);
    console_print("@typed ready\n");
    while (answer_line()) {
    }
    test_done();
}
