/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/arm64/gic.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/cpu.h"

#define PRIVATE_COUNT 32u
#define SGIS          0xffffu
#define WAKER_SLEEP   (1u << 1)
#define WAKER_ASLEEP  (1u << 2)

static irq_handler handle;

static void wait_distributor(void) {
    while (mmio_read32(BOARD_GICD + GICD_CTLR) & GICD_CTLR_RWP) {
    }
}

void irq_init(irq_handler handler) {
    uint32_t count = ((mmio_read32(BOARD_GICD + GICD_TYPER) & 31) + 1) * 32;

    handle = handler;
    mmio_write32(BOARD_GICD + GICD_CTLR, GICD_CTLR_ARE);
    wait_distributor();
    for (uint32_t intid = GIC_SPI_FIRST; intid < count && intid < GIC_SPURIOUS; intid += 32) {
        mmio_write32(BOARD_GICD + GICD_ICENABLER + intid / 8, ~0u);
        mmio_write32(BOARD_GICD + GICD_IGROUPR + intid / 8, ~0u);
        for (uint32_t i = 0; i < 32; i += 4)
            mmio_write32(BOARD_GICD + GICD_IPRIORITYR + intid + i, GIC_PRIORITY * 0x01010101u);
    }
    wait_distributor();
    mmio_write32(BOARD_GICD + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE);
    wait_distributor();
}

uint32_t cpu_count(void) {
    uint32_t count = 1;

    for (uint64_t at = BOARD_GICR; !(mmio_read64(at + GICR_TYPER) & GICR_TYPER_LAST); count++)
        at += GICR_STRIDE;
    return count;
}

uint64_t gic_redistributor(void) {
    uint64_t affinity = cpu_affinity();
    uint64_t wanted = (affinity & 0xffffff) | (affinity >> 8 & 0xff000000);
    uint64_t at = BOARD_GICR;

    for (;;) {
        uint64_t typer = mmio_read64(at + GICR_TYPER);

        if (typer >> 32 == wanted || (typer & GICR_TYPER_LAST))
            return at;
        at += GICR_STRIDE;
    }
}

void irq_init_cpu(void) {
    uint64_t at = gic_redistributor();

    mmio_write32(at + GICR_WAKER, mmio_read32(at + GICR_WAKER) & ~WAKER_SLEEP);
    while (mmio_read32(at + GICR_WAKER) & WAKER_ASLEEP) {
    }
    at += GICR_SGI;
    mmio_write32(at + GICD_ICENABLER, ~SGIS);
    mmio_write32(at + GICD_IGROUPR, ~0u);
    for (uint32_t i = 0; i < PRIVATE_COUNT; i += 4)
        mmio_write32(at + GICD_IPRIORITYR + i, GIC_PRIORITY * 0x01010101u);
    mmio_write32(at + GICD_ISENABLER, SGIS);
    sysreg_write(s3_0_c12_c12_5, 7); /* ICC_SRE_EL1: system registers */
    cpu_isb();
    sysreg_write(s3_0_c4_c6_0, 0xff); /* ICC_PMR_EL1: nothing is held back */
    sysreg_write(s3_0_c12_c12_3, 0);  /* ICC_BPR1_EL1: all priority bits preempt */
    gic_split_ends(false);
    sysreg_write(s3_0_c12_c12_7, 1); /* ICC_IGRPEN1_EL1 */
    cpu_isb();
}

uint64_t gic_bit_register(uint32_t offset, uint32_t intid) {
    if (intid < GIC_SPI_FIRST)
        return gic_redistributor() + GICR_SGI + offset;
    return BOARD_GICD + offset + intid / 32 * 4;
}

void irq_enable(uint32_t intid) {
    mmio_write32(gic_bit_register(GICD_ISENABLER, intid), gic_bit(intid));
}

void irq_disable(uint32_t intid) {
    mmio_write32(gic_bit_register(GICD_ICENABLER, intid), gic_bit(intid));
    if (intid >= GIC_SPI_FIRST)
        wait_distributor();
}

void gic_set_priority(uint32_t intid, uint8_t priority) {
    uint64_t base = intid < GIC_SPI_FIRST ? gic_redistributor() + GICR_SGI : BOARD_GICD;

    mmio_write8(base + GICD_IPRIORITYR + intid, priority);
}

void gic_route(uint32_t intid, uint64_t affinity) {
    mmio_write64(BOARD_GICD + GICD_IROUTER + 8 * (uint64_t)intid, affinity);
}

void irq_send(uint32_t intid, uint32_t cpu) {
    /* What was written before the interrupt is seen by whoever takes it. */
    __asm__ volatile("dsb ishst" ::: "memory");
    sysreg_write(s3_0_c12_c11_5, (uint64_t)intid << 24 | 1u << cpu); /* ICC_SGI1R_EL1 */
    cpu_isb();
}

void irq_handle(void) {
    uint32_t intid = gic_acknowledge();

    if (intid >= GIC_SPURIOUS)
        return;
    handle(intid);
    gic_end(intid);
}
