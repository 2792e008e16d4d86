/* SPDX-License-Identifier: Apache-2.0 */
/* What runtime/cpu.h says of switching CPUs on and off. */
#include "runtime/cpu.h"

#include "runtime/arm64/psci.h"

extern unsigned char cpu_stacks[CPUS_MAX * CPU_STACK_SIZE];
extern void secondary_start(void);

int64_t cpu_start(uint32_t index, void (*entry)(uint64_t argument), uint64_t argument) {
    /* start.S takes these two from the new stack's end. */
    uint64_t *stack = (uint64_t *)(void *)(cpu_stacks + (index + 1) * CPU_STACK_SIZE) - 2;

    stack[0] = (uint64_t)entry;
    stack[1] = argument;
    cpu_barrier();
    return psci_call(PSCI_CPU_ON | PSCI_64, index, (uint64_t)secondary_start, (uint64_t)stack);
}

void cpu_off(void) {
    psci_call(PSCI_CPU_OFF, 0, 0, 0);
}

void cpu_suspend(void) {
    psci_call(PSCI_CPU_SUSPEND, 0, 0, 0);
}

bool cpu_is_on(uint32_t index) {
    return psci_call(PSCI_AFFINITY_INFO | PSCI_64, index, 0, 0) == PSCI_AFFINITY_ON;
}

bool cpu_is_off(uint32_t index) {
    return psci_call(PSCI_AFFINITY_INFO | PSCI_64, index, 0, 0) == PSCI_AFFINITY_OFF;
}
