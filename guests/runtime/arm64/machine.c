/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/machine.h"

#include "runtime/arm64/psci.h"
#include "runtime/cpu.h"

void machine_init(bool from_el2) {
    if (from_el2)
        psci_use_smc();
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

int64_t machine_call(uint32_t number, uint64_t first, uint64_t second) {
    return psci_call(number, first, second, 0);
}
