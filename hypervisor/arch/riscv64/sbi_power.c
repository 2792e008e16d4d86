/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/sbi_handlers.h"
#include "vm/power.h"

#define HART_SUSPENDED       4u
#define SUSPEND_RETENTIVE    0x00000000u /* the default types; there are no others */
#define SUSPEND_NONRETENTIVE 0x80000000u

#define RESET_SHUTDOWN    0u
#define RESET_WARM        2u /* 1: cold */
#define RESET_REASON_LAST 1u

struct sbi_result sbi_hart_start(struct vcpu *vcpu, const uint64_t a[8]) {
    static const int64_t errors[] = {
        [POWER_OK] = 0,
        [POWER_NO_SUCH_VCPU] = SBI_ERR_INVALID_PARAM,
        [POWER_ALREADY_ON] = SBI_ERR_ALREADY_AVAILABLE,
        [POWER_STARTING] = SBI_ERR_ALREADY_AVAILABLE,
        [POWER_BAD_ENTRY] = SBI_ERR_INVALID_ADDRESS,
    };

    if ((a[1] & 1) != 0)
        return failure(SBI_ERR_INVALID_ADDRESS);
    return failure(errors[power_vcpu_on(vcpu, a[0], a[1], a[2])]);
}

struct sbi_result sbi_hart_stop(struct vcpu *vcpu, const uint64_t a[8]) {
    (void)a;
    atomic_store(&vcpu->power, VCPU_OFF);
    atomic_fetch_or(&vcpu->work, VCPU_SETTLE);
    return success(0);
}

struct sbi_result sbi_hart_status(struct vcpu *vcpu, const uint64_t a[8]) {
    static const uint8_t states[] = {[VCPU_OFF] = 1, [VCPU_STARTING] = 2, [VCPU_ON] = 0};
    const struct vcpu *target;
    uint32_t power;

    if (a[0] >= vcpu->vm->vcpu_count)
        return failure(SBI_ERR_INVALID_PARAM);
    target = &vcpu->vm->vcpus[a[0]];
    power = atomic_load(&target->power);
    if (power == VCPU_ON && (atomic_load(&target->work) & VCPU_SUSPENDED) != 0)
        return success(HART_SUSPENDED);
    return success(states[power]);
}

/*
 * Takes effect before the guest goes on: the vCPU waits for an interrupt, then goes on, or begins
 * anew. Where it begins is judged as where a sibling starts it: this one is on already.
 */
static struct sbi_result suspend(struct vcpu *vcpu, bool resumes, uint64_t entry,
                                 uint64_t argument) {
    if (resumes &&
        ((entry & 1) != 0 || power_vcpu_on(vcpu, vcpu->index, entry, 0) == POWER_BAD_ENTRY))
        return failure(SBI_ERR_INVALID_ADDRESS);
    vcpu->arch.resumes = resumes;
    vcpu->entry = entry;
    vcpu->argument = argument;
    atomic_fetch_or(&vcpu->work, VCPU_SUSPENDED);
    return success(0);
}

struct sbi_result sbi_hart_suspend(struct vcpu *vcpu, const uint64_t a[8]) {
    bool resumes = (uint32_t)a[0] == SUSPEND_NONRETENTIVE;

    if (!resumes && (uint32_t)a[0] != SUSPEND_RETENTIVE)
        return failure(SBI_ERR_INVALID_PARAM);
    return suspend(vcpu, resumes, a[1], a[2]);
}

/* To RAM, which is what the machine has anyway; all others are to be off. */
struct sbi_result sbi_system_suspend(struct vcpu *vcpu, const uint64_t a[8]) {
    struct vm *vm = vcpu->vm;

    if ((uint32_t)a[0] != 0)
        return failure(SBI_ERR_INVALID_PARAM);
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        if (i != vcpu->index && atomic_load(&vm->vcpus[i].power) != VCPU_OFF)
            return failure(SBI_ERR_DENIED);
    }
    return suspend(vcpu, true, a[1], a[2]);
}

struct sbi_result sbi_system_reset(struct vcpu *vcpu, const uint64_t a[8]) {
    if ((uint32_t)a[0] > RESET_WARM || (uint32_t)a[1] > RESET_REASON_LAST)
        return failure(SBI_ERR_INVALID_PARAM);
    if ((uint32_t)a[0] == RESET_SHUTDOWN)
        vm_end(vcpu, SYSTEM_END_POWEROFF, 0, NULL);
    else
        vm_end(vcpu, SYSTEM_END_RESET, 0, NULL);
    return success(0);
}
