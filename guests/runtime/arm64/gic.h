/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gic.h - the GICv3 (Arm IHI 0069), affinity routing, all interrupts in group 1: arm64's
 * runtime/irq.h, whose numbers are INTIDs. 0 to 15 are SGIs, 16 to 31 PPIs (both per CPU: "this
 * CPU's"), from 32 on SPIs.
 */
#pragma once

#include "arch_cpu.h"
#include "arch_mmio.h"
#include "runtime/irq.h"

#include <stdbool.h>

#define GICD_CTLR        0x0000
#define GICD_TYPER       0x0004
#define GICD_IIDR        0x0008
#define GICD_IGROUPR     0x0080 /* one bit per interrupt */
#define GICD_ISENABLER   0x0100
#define GICD_ICENABLER   0x0180
#define GICD_ISPENDR     0x0200
#define GICD_ICPENDR     0x0280
#define GICD_ISACTIVER   0x0300
#define GICD_ICACTIVER   0x0380
#define GICD_IPRIORITYR  0x0400 /* one byte per interrupt */
#define GICD_ICFGR       0x0c00 /* two bits per interrupt */
#define GICD_IROUTER     0x6000 /* eight bytes per interrupt */
#define GICD_PIDR2       0xffe8
#define GICD_CTLR_ENABLE (1u << 1) /* group 1 */
#define GICD_CTLR_ARE    (1u << 4)
#define GICD_CTLR_RWP    (1u << 31)

#define GICR_CTLR       0x0000
#define GICR_TYPER      0x0008
#define GICR_TYPER_LAST (1u << 4)
#define GICR_WAKER      0x0014
#define GICR_SGI        0x10000 /* SGI and PPI registers, numbered as the distributor's */
#define GICR_STRIDE     0x20000 /* bytes per CPU */

#define GIC_SPI_FIRST 32u
#define GIC_SPURIOUS  1020u /* and up: no interrupt */
#define GIC_NONE      1023u /* acknowledged: nothing is pending that may come */
#define GIC_PRIORITY  0xa0u /* what every interrupt is set to at first */

/* Address of this CPU's redistributor: found by its affinity. */
uint64_t gic_redistributor(void);

/* An interrupt's priority (this CPU's, if private); smaller goes first. */
void gic_set_priority(uint32_t intid, uint8_t priority);

/* An SPI goes to the CPU of that affinity. */
void gic_route(uint32_t intid, uint64_t affinity);

/* The register word and the bit in it of an interrupt in one of the one-bit registers. */
uint64_t gic_bit_register(uint32_t offset, uint32_t intid);
static inline uint32_t gic_bit(uint32_t intid) {
    return 1u << (intid % 32);
}

static inline bool gic_read_bit(uint32_t offset, uint32_t intid) {
    return (mmio_read32(gic_bit_register(offset, intid)) & gic_bit(intid)) != 0;
}
static inline void gic_write_bit(uint32_t offset, uint32_t intid) {
    mmio_write32(gic_bit_register(offset, intid), gic_bit(intid));
}

/* For who takes interrupts by hand, masked in the CPU: the most urgent one's number, GIC_SPURIOUS
 * and up if there is none; and its end. */
static inline uint32_t gic_acknowledge(void) {
    uint32_t intid = (uint32_t)sysreg_read(s3_0_c12_c12_0) & 0xffffff; /* ICC_IAR1_EL1 */

    __asm__ volatile("dsb sy" ::: "memory"); /* it has taken place */
    return intid;
}
static inline void gic_end(uint32_t intid) {
    sysreg_write(s3_0_c12_c12_1, intid); /* ICC_EOIR1_EL1 */
    cpu_isb();
}

/* From now on an end drops the priority only, and gic_deactivate() has to follow; or not. */
static inline void gic_split_ends(bool on) {
    sysreg_write(s3_0_c12_c12_4, on ? 2 : 0); /* ICC_CTLR_EL1.EOImode */
    cpu_isb();
}
static inline void gic_deactivate(uint32_t intid) {
    sysreg_write(s3_0_c12_c11_1, intid); /* ICC_DIR_EL1 */
    cpu_isb();
}

/* Called by the vectors only. */
void irq_handle(void);
