/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/cpu.h"

#include "arch/arm64/controls_hw.h"
#include "arch/arm64/gic/gic.h"
#include "arch/arm64/include/sysreg_hw.h"
#include "arch/arm64/smccc.h"
#include "lib/report.h"

#define PSCI_CPU_ON     UINT64_C(0xc4000003)
#define PSCI_SYSTEM_OFF UINT64_C(0x84000008)

#define TRNG_RND64 UINT64_C(0xc4000053)

void arch_check_start(void) {
    if (READ_SYSREG(CurrentEL) != 2 << 2)
        refuse("exception-level", "must be started at EL2 (virtualization is off, or in use)");
    if ((READ_SYSREG(sctlr_el2) & 1) != 0)
        refuse("mmu-on", "must be started with the MMU off, as Linux is");
    if (controls_need_vhe())
        refuse("core-vhe", "this core has EL2 with VHE only, which is not supported");
}

const char *arch_cpu_init(const struct system *system, uint32_t cpu) {
    controls_init();
    return gic_cpu_init(system, cpu);
}

extern uint8_t secondary_start[];

bool arch_cpu_start(uint64_t hwid, phys_t space) {
    uint64_t offset = (uint64_t)(secondary_start - link_text_start);
    uint64_t x[4] = {PSCI_CPU_ON, hwid, space_record()->home + offset, space.value};

    DSB(ish);
    return firmware_call(x) == 0;
}

void arch_machine_off(void) {
    firmware_call((uint64_t[4]){PSCI_SYSTEM_OFF});
    arch_halt();
}

/* FEAT_RNG, else what the firmware has (Arm TRNG interface, DEN 0098). */
bool arch_random(uint64_t *number) {
    uint64_t asked[4] = {TRNG_RND64, 64, 0, 0};

    if (id_field(READ_SYSREG(id_aa64isar0_el1), 60) != 0)
        __asm__ volatile("mrs %0, S3_3_C2_C4_0\n\tcset %1, eq" /* RNDR; Z: nothing now */
                         : "=r"(asked[3]), "=r"(asked[0])
                         :
                         : "cc", "memory");
    else
        firmware_call(asked);
    *number = asked[3];
    return asked[0] == 0;
}
