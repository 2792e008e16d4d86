/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/cpu.h"

#include "arch/arm64/gic/gic.h"
#include "arch/arm64/include/sysreg_hw.h"
#include "arch/arm64/registers.h"
#include "arch/arm64/smccc.h"
#include "config/system.h"
#include "lib/report.h"
#include "mem/hypervisor_space.h"

#define PSCI_CPU_ON     UINT64_C(0xc4000003)
#define PSCI_SYSTEM_OFF UINT64_C(0x84000008)

#define TRNG_VERSION UINT64_C(0x84000050)
#define TRNG_RND64   UINT64_C(0xc4000053)
#define RANDOM_TRIES 64u

#define HCRX_MSCEN (UINT64_C(1) << 11) /* memory copy and set instructions, offered */

/* Registers that exist only with a feature; each is UNKNOWN after reset. */
static void optional_registers_init(void) {
    uint64_t pfr0 = READ_SYSREG(id_aa64pfr0_el1);
    uint64_t dfr0 = READ_SYSREG(id_aa64dfr0_el1);
    uint64_t mmfr0 = READ_SYSREG(id_aa64mmfr0_el1);

    if (id_field(READ_SYSREG(id_aa64mmfr1_el1), 40) != 0) /* HCX */
        WRITE_SYSREG(HCRX_EL2, id_field(READ_SYSREG(ID_AA64ISAR2_EL1), 16) != 0 ? HCRX_MSCEN : 0);
    if (id_field(pfr0, 28) != 0) { /* RAS */
        WRITE_SYSREG(VDISR_EL2, 0);
        WRITE_SYSREG(VSESR_EL2, 0);
    }
    if (id_field(dfr0, 40) != 0) /* TraceFilt */
        WRITE_SYSREG(TRFCR_EL2, 0);
    if (id_field(mmfr0, 60) >= 2) /* ECV with CNTPOFF */
        WRITE_SYSREG(CNTPOFF_EL2, 0);
    if (id_field(mmfr0, 56) >= 1) /* FGT; its register for AMU only with AMU */
        reset_fgt();
    if (id_field(mmfr0, 56) >= 1 && id_field(pfr0, 44) != 0)
        WRITE_SYSREG(HAFGRTR_EL2, 0);
    if (id_field(mmfr0, 56) >= 2)
        reset_fgt2();
}

#define CPTR_EL2_VALUE 0x401033ffu /* RES1; TAM, TTA, TSM, TZ: trace, AMU, SME and SVE trap */
#define MDCR_TTRF      (UINT64_C(1) << 19)

static void debug_init(void) {
    uint64_t dfr0 = READ_SYSREG(id_aa64dfr0_el1);
    uint32_t pmu = id_field(dfr0, 8);
    uint64_t value = id_field(dfr0, 40) != 0 ? MDCR_TTRF : 0;

    /* HPMN: all of the PMU's counters are the guest's, which owns the core. */
    if (pmu != 0 && pmu != 0xf)
        value |= READ_SYSREG(pmcr_el0) >> 11 & 0x1f;
    WRITE_SYSREG(mdcr_el2, value);
}

void arch_check_start(void) {
    if (READ_SYSREG(CurrentEL) != 2 << 2)
        refuse("exception-level", "must be started at EL2 (virtualization is off, or in use)");
    if ((READ_SYSREG(sctlr_el2) & 1) != 0)
        refuse("mmu-on", "must be started with the MMU off, as Linux is");
}

const char *arch_cpu_init(const struct system *system, uint32_t cpu) {
    WRITE_SYSREG(cptr_el2, CPTR_EL2_VALUE);
    WRITE_SYSREG(hstr_el2, 0);
    WRITE_SYSREG(hacr_el2, 0);
    WRITE_SYSREG(cnthp_ctl_el2, 0);
    WRITE_SYSREG(cnthctl_el2, 3); /* EL1PCEN, EL1PCTEN: the physical timer is the guest's */
    WRITE_SYSREG(vttbr_el2, 0);
    optional_registers_init();
    debug_init();
    ISB();
    return gic_cpu_init(system, cpu);
}

extern uint8_t secondary_start[];

bool arch_cpu_start(uint64_t hwid, phys_t space) {
    uint64_t offset = (uint64_t)(secondary_start - link_text_start);
    uint64_t x[4] = {PSCI_CPU_ON, hwid, space_record()->home + offset, space.value};

    DSB(ish);
    firmware_call(x);
    return x[0] == 0;
}

void arch_halt(void) {
    for (;;)
        __asm__ volatile("msr daifset, #0xf\n\twfi" : : : "memory");
}

void arch_machine_off(void) {
    uint64_t x[4] = {PSCI_SYSTEM_OFF, 0, 0, 0};

    firmware_call(x);
    arch_halt();
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

/* FEAT_RNG, else what the firmware has (Arm TRNG interface, DEN 0098). */
bool arch_random(uint64_t *number) {
    uint64_t version[4] = {TRNG_VERSION, 0, 0, 0};
    bool has_rndr = id_field(READ_SYSREG(id_aa64isar0_el1), 60) != 0;

    if (!has_rndr)
        firmware_call(version);
    for (uint32_t i = 0; i < RANDOM_TRIES && (has_rndr || (int32_t)version[0] > 0); i++) {
        uint64_t asked[4] = {TRNG_RND64, 64, 0, 0};

        if (has_rndr)
            __asm__ volatile("mrs %0, S3_3_C2_C4_0\n\tcset %1, eq" /* RNDR; Z: nothing now */
                             : "=r"(asked[3]), "=r"(asked[0])
                             :
                             : "cc", "memory");
        else
            firmware_call(asked);
        *number = asked[3];
        if (asked[0] == 0)
            return true;
    }
    return false;
}

void arch_timer_arm(uint64_t ticks) {
    WRITE_SYSREG(cnthp_cval_el2, arch_clock() + ticks);
    WRITE_SYSREG(cnthp_ctl_el2, 1);
    ISB();
}

void arch_cpu_kick(uint32_t cpu) {
    gic_kick(cpu);
}
