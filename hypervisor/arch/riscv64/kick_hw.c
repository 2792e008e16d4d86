/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/hart.h"

#include "arch/cpu.h"
#include "arch/riscv64/aia/imsic.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/probe_hw.h"
#include "mem/hypervisor_space.h"

#define SPACE_SWI (SPACE_ARCH + 40 * PAGE_SIZE)

/*
 * Of each core the register that a 1 in it kicks it by: of its interrupt file, or its software
 * interrupt's. NULL: it is kicked by the firmware's IPI, as all are before these are found.
 */
static volatile uint32_t *bells[SYSTEM_CPUS_MAX];

static volatile uint32_t *bell_of(const struct system *system, uint32_t cpu) {
    uint64_t offset = 4 * system->cpus[cpu].hwid;

    if (cpu_has(FEATURE_IMSIC))
        return (volatile uint32_t *)(uintptr_t)imsic_bell(cpu);
    if (system->board->riscv64.swi.size == 0 || offset >= PAGE_SIZE) /* one page is mapped */
        return NULL;
    return (volatile uint32_t *)(uintptr_t)(SPACE_SWI + offset);
}

static void ring(volatile uint32_t *bell, uint32_t cpu) {
    /* What the other core shall find is in memory before the interrupt is on its way. */
    INSTRUCTION("fence rw, o");
    if (bell != NULL)
        *bell = IMSIC_KICK;
    else
        firmware_call((const uint64_t[8]){1, this_cpu.system.cpus[cpu].hwid, [7] = SBI_IPI});
}

void arch_cpu_kick(uint32_t cpu) {
    ring(bells[cpu], cpu);
}

/* The core kicks itself: a board's tree may say an SSWI that the machine does not have. */
static bool comes_here(volatile uint32_t *bell, uint32_t cpu) {
    uint64_t start = arch_clock();

    CLEAR_CSR(sip, BIT(IRQ_SSI));
    PROBE(ring(bell, cpu));
    while ((READ_CSR(sip) & BIT(IRQ_SSI)) == 0) {
        if (arch_clock() - start > arch_clock_frequency() / 1000)
            return false;
    }
    return true;
}

const char *kick_init(const struct system *system, uint32_t cpu) {
    phys_t swi = phys(system->board->riscv64.swi.phys);
    volatile uint32_t *own = bell_of(system, cpu);

    if (system->board->riscv64.swi.size != 0)
        space_map(&own_tables, SPACE_SWI, swi, PAGE_SIZE, PAGE_HYPERVISOR_DEVICE);
    if (!cpu_has(FEATURE_IMSIC) && !comes_here(own, cpu)) /* that one was tried */
        return own != NULL ? "the board's software interrupts (ACLINT SSWI) do not come"
                           : "the firmware sends no interrupts between cores";
    for (uint32_t i = 0; i < system->cpu_count; i++)
        bells[i] = bell_of(system, i);
    return NULL;
}

void vcpu_send_ipi(struct vcpu *target) {
    if (target == this_cpu.vcpu) {
        SET_CSR(hvip, BIT(IRQ_VSSI));
        return;
    }
    atomic_fetch_or(&target->work, VCPU_IPI);
    arch_cpu_kick(target->cpu);
}
