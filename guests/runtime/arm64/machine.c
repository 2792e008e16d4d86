/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/machine.h"

#include "abi/hypercall.h"
#include "runtime/arm64/psci.h"
#include "runtime/console.h"
#include "runtime/cpu.h"

extern unsigned char cpu_stacks[CPUS_MAX * CPU_STACK_SIZE];
extern void secondary_start(void);
void runtime_main(uint64_t tree, uint64_t from_el2);

/* The boot CPU's first C function: x0 and x1 of start.S. */
void runtime_main(uint64_t tree, uint64_t from_el2) {
    if (from_el2)
        psci_use_smc();
    console_init(tree);
    guest_main(tree);
    machine_off();
}

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

bool cpu_is_on(uint32_t index) {
    return psci_call(PSCI_AFFINITY_INFO | PSCI_64, index, 0, 0) == PSCI_AFFINITY_ON;
}

bool cpu_is_off(uint32_t index) {
    return psci_call(PSCI_AFFINITY_INFO | PSCI_64, index, 0, 0) == PSCI_AFFINITY_OFF;
}

noreturn void machine_off(void) {
    psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
    for (;;)
        cpu_wait();
}

noreturn void machine_reset(void) {
    psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
    for (;;)
        cpu_wait();
}

bool machine_is_bulkhead(void) {
    struct smccc_result uid = smccc_call(HYPERCALL_UID, 0, 0, 0);

    return (uint32_t)uid.x[0] == HYPERCALL_UID_0 && (uint32_t)uid.x[1] == HYPERCALL_UID_1 &&
           (uint32_t)uid.x[2] == HYPERCALL_UID_2 && (uint32_t)uid.x[3] == HYPERCALL_UID_3;
}

int64_t machine_exits(uint32_t vcpu, uint32_t cause) {
    return psci_call(HYPERCALL_COUNTER, vcpu, cause, 0);
}

int64_t machine_restarts(void) {
    return psci_call(HYPERCALL_RESTARTS, 0, 0, 0);
}
