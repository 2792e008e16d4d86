/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gic_cpu_hw.h - this core's CPU interface: the physical one (ICC_*_EL1, with EOImode 1: an end is
 * a drop of the priority, then a deactivation) and the list registers of the virtual one
 * (ICH_*_EL2), each access with the barrier that it needs.
 */
#pragma once

#include "arch/arm64/include/sysreg_hw.h"
#include "arch/arm64/registers.h"

#define ICH_VTR_TDS    (1u << 19) /* ICH_HCR_EL2.TDIR is there: not on every core */
#define ICH_VMCR_VEOIM (1u << 9)

/* The interrupt that this core takes; from GIC_SPECIAL to 1023: none. */
static inline uint32_t gic_acknowledge(void) {
    uint32_t number = (uint32_t)READ_SYSREG(ICC_IAR1_EL1) & 0xffffff;

    /* Before memory is looked at (what a kick is about) or a device: IHI 0069, ICC_IAR1_EL1. */
    DSB(sy);
    return number;
}

/* Others may come again; this one stays active. */
static inline void gic_drop(uint32_t number) {
    WRITE_SYSREG(ICC_EOIR1_EL1, number);
}

/* Dropped before. */
static inline void gic_deactivate(uint32_t number) {
    WRITE_SYSREG(ICC_DIR_EL1, number);
}

/* The list registers that hold nothing. What was written to one in this exception isn't seen before
 * lists_written(). */
static inline uint32_t lists_empty(void) {
    return (uint32_t)READ_SYSREG(ICH_ELRSR_EL2);
}

/* ICH_ELRSR_EL2 and ICH_MISR_EL2 are read again without an exception between: DDI 0487 D19.1.2. */
static inline void lists_written(void) {
    ISB();
}
