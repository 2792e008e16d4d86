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

/* What is written, and what must be zero then. */
#define REGISTERS(X)                                                                               \
    X(tpidr_el0, ~0ull, ~0ull)                                                                     \
    X(tpidr_el1, ~0ull, ~0ull)                                                                     \
    X(contextidr_el1, 77, ~0ull)                                                                   \
    X(mdscr_el1, 1u << 15, 0x8001)                                                                 \
    X(dbgbcr0_el1, 1, 1)                                                                           \
    X(dbgbvr0_el1, 0x1000, ~0ull)                                                                  \
    X(dbgwvr0_el1, 0x1000, ~0ull)                                                                  \
    X(pmcntenset_el0, 1u << 31, ~0ull)                                                             \
    X(pmselr_el0, 3, ~0ull)                                                                        \
    X(pmevtyper0_el0, 0x11, ~0ull)                                                                 \
    X(pmevtyper3_el0, 0x11, ~0ull)                                                                 \
    X(pmevcntr3_el0, 77, ~0ull)
#define CHECK(name, value, mask)  test_equal(#name, sysreg_read(name) & (mask), 0);
#define CHANGE(name, value, mask) sysreg_write(name, value);

void reset_check_cpu(void) {
    test_equal("CNTV_CTL_EL0", sysreg_read(cntv_ctl_el0) & 3, 0);
    test_equal("CNTP_CTL_EL0", sysreg_read(cntp_ctl_el0) & 3, 0);
    REGISTERS(CHECK)
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
    REGISTERS(CHANGE)
    sysreg_write(dbgclaimset_el1, 3);
    sysreg_write(oslar_el1, 0);
    sysreg_write(osdlr_el1, 1);
    cpu_isb();
}
