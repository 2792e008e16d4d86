/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aia - the APLIC in either of its delivery modes, and the IMSICs that it sends MSIs to: their
 * registers, and what they do to delivery. Its source is the emulated UART.
 */
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/cpu.h"
#include "runtime/fault.h"
#include "runtime/irq_log.h"
#include "runtime/machine.h"
#include "runtime/riscv64/controller.h"
#include "runtime/riscv64/exception.h"
#include "runtime/test.h"
#include "runtime/tick.h"
#include "tests/riscv64/uart.h"

#define IPI_UP 1u /* CPU 1 is there */
#define BIT    (1u << UART_SOURCE)

static volatile uint32_t lower_after; /* so many UART interrupts from now its line is lowered */

static void handle(uint32_t irq) {
    if (irq == BOARD_UART_IRQ && lower_after > 0 && --lower_after == 0)
        uart_set_line(false);
    irq_log_add(irq);
}

static void begin(const char *name) {
    test_begin(name);
    irq_log_length = 0;
}

static bool is_set(uint64_t array) {
    return (mmio_read32(array) & BIT) != 0;
}

static void check_domain(void) {
    bool msi = irq_controller() == &imsic_controller;

    begin("domain");
    test_equal("domaincfg", mmio_read32(APLIC_DOMAINCFG),
               0x80000000u | APLIC_DOMAINCFG_IE | (msi ? APLIC_DOMAINCFG_DM : 0));
    for (uint32_t mode = 0; mode < 8; mode++) {
        mmio_write32(APLIC_SOURCECFG(UART_SOURCE), mode);
        test_equal("sourcecfg", mmio_read32(APLIC_SOURCECFG(UART_SOURCE)),
                   mode == 2 || mode == 3 ? 0 : mode);
    }
    mmio_write32(APLIC_SOURCECFG(UART_SOURCE), APLIC_DETACHED);
    mmio_write32(APLIC_CLRIPNUM, UART_SOURCE); /* of the mode that takes a low level for active */
    mmio_write32(APLIC_TARGET(UART_SOURCE), 5);
    test_equal("target", mmio_read32(APLIC_TARGET(UART_SOURCE)), 5);
    mmio_write32(APLIC_SETIENUM, UART_SOURCE);
    test_expect(is_set(APLIC_SETIE(UART_SOURCE)), "not enabled by number");
    mmio_write32(APLIC_CLRIENUM, UART_SOURCE);
    test_expect(!is_set(APLIC_SETIE(UART_SOURCE)), "not disabled by number");
    mmio_write32(APLIC_SETIE(UART_SOURCE), ~0u);
    test_equal("source 0 enabled", mmio_read32(APLIC_SETIE(0)) & 1, 0);
    test_expect(is_set(APLIC_SETIE(UART_SOURCE)), "not enabled by its bit");
    test_equal("clrie", mmio_read32(APLIC_CLRIE(UART_SOURCE)), 0);
    mmio_write32(APLIC_CLRIE(UART_SOURCE), BIT);
    test_expect(!is_set(APLIC_SETIE(UART_SOURCE)), "not disabled by its bit");
    mmio_write32(APLIC_SOURCECFG(UART_SOURCE), APLIC_INACTIVE);
    test_equal("target when inactive", mmio_read32(APLIC_TARGET(UART_SOURCE)), 0);
    mmio_write32(APLIC_SETIENUM, UART_SOURCE);
    test_expect(!is_set(APLIC_SETIE(UART_SOURCE)), "enabled when inactive");
    mmio_write32(APLIC_SETIPNUM, UART_SOURCE);
    test_expect(!is_set(APLIC_SETIP(UART_SOURCE)), "pending when inactive");
    test_equal("taken", irq_log_take(), 0);
}

/* Pending by software, in four ways. */
static void check_detached(void) {
    begin("detached");
    aplic_configure(UART_SOURCE, APLIC_DETACHED);
    mmio_write32(APLIC_CLRIENUM, UART_SOURCE);
    mmio_write32(APLIC_SETIPNUM, UART_SOURCE);
    test_expect(is_set(APLIC_SETIP(UART_SOURCE)), "not pending after setipnum");
    mmio_write32(APLIC_CLRIPNUM, UART_SOURCE);
    test_expect(!is_set(APLIC_SETIP(UART_SOURCE)), "pending after clripnum");
    mmio_write32(APLIC_SETIP(UART_SOURCE), BIT);
    test_expect(is_set(APLIC_SETIP(UART_SOURCE)), "not pending after setip");
    mmio_write32(APLIC_IN_CLRIP(UART_SOURCE), BIT);
    test_expect(!is_set(APLIC_SETIP(UART_SOURCE)), "pending after in_clrip");
    mmio_write32(APLIC_SETIPNUM_LE, UART_SOURCE);
    test_expect(is_set(APLIC_SETIP(UART_SOURCE)), "not pending after setipnum_le");
    uart_set_line(true);
    test_expect(!is_set(APLIC_IN_CLRIP(UART_SOURCE)), "its wire counts");
    uart_set_line(false);
    test_equal("taken when disabled", irq_log_take(), 0);
    mmio_write32(APLIC_SETIENUM, UART_SOURCE);
    test_equal("taken", irq_log_take(), 1);
    test_equal("what was taken", irq_log[0], BOARD_UART_IRQ);
    test_expect(!is_set(APLIC_SETIP(UART_SOURCE)), "pending afterwards");
    mmio_write32(APLIC_DOMAINCFG, mmio_read32(APLIC_DOMAINCFG) & ~APLIC_DOMAINCFG_IE);
    mmio_write32(APLIC_SETIPNUM, UART_SOURCE);
    test_equal("taken when the domain is off", irq_log_take(), 0);
    mmio_write32(APLIC_DOMAINCFG, mmio_read32(APLIC_DOMAINCFG) | APLIC_DOMAINCFG_IE);
    test_equal("taken when it is on again", irq_log_take(), 1);
}

