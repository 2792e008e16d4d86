/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/machine.h"

#include "runtime/cpu.h"
#include "runtime/riscv64/sbi.h"
#include "runtime/timer.h"

static bool is_bulkhead;

void machine_init(bool from_el2) {
    (void)from_el2;
    is_bulkhead =
        sbi_call(SBI_BASE, SBI_BASE_IMPLEMENTATION, 0, 0, 0).value == HYPERCALL_SBI_IMPLEMENTATION;
    timer_init();
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

int64_t machine_call(uint32_t number, uint64_t first, uint64_t second) {
    struct sbi_result result =
        sbi_call(HYPERCALL_SBI_EXTENSION, number - HYPERCALL_BASE, first, second, 0);

    return result.error == SBI_SUCCESS ? (int64_t)result.value : result.error;
}
