/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer_hw.c - this core's clock and timer, and how it waits.
 */
#include "arch/arm64/include/sysreg_hw.h"
#include "arch/cpu.h"

void arch_halt(void) {
    /* Or WFI would not wait: what is pending wakes, masked or not. At EL1 the boot is refused. */
    if (READ_SYSREG(CurrentEL) == 2 << 2)
        WRITE_SYSREG(cnthp_ctl_el2, 0);
    for (;;)
        __asm__ volatile("msr daifset, #0xf\n\twfi" : : : "memory");
}

void arch_wait(void) {
    DSB(sy);
    __asm__ volatile("wfi" : : : "memory");
}

void arch_relax(void) {
    __asm__ volatile("yield" : : : "memory");
}

uint64_t arch_clock(void) {
    ISB(); /* not earlier than what stands before it */
    return READ_SYSREG(cntpct_el0);
}

uint64_t arch_clock_frequency(void) {
    return READ_SYSREG(cntfrq_el0);
}

void arch_timer_set(uint64_t at) {
    WRITE_SYSREG(cnthp_cval_el2, at);
    WRITE_SYSREG(cnthp_ctl_el2, 1);
    ISB();
}