static void check_wired(void) {
    begin("level");
    aplic_configure(UART_SOURCE, APLIC_HIGH);
    test_expect(!is_set(APLIC_IN_CLRIP(UART_SOURCE)), "the wire is high");
    test_equal("taken", irq_log_take(), 0);
    lower_after = 3;
    uart_set_line(true);
    test_equal("taken of a level", irq_log_take(), 3);
    mmio_write32(APLIC_CLRIENUM, UART_SOURCE);
    uart_set_line(true);
    test_expect(is_set(APLIC_IN_CLRIP(UART_SOURCE)), "the wire is low");
    test_expect(is_set(APLIC_SETIP(UART_SOURCE)), "not pending when disabled");
    uart_set_line(false);
    test_expect(!is_set(APLIC_SETIP(UART_SOURCE)), "pending after the level fell");
    mmio_write32(APLIC_SETIPNUM, UART_SOURCE);
    test_expect(!is_set(APLIC_SETIP(UART_SOURCE)), "pending by software at a low level");

    begin("edge");
    aplic_configure(UART_SOURCE, APLIC_RISING);
    lower_after = 0;
    uart_set_line(true);
    test_equal("taken of a rising edge", irq_log_take(), 1);
    uart_set_line(false);
    test_equal("taken of a falling edge", irq_log_take(), 0);
    aplic_configure(UART_SOURCE, APLIC_FALLING);
    (void)irq_log_take();
    irq_log_length = 0;
    uart_set_line(true);
    test_equal("taken of a rising edge", irq_log_take(), 0);
    uart_set_line(false);
    test_equal("taken of a falling edge", irq_log_take(), 1);
    mmio_write32(APLIC_SOURCECFG(UART_SOURCE), APLIC_INACTIVE);
}

/* Direct delivery: this CPU's IDC. The source is detached, pending and enabled. */
static void check_idc(void) {
    uint64_t idc = APLIC_IDC(0);
    uint32_t top = UART_SOURCE << 16 | 5;

    begin("idc");
    aplic_configure(UART_SOURCE, APLIC_DETACHED);
    mmio_write32(APLIC_TARGET(UART_SOURCE), 0);
    test_equal("priority 0", mmio_read32(APLIC_TARGET(UART_SOURCE)), 1);
    mmio_write32(APLIC_TARGET(UART_SOURCE), 5);
    test_equal("topi of nothing", mmio_read32(idc + APLIC_TOPI), 0);
    mmio_write32(APLIC_SETIPNUM, UART_SOURCE);
    test_equal("topi", mmio_read32(idc + APLIC_TOPI), top);
    test_expect(is_signalled(), "not signalled");
    mmio_write32(idc + APLIC_ITHRESHOLD, 5);
    test_expect(!is_signalled(), "signalled at the threshold");
    test_equal("topi at the threshold", mmio_read32(idc + APLIC_TOPI), 0);
    mmio_write32(idc + APLIC_ITHRESHOLD, 6);
    test_expect(is_signalled(), "not signalled above the threshold");
    mmio_write32(idc + APLIC_ITHRESHOLD, 0);
    mmio_write32(idc + APLIC_IDELIVERY, 0);
    test_expect(!is_signalled(), "signalled without delivery");
    mmio_write32(idc + APLIC_IDELIVERY, 1);
    test_equal("claimi", mmio_read32(idc + APLIC_CLAIMI), top);
    test_equal("second claimi", mmio_read32(idc + APLIC_CLAIMI), 0);
    test_expect(!is_signalled(), "signalled when claimed");
    mmio_write32(idc + APLIC_IFORCE, 1);
    test_expect(is_signalled(), "not signalled by force");
    test_equal("claimi of a forced one", mmio_read32(idc + APLIC_CLAIMI), 0);
    test_equal("iforce after it", mmio_read32(idc + APLIC_IFORCE), 0);
    test_expect(!is_signalled(), "signalled after it");
}

