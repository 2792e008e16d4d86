/* SPDX-License-Identifier: Apache-2.0 */
/* plic - the PLIC's registers, and what they do to delivery. Its source is the emulated UART. */
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/cpu.h"
#include "runtime/irq_log.h"
#include "runtime/machine.h"
#include "runtime/riscv64/controller.h"
#include "runtime/test.h"
#include "runtime/tick.h"
#include "tests/riscv64/uart.h"

#define IPI_UP  1u /* CPU 1 is there */
#define CONTEXT plic_context(0)

static void handle(uint32_t irq) {
    if (irq == BOARD_UART_IRQ)
        uart_set_line(false);
    irq_log_add(irq);
}

static bool is_pending(void) {
    return (mmio_read32(PLIC_PENDING(UART_SOURCE)) >> UART_SOURCE % 32 & 1) != 0;
}

static uint32_t claim(void) {
    return mmio_read32(PLIC_CLAIM(CONTEXT));
}

static void complete(uint32_t source) {
    mmio_write32(PLIC_CLAIM(CONTEXT), source);
}

static void check_registers(void) {
    uint64_t enable = PLIC_ENABLE(CONTEXT, UART_SOURCE);
    uint32_t most;

    test_begin("registers");
    mmio_write32(PLIC_PRIORITY(UART_SOURCE), ~0u);
    most = mmio_read32(PLIC_PRIORITY(UART_SOURCE));
    test_expect(most >= 1 && (most & (most + 1)) == 0, "a priority's bits");
    mmio_write32(PLIC_PRIORITY(UART_SOURCE), 0);
    test_equal("priority", mmio_read32(PLIC_PRIORITY(UART_SOURCE)), 0);
    mmio_write32(PLIC_PRIORITY(0), 1);
    test_equal("priority of source 0", mmio_read32(PLIC_PRIORITY(0)), 0);
    mmio_write32(enable, ~0u);
    test_equal("enabled after all ones", mmio_read32(enable) & 1u << UART_SOURCE,
               1u << UART_SOURCE);
    test_equal("source 0 enabled", mmio_read32(enable) & 1, 0);
    mmio_write32(enable, 0);
    test_equal("enabled after zero", mmio_read32(enable), 0);
    mmio_write32(PLIC_THRESHOLD(CONTEXT), ~0u);
    test_equal("threshold", mmio_read32(PLIC_THRESHOLD(CONTEXT)), most);
    mmio_write32(PLIC_THRESHOLD(CONTEXT), 0);
    test_equal("claim of nothing", claim(), 0);
}

/* Those of M-mode are not there, but where images for the board expect them not to be ours. */
static void check_contexts(void) {
    test_begin("contexts");
    for (uint32_t context = 0; context <= plic_context(1); context += 2) {
        mmio_write32(PLIC_ENABLE(context, UART_SOURCE), ~0u);
        mmio_write32(PLIC_THRESHOLD(context), 1);
        test_equal("enables of M-mode", mmio_read32(PLIC_ENABLE(context, UART_SOURCE)), 0);
        test_equal("threshold of M-mode", mmio_read32(PLIC_THRESHOLD(context)), 0);
        test_equal("claim of M-mode", mmio_read32(PLIC_CLAIM(context)), 0);
    }
    mmio_write32(PLIC_THRESHOLD(plic_context(1)), 1);
    test_equal("the other CPU's threshold", mmio_read32(PLIC_THRESHOLD(plic_context(1))), 1);
    test_equal("this CPU's threshold", mmio_read32(PLIC_THRESHOLD(CONTEXT)), 0);
    mmio_write32(PLIC_THRESHOLD(plic_context(1)), 0);
}

