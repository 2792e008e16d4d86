/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/kick_hw.h"

#include "arch/cpu.h"
#include "arch/riscv64/aia/imsic.h"
#include "arch/riscv64/features_hw.h"
#include "arch/riscv64/firmware.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/probe_hw.h"
#include "mem/hypervisor_space.h"
#include "vm/this_cpu.h"

#define SPACE_SWI (SPACE_ARCH + 40 * PAGE_SIZE)

/* How others are kicked: until the board's way has been tried, by the firmware's IPI. */
static enum { KICK_FIRMWARE, KICK_SWI, KICK_MSI } kick;

/* True if the firmware takes it. */
static bool firmware_ipi(uint64_t hwid) {
    return firmware_call((const uint64_t[8]){1, hwid, [7] = SBI_IPI}).error == 0;
}

/* The core's register; NULL: not in the first page, which is mapped. */
static volatile uint32_t *swi_of(uint32_t cpu) {
    uint64_t at = 4 * this_cpu.system.cpus[cpu].hwid;

    return at < PAGE_SIZE ? (volatile uint32_t *)(uintptr_t)(SPACE_SWI + at) : NULL;
}

/* The core kicks itself: a board's tree may say an SSWI that the machine does not have. */
const char *kick_init(const struct system_board_riscv64 *board, uint32_t cpu) {
    volatile uint32_t *swi = swi_of(cpu);
    uint64_t start = arch_clock();

    kick = cpu_has(FEATURE_IMSIC) ? KICK_MSI : KICK_FIRMWARE;
    if (kick == KICK_MSI || (board->swi.size == 0 && firmware_ipi(this_cpu.system.cpus[cpu].hwid)))
        return NULL;
    if (board->swi.size == 0)
        return "the firmware sends no interrupts between cores";
    space_map(space_tables(), SPACE_SWI, phys(board->swi.phys), PAGE_SIZE, PAGE_HYPERVISOR_DEVICE);
    CLEAR_CSR(SIP, BIT(IRQ_SSI));
    if (swi != NULL)
        PROBE(*swi = 1);
    while (swi != NULL && (READ_CSR(SIP) & BIT(IRQ_SSI)) == 0) {
        if (arch_clock() - start > arch_clock_frequency() / 1000)
            return "the board's software interrupts (ACLINT SSWI) do not come";
    }
    kick = KICK_SWI;
    return NULL;
}

void arch_cpu_kick(uint32_t cpu) {
    volatile uint32_t *swi = kick == KICK_SWI ? swi_of(cpu) : NULL;

    if (kick == KICK_MSI) {
        imsic_kick(cpu);
        return;
    }
    /* What the other core shall find is in memory before the interrupt is on its way. */
    INSTRUCTION("fence rw, o");
    if (swi != NULL)
        *swi = 1;
    else
        firmware_ipi(this_cpu.system.cpus[cpu].hwid);
}

void vcpu_send_ipi(struct vcpu *target) {
    if (target == this_cpu.vcpu) {
        SET_CSR(HVIP, BIT(IRQ_VSSI));
        return;
    }
    atomic_store(&target->arch.ipi, 1);
    arch_cpu_kick(target->cpu);
}
