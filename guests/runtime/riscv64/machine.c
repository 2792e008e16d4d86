/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/machine.h"

#include "abi/hypercall.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/riscv64/sbi.h"
#include "runtime/timer.h"

extern unsigned char cpu_stacks[CPUS_MAX * CPU_STACK_SIZE];
extern void secondary_start(void);
void runtime_main(uint64_t tree);

static bool is_bulkhead;

/* The boot CPU's first C function: a1 of start.S. */
void runtime_main(uint64_t tree) {
    is_bulkhead =
        sbi_call(SBI_BASE, SBI_BASE_IMPLEMENTATION, 0, 0, 0).value == HYPERCALL_SBI_IMPLEMENTATION;
    timer_init();
    console_init(tree);
    guest_main(tree);
    machine_off();
}

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

noreturn void machine_off(void) {
    sbi_call(SBI_SRST, SBI_SRST_RESET, SBI_SRST_SHUTDOWN, 0, 0);
    for (;;)
        cpu_wait();
}

noreturn void machine_reset(void) {
    sbi_call(SBI_SRST, SBI_SRST_RESET, SBI_SRST_COLD, 0, 0);
    for (;;)
        cpu_wait();
}

bool machine_is_bulkhead(void) {
    return is_bulkhead;
}

static int64_t hypercall(uint32_t number, uint64_t a0, uint64_t a1) {
    struct sbi_result result =
        sbi_call(HYPERCALL_SBI_EXTENSION, number - HYPERCALL_BASE, a0, a1, 0);

    return result.error == SBI_SUCCESS ? (int64_t)result.value : result.error;
}

int64_t machine_exits(uint32_t vcpu, uint32_t cause) {
    return hypercall(HYPERCALL_COUNTER, vcpu, cause);
}

int64_t machine_restarts(void) {
    return hypercall(HYPERCALL_RESTARTS, 0, 0);
}
