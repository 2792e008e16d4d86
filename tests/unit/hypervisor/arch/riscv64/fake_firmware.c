/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/arch/riscv64/fake_firmware.h"

#include <string.h>

struct fake_firmware fake_firmware;

struct sbi_result firmware_call(const uint64_t a[8]) {
    struct fake_call call = {.extension = a[7], .function = a[6]};

    memcpy(call.arguments, a, sizeof(call.arguments));
    if (fake_firmware.count < FAKE_CALLS)
        fake_firmware.calls[fake_firmware.count] = call;
    fake_firmware.count++;
    if (call.extension == SBI_PMU && call.function == 0)
        return (struct sbi_result){fake_firmware.counters == 0 ? -2 : 0, fake_firmware.counters};
    return fake_firmware.answer;
}

void vcpu_set_timer(struct vcpu *vcpu, uint64_t deadline) {
    (void)vcpu;
    fake_firmware.deadline = deadline;
    fake_firmware.deadlines++;
}

void vcpu_send_ipi(struct vcpu *target) {
    fake_firmware.ipis |= 1u << target->index;
}

static uint8_t *memory(uint64_t at, uint64_t size) {
    uint64_t offset = at - fake_firmware.memory_at;

    if (offset > FAKE_MEMORY_SIZE || size > FAKE_MEMORY_SIZE - offset)
        return NULL;
    fake_firmware.moved += size;
    return &fake_firmware.memory[offset];
}

bool guest_memory(uint64_t at, uint8_t *bytes, uint64_t size, bool write) {
    uint8_t *own = memory(at, size);

    if (own != NULL)
        memcpy(write ? own : bytes, write ? bytes : own, size);
    return own != NULL;
}
