/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/reset.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/arm64/gic.h"
#include "runtime/cpu.h"
#include "runtime/test.h"
#include "runtime/timer.h"

#define SPI BOARD_UART_IRQ

void reset_check_controller(void) {
    uint64_t sgi = gic_redistributor() + GICR_SGI;

    test_equal("GICD_CTLR's enables", mmio_read32(BOARD_GICD + GICD_CTLR) & 3, 0);
    test_equal("GICD_ISENABLER1", mmio_read32(BOARD_GICD + GICD_ISENABLER + 4), 0);
    test_equal("GICD_ISPENDR1", mmio_read32(BOARD_GICD + GICD_ISPENDR + 4), 0);
    test_equal("GICD_ISACTIVER1", mmio_read32(BOARD_GICD + GICD_ISACTIVER + 4), 0);
    test_equal("GICR_ISENABLER0", mmio_read32(sgi + GICD_ISENABLER) >> 16, 0);
    test_equal("GICR_ISPENDR0", mmio_read32(sgi + GICD_ISPENDR), 0);
    test_equal("GICR_ISACTIVER0", mmio_read32(sgi + GICD_ISACTIVER), 0);
    sysreg_write(s3_0_c12_c12_5, 7); /* ICC_SRE_EL1: so that there are the following */
    cpu_isb();
    test_equal("ICC_PMR_EL1", sysreg_read(s3_0_c4_c6_0), 0);
    test_equal("ICC_IGRPEN1_EL1", sysreg_read(s3_0_c12_c12_7), 0);
    test_equal("ICC_AP1R0_EL1", sysreg_read(s3_0_c12_c9_0), 0);
}

void reset_check_cpu(void) {
    test_equal("CNTV_CTL_EL0", sysreg_read(cntv_ctl_el0) & 3, 0);
    test_equal("CNTP_CTL_EL0", sysreg_read(cntp_ctl_el0) & 3, 0);
    test_equal("TPIDR_EL0", sysreg_read(tpidr_el0), 0);
    test_equal("TPIDR_EL1", sysreg_read(tpidr_el1), 0);
    test_equal("CONTEXTIDR_EL1", sysreg_read(contextidr_el1), 0);
    test_equal("MDSCR_EL1", sysreg_read(mdscr_el1) & 0x8001, 0);
    test_equal("DBGBCR0_EL1", sysreg_read(dbgbcr0_el1) & 1, 0);
    test_equal("PMCNTENSET_EL0", sysreg_read(pmcntenset_el0), 0);
    test_equal("PMSELR_EL0", sysreg_read(pmselr_el0), 0);
    test_equal("PMEVTYPER0_EL0", sysreg_read(pmevtyper0_el0), 0);
    test_equal("PMEVTYPER3_EL0", sysreg_read(pmevtyper3_el0), 0);
    test_equal("PMEVCNTR3_EL0", sysreg_read(pmevcntr3_el0), 0);
    test_equal("DBGBVR0_EL1", sysreg_read(dbgbvr0_el1), 0);
    test_equal("DBGWVR0_EL1", sysreg_read(dbgwvr0_el1), 0);
    test_equal("DBGCLAIMCLR_EL1", sysreg_read(dbgclaimclr_el1) & 0xff, 0);
    test_equal("OSDLR_EL1", sysreg_read(osdlr_el1) & 1, 0);
    test_equal("OSLSR_EL1.OSLK", sysreg_read(oslsr_el1) >> 1 & 1, 1);
}

void reset_make_disorder(void) {
    /* A timer interrupt taken and never ended, an SPI waiting, everything on. */
    mmio_write32(BOARD_GICD + GICD_ISPENDR + SPI / 32 * 4, gic_bit(SPI));
    irq_enable(SPI);
    gic_set_priority(SPI, 0x40);
    mmio_write32(BOARD_GICD + GICD_ISACTIVER + SPI / 32 * 4, gic_bit(SPI));
    irq_enable(BOARD_TIMER_IRQ);
    timer_set(0, TIMER_ENABLE);
    timer_wait_us(10);
    (void)sysreg_read(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */
    timer_physical_set(0, TIMER_ENABLE | TIMER_MASK);
    irq_send(3, 0);
    sysreg_write(s3_0_c4_c6_0, 0x70); /* ICC_PMR_EL1 */
    sysreg_write(tpidr_el0, ~0ull);
    sysreg_write(tpidr_el1, ~0ull);
    sysreg_write(contextidr_el1, 77);
    sysreg_write(mdscr_el1, 1u << 15);
    sysreg_write(dbgbcr0_el1, 1);
    sysreg_write(pmcntenset_el0, 1u << 31);
    sysreg_write(pmselr_el0, 3);
    sysreg_write(pmevtyper0_el0, 0x11);
    sysreg_write(pmevtyper3_el0, 0x11);
    sysreg_write(pmevcntr3_el0, 77);
    sysreg_write(dbgbvr0_el1, 0x1000);
    sysreg_write(dbgwvr0_el1, 0x1000);
    sysreg_write(dbgclaimset_el1, 3);
    sysreg_write(oslar_el1, 0);
    sysreg_write(osdlr_el1, 1);
    cpu_isb();
}
