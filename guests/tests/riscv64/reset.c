/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/reset.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/cpu.h"
#include "runtime/fault.h"
#include "runtime/irq.h"
#include "runtime/riscv64/controller.h"
#include "runtime/riscv64/sbi.h"
#include "runtime/test.h"
#include "runtime/timer.h"

#define UART_SOURCE (BOARD_UART_IRQ - IRQ_DEVICES)
#define MSI         5u

static bool is_plic(void) {
    return irq_controller() == &plic_controller;
}

static void check_plic(void) {
    uint32_t context = plic_context(0);

    test_equal("a PLIC priority", mmio_read32(PLIC_PRIORITY(UART_SOURCE)), 0);
    test_equal("PLIC enables", mmio_read32(PLIC_ENABLE(context, 0)), 0);
    test_equal("the PLIC threshold", mmio_read32(PLIC_THRESHOLD(context)), 0);
    test_equal("PLIC pending bits", mmio_read32(PLIC_PENDING(0)), 0);
    test_equal("the PLIC's claim", mmio_read32(PLIC_CLAIM(context)), 0);
}

static void check_aplic(void) {
    test_equal("domaincfg.IE", mmio_read32(APLIC_DOMAINCFG) & APLIC_DOMAINCFG_IE, 0);
    test_equal("sourcecfg", mmio_read32(APLIC_SOURCECFG(UART_SOURCE)), 0);
    test_equal("setip", mmio_read32(APLIC_SETIP(0)), 0);
    test_equal("setie", mmio_read32(APLIC_SETIE(0)), 0);
}

static void check_imsic(void) {
    test_equal("eidelivery", imsic_read(IMSIC_EIDELIVERY), 0);
    test_equal("eithreshold", imsic_read(IMSIC_EITHRESHOLD), 0);
    for (uint64_t id = 0; id < 256; id += 64) {
        test_equal("eie", imsic_read(IMSIC_EIE(id)), 0);
        test_equal("eip", imsic_read(IMSIC_EIP(id)), 0);
    }
}

/* Which one it is, is found out without a change to it. */
void reset_check_controller(void) {
    if (is_plic()) {
        check_plic();
        return;
    }
    check_aplic();
    if (irq_controller() == &imsic_controller)
        check_imsic();
}

void reset_check_cpu(void) {
    test_equal("sie", csr_read(sie), 0);
    test_equal("sip", csr_read(sip), 0);
    test_equal("sstatus.SIE, SUM, MXR", csr_read(sstatus) & (STATUS_SIE | STATUS_SUM | STATUS_MXR),
               0);
    test_equal("satp", csr_read(satp), 0);
    test_equal("sscratch", csr_read(sscratch), 0);
    test_equal("scounteren", csr_read(scounteren), 0);
    test_equal("senvcfg", csr_read(0x10a), 0);
}

/* An interrupt claimed and never completed, others waiting, everything on. */
void reset_make_disorder(void) {
    irq_enable(BOARD_UART_IRQ);
    mmio_write8(BOARD_UART + 1, 2); /* IER: transmitter empty */
    if (is_plic()) {
        (void)mmio_read32(PLIC_CLAIM(plic_context(0)));
        mmio_write32(PLIC_THRESHOLD(plic_context(0)), 3);
    } else {
        mmio_write32(APLIC_SETIPNUM, UART_SOURCE);
    }
    if (irq_controller() == &imsic_controller) {
        mmio_write32(imsic_page(0), MSI);
        imsic_write(IMSIC_EITHRESHOLD, 3);
    }
    irq_send(3, 0);
    sbi_call(SBI_IPI, SBI_IPI_SEND, 1, 0, 0);
    irq_enable(BOARD_TIMER_IRQ);
    timer_arm(0);
    csr_set(sstatus, STATUS_SUM | STATUS_MXR | STATUS_FS);
    csr_write(sscratch, ~0ull);
    csr_write(scounteren, ~0ull);
    csr_write(0x10a, ~0ull); /* senvcfg */
}
