/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/arch/riscv64/fake_firmware.h"

#include <string.h>

struct fake_firmware fake_firmware;

struct sbi_result firmware_call(uint64_t extension, uint64_t function,
                                const uint64_t arguments[6]) {
    struct fake_call call = {.extension = extension, .function = function};

    memcpy(call.arguments, arguments, sizeof(call.arguments));
    if (fake_firmware.count < FAKE_CALLS)
        fake_firmware.calls[fake_firmware.count] = call;
    fake_firmware.count++;
    if (extension == SBI_PMU && function == 0)
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

void vcpu_suspend(struct vcpu *vcpu, bool resumes, uint64_t entry, uint64_t argument) {
    (void)vcpu;
    fake_firmware.suspends++;
    fake_firmware.resumes = resumes;
    fake_firmware.resume_entry = entry;
    fake_firmware.resume_argument = argument;
}

static uint8_t *memory(uint64_t at, uint64_t size) {
    uint64_t offset = at - fake_firmware.memory_at;

    if (offset > FAKE_MEMORY_SIZE || size > FAKE_MEMORY_SIZE - offset)
        return NULL;
    fake_firmware.moved += size;
    return &fake_firmware.memory[offset];
}

bool guest_memory_read(uint64_t at, void *to, uint64_t size) {
    const uint8_t *from = memory(at, size);

    if (from != NULL)
        memcpy(to, from, size);
    return from != NULL;
}

bool guest_memory_write(uint64_t at, const void *from, uint64_t size) {
    uint8_t *to = memory(at, size);

    if (to != NULL)
        memcpy(to, from, size);
    return to != NULL;
}