static void check_file(void) {
    begin("imsic-registers");
    imsic_write(IMSIC_EIDELIVERY, 0);
    test_equal("eidelivery", imsic_read(IMSIC_EIDELIVERY), 0);
    imsic_write(IMSIC_EIDELIVERY, 1);
    test_equal("eidelivery", imsic_read(IMSIC_EIDELIVERY), 1);
    imsic_write(IMSIC_EITHRESHOLD, 20);
    test_equal("eithreshold", imsic_read(IMSIC_EITHRESHOLD), 20);
    imsic_write(IMSIC_EITHRESHOLD, 0);
    for (uint64_t id = 0; id < 64; id += 64) {
        imsic_write(IMSIC_EIE(id), ~0ull);
        test_equal("eie", imsic_read(IMSIC_EIE(id)), ~0ull - (id == 0 ? 1 : 0));
    }
    imsic_write(IMSIC_EIE(0), 0xfffe);
    test_equal("eip", imsic_read(IMSIC_EIP(0)), 0);
    fault_expect();
    imsic_write(IMSIC_EIP(0) + 1, 0);
    test_equal("an odd register's fault", fault_caught().cause, CAUSE_ILLEGAL);
}

static void send(uint32_t id) {
    mmio_write32(imsic_page(0), id);
}

static void check_messages(void) {
    static const uint32_t none[] = {0, 256, 2047, 0x10000 + 20, ~0u};

    begin("messages");
    send(20);
    test_equal("eip", imsic_read(IMSIC_EIP(0)), 1u << 20);
    test_equal("taken when disabled", irq_log_take(), 0);
    imsic_write(IMSIC_EIE(0), 0xffff | 7u << 20);
    test_expect(is_signalled(), "not signalled");
    test_equal("stopi", csr_read(0xdb0) >> 16, INTERRUPT_EXTERNAL);
    test_equal("stopei", csr_read(0x15c), 20u << 16 | 20);
    test_equal("taken", irq_log_take(), 1);
    test_equal("what was taken", irq_log[0], 20);
    test_equal("eip afterwards", imsic_read(IMSIC_EIP(0)), 0);
    for (uint32_t i = 0; i < sizeof none / sizeof none[0]; i++)
        send(none[i]);
    mmio_write32(imsic_page(0) + 8, 20);
    test_equal("taken of what is no message", irq_log_take(), 0);
    test_equal("read", mmio_read32(imsic_page(0)), 0);

    irq_log_length = 0;
    send(22);
    send(20);
    send(21);
    imsic_write(IMSIC_EITHRESHOLD, 22);
    test_equal("taken above the threshold", irq_log_take(), 2);
    test_equal("the first", irq_log[0], 20);
    test_equal("the second", irq_log[1], 21);
    imsic_write(IMSIC_EITHRESHOLD, 0);
    test_equal("taken without threshold", irq_log_take(), 1);
    imsic_write(IMSIC_EIDELIVERY, 0);
    send(20);
    test_equal("taken without delivery", irq_log_take(), 0);
    imsic_write(IMSIC_EIDELIVERY, 1);
    test_equal("taken with delivery", irq_log_take(), 1);
    mmio_write32(APLIC_GENMSI, APLIC_TARGET_CPU(0) | 21);
    test_equal("taken of genmsi", irq_log_take(), 1);
}

/* The source's target is CPU 1; as an MSI with one of the identities that it lets in. */
static void raise_at_cpu_1(void) {
    aplic_configure(UART_SOURCE, APLIC_DETACHED);
    mmio_write32(APLIC_TARGET(UART_SOURCE), APLIC_TARGET_CPU(1) | 7);
    mmio_write32(APLIC_SETIPNUM, UART_SOURCE);
}

/* Another VM's sources read as zero and ignore writes. */
static void check_not_owned(void) {
    static const uint32_t sources[] = {1, 8, 33, 95};

    begin("not-owned");
    for (uint32_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        uint32_t source = sources[i];

        mmio_write32(APLIC_SOURCECFG(source), APLIC_DETACHED);
        test_equal("sourcecfg", mmio_read32(APLIC_SOURCECFG(source)), 0);
        mmio_write32(APLIC_TARGET(source), 5);
        test_equal("target", mmio_read32(APLIC_TARGET(source)), 0);
        mmio_write32(APLIC_SETIENUM, source);
        mmio_write32(APLIC_SETIPNUM, source);
        test_equal("setie", mmio_read32(APLIC_SETIE(source)) >> source % 32 & 1, 0);
        test_equal("setip", mmio_read32(APLIC_SETIP(source)) >> source % 32 & 1, 0);
    }
    test_equal("taken", irq_log_take(), 0);
}

void guest_main(uint64_t tree) {
    bool found;

    irq_begin(handle);
    test_begin("identity");
    found = test_expect(irq_controller() != &plic_controller, "this is no APLIC");
    if (found) {
        irq_enable(BOARD_UART_IRQ); /* its identity, where that counts */
        check_domain();
        check_detached();
        check_wired();
        if (irq_controller() == &imsic_controller) {
            check_file();
            check_messages();
        } else {
            check_idc();
        }
        test_begin("delivery-to-the-other");
        irq_log_check_cpu_1(IPI_UP, raise_at_cpu_1);
        mmio_write32(APLIC_SOURCECFG(UART_SOURCE), APLIC_INACTIVE);
        if (machine_is_bulkhead())
            check_not_owned();
    }
    test_done();
}
