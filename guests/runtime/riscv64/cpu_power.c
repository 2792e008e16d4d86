/* SPDX-License-Identifier: Apache-2.0 */
/* What runtime/cpu.h says of switching CPUs on and off. */
#include "runtime/cpu.h"

#include "runtime/riscv64/sbi.h"

extern unsigned char cpu_stacks[CPUS_MAX * CPU_STACK_SIZE];
extern void secondary_start(void);

uint32_t cpu_count(void) {
    uint32_t count = 1;

    while (count < CPUS_MAX && sbi_call(SBI_HSM, SBI_HSM_STATUS, count, 0, 0).error == SBI_SUCCESS)
        count++;
    return count;
}

int64_t cpu_start(uint32_t index, void (*entry)(uint64_t argument), uint64_t argument) {
    /* start.S takes these two from the new stack's end. */
    uint64_t *stack = (uint64_t *)(void *)(cpu_stacks + (index + 1) * CPU_STACK_SIZE) - 2;

    stack[0] = (uint64_t)entry;
    stack[1] = argument;
    cpu_barrier();
    return sbi_call(SBI_HSM, SBI_HSM_START, index, (uint64_t)secondary_start, (uint64_t)stack)
        .error;
}

void cpu_off(void) {
    sbi_call(SBI_HSM, SBI_HSM_STOP, 0, 0, 0);
}

void cpu_suspend(void) {
    sbi_call(SBI_HSM, SBI_HSM_SUSPEND, SBI_HSM_RETENTIVE, 0, 0);
}

static bool has_status(uint32_t index, uint64_t status) {
    struct sbi_result result = sbi_call(SBI_HSM, SBI_HSM_STATUS, index, 0, 0);

    return result.error == SBI_SUCCESS && result.value == status;
}

bool cpu_is_on(uint32_t index) {
    return has_status(index, SBI_HSM_STARTED);
}

bool cpu_is_off(uint32_t index) {
    return has_status(index, SBI_HSM_STOPPED);
}