static void check_masks(void) {
    test_begin("masks");
    irq_disable(BOARD_UART_IRQ);
    mmio_write32(PLIC_PRIORITY(UART_SOURCE), 1);
    uart_set_line(true);
    test_expect(is_pending(), "not pending when disabled");
    test_expect(!is_signalled(), "signalled when disabled");
    test_equal("claim when disabled", claim(), 0);
    mmio_write32(PLIC_ENABLE(CONTEXT, UART_SOURCE), 1u << UART_SOURCE);
    test_expect(is_signalled(), "not signalled when enabled");
    mmio_write32(PLIC_PRIORITY(UART_SOURCE), 0);
    test_expect(!is_signalled(), "signalled at priority 0");
    mmio_write32(PLIC_PRIORITY(UART_SOURCE), 2);
    mmio_write32(PLIC_THRESHOLD(CONTEXT), 2);
    test_expect(!is_signalled(), "signalled at the threshold");
    mmio_write32(PLIC_THRESHOLD(CONTEXT), 1);
    test_expect(is_signalled(), "not signalled above the threshold");
    mmio_write32(PLIC_THRESHOLD(CONTEXT), 0);
}

/* The source is pending and enabled. */
static void check_claim(void) {
    test_begin("claim");
    test_equal("claim", claim(), UART_SOURCE);
    test_expect(!is_pending(), "pending when claimed");
    test_expect(!is_signalled(), "signalled when claimed");
    test_equal("second claim", claim(), 0);
    complete(0);
    complete(UART_SOURCE + 1);
    complete(~0u);
    test_expect(!is_pending(), "another source's completion was taken for its own");
    complete(UART_SOURCE);
    test_expect(is_pending(), "the level is still high, and does not come again");
    test_equal("claim", claim(), UART_SOURCE);
    uart_set_line(false);
    complete(UART_SOURCE);
    test_expect(!is_pending(), "the level is low, and comes again");
    test_equal("claim", claim(), 0);
}

/* The threshold masks the signal, but not the claim. */
static void check_polling(void) {
    test_begin("claim-below-threshold");
    mmio_write32(PLIC_THRESHOLD(CONTEXT), 7);
    uart_set_line(true);
    test_expect(!is_signalled(), "signalled below the threshold");
    test_equal("claim", claim(), UART_SOURCE);
    uart_set_line(false);
    complete(UART_SOURCE);
    mmio_write32(PLIC_THRESHOLD(CONTEXT), 0);
}

static void check_delivery(void) {
    test_begin("delivery");
    irq_enable(BOARD_UART_IRQ);
    tick_start();
    for (uint32_t i = 0; i < 5; i++) {
        uart_set_line(true);
        test_expect(irq_log_wait(i + 1), "it was not taken");
        test_equal("taken", irq_log_length, i + 1);
        test_equal("by", irq_log_cpu[i], 0);
    }
    tick_stop();
    irq_disable(BOARD_UART_IRQ);
}

static void raise_at_cpu_1(void) {
    mmio_write32(PLIC_ENABLE(plic_context(1), UART_SOURCE), 1u << UART_SOURCE);
    uart_set_line(true);
}

/* Another VM's sources read as zero and ignore writes. */
static void check_not_owned(void) {
    static const uint32_t sources[] = {1, 8, 33, 95};

    test_begin("not-owned");
    for (uint32_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        uint32_t source = sources[i];
        uint32_t bit = 1u << source % 32;

        mmio_write32(PLIC_PRIORITY(source), 3);
        test_equal("priority", mmio_read32(PLIC_PRIORITY(source)), 0);
        mmio_write32(PLIC_ENABLE(CONTEXT, source), bit);
        test_equal("enable", mmio_read32(PLIC_ENABLE(CONTEXT, source)) & bit, 0);
        test_equal("pending", mmio_read32(PLIC_PENDING(source)) & bit, 0);
        complete(source);
    }
    test_equal("claim", claim(), 0);
}

void guest_main(uint64_t tree) {
    irq_begin(handle);
    test_begin("identity");
    test_expect(irq_controller() == &plic_controller, "this is no PLIC");
    if (irq_controller() == &plic_controller) {
        check_registers();
        check_contexts();
        check_masks();
        check_claim();
        check_polling();
        check_delivery();
        test_begin("delivery-to-the-other");
        irq_log_check_cpu_1(IPI_UP, raise_at_cpu_1);
        mmio_write32(PLIC_ENABLE(plic_context(1), UART_SOURCE), 0);
        if (machine_is_bulkhead())
            check_not_owned();
    }
    test_done();
}
