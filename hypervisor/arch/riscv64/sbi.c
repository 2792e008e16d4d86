/* SPDX-License-Identifier: Apache-2.0 */
#include "abi/hypercall.h"
#include "arch/riscv64/sbi_handlers.h"
#include "trap/hypercall.h"

#define SBI_SUSP 0x53555350u
#define SBI_DBCN 0x4442434eu

#define SBI_2_0     (2u << 24)
#define OUR_VERSION 1u

#define ALL_HARTS UINT64_MAX /* as hart_mask_base */

#define FENCE_SIZE_MAX (64 * PAGE_SIZE) /* beyond that, all is quicker */
#define ASID_MASK      0xffffu

#define FUNCTIONS_MAX 7u

/* Where an extension is in the table: no two of ours are at the same place. */
#define PLACE(extension) (((extension) ^ (extension) >> 3) & 15)

/* The firmware knows. */
static struct sbi_result forward(struct vcpu *vcpu, const uint64_t a[8]) {
    (void)vcpu;
    return firmware_call(a);
}

static struct sbi_result answer(struct vcpu *vcpu, const uint64_t a[8]) {
    /* Base's; the last one is of a counter's high half, which RV64 doesn't have. */
    static const uint32_t answers[FUNCTIONS_MAX] = {SBI_2_0, HYPERCALL_SBI_IMPLEMENTATION,
                                                    OUR_VERSION};

    (void)vcpu;
    return success(answers[a[6]]);
}

/* The vCPUs that hart mask and hart mask base name, as bits; false if one of them isn't there. */
static bool targets_of(const struct vm *vm, uint64_t mask, uint64_t base, uint64_t *targets) {
    uint64_t all = (UINT64_C(1) << vm->vcpu_count) - 1;

    *targets = all;
    if (base == ALL_HARTS)
        return true;
    if (base >= vm->vcpu_count || (mask & ~(all >> base)) != 0)
        return false;
    *targets = mask << base;
    return true;
}

static struct sbi_result send_ipi(struct vcpu *vcpu, const uint64_t a[8]) {
    struct vcpu *target = vcpu->vm->vcpus;
    uint64_t targets;

    if (!targets_of(vcpu->vm, a[0], a[1], &targets))
        return failure(SBI_ERR_INVALID_PARAM);
    for (; targets != 0; targets >>= 1, target++) {
        if ((targets & 1) != 0 && atomic_load(&target->power) == VCPU_ON)
            vcpu_send_ipi(target);
    }
    return success(0);
}

/* One call of the firmware for as many targets as its mask has room for; takes them off. */
static struct sbi_result fence_some(const struct vm *vm, uint64_t call[8], uint64_t *targets) {
    call[0] = 0;
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        uint64_t hart = vm->system->cpus[vm->vcpus[i].cpu].hwid;

        if ((*targets >> i & 1) == 0)
            continue;
        if (call[0] == 0)
            call[1] = hart;
        if (hart - call[1] < 64) {
            call[0] |= UINT64_C(1) << (hart - call[1]);
            *targets &= ~(UINT64_C(1) << i);
        }
    }
    return firmware_call(call);
}

/*
 * Chapter 8. This core does its own, and the firmware the other harts', whose guest has the address
 * space of this core's hgatp: all cores of a VM have the same VMID.
 */
static struct sbi_result fence(struct vcpu *vcpu, const uint64_t a[8]) {
    /* FENCE.I, and for SFENCE.VMA without and with an ASID HFENCE.VVMA. */
    static const uint8_t firmwares[] = {0, FENCE_VVMA, FENCE_VVMA_ASID};
    /* Of whole pages: one goes from page to page, from the start on. */
    uint64_t start = a[2] & ~(PAGE_SIZE - 1);
    uint64_t size = pages_for(a[2] - start + smaller(a[3], FENCE_SIZE_MAX + 1)) * PAGE_SIZE;
    bool all = a[3] > FENCE_SIZE_MAX || start + size < start || (start | size) == 0;
    uint64_t call[8] = {[2] = all ? 0 : start,
                        [3] = all ? FENCE_ALL : size,
                        [4] = a[4] & ASID_MASK,
                        [6] = firmwares[a[6]],
                        [7] = SBI_RFENCE};
    int64_t error = 0;
    uint64_t targets;

    if (!targets_of(vcpu->vm, a[0], a[1], &targets))
        return failure(SBI_ERR_INVALID_PARAM);
    if ((targets >> vcpu->index & 1) != 0)
        guest_fence(call[6], call[2], call[3], call[4]);
    targets &= ~(UINT64_C(1) << vcpu->index);
    while (targets != 0 && error == 0)
        error = fence_some(vcpu->vm, call, &targets).error;
    return failure(error == 0 ? 0 : SBI_ERR_FAILED);
}

static struct sbi_result own_call(struct vcpu *vcpu, const uint64_t a[8]) {
    int64_t value = hypercall_dispatch(vcpu, HYPERCALL_BASE + a[6], a);

    if (value >= 0)
        return success((uint64_t)value);
    return failure(value == HYPERCALL_UNKNOWN ? SBI_ERR_NOT_SUPPORTED : SBI_ERR_INVALID_PARAM);
}

static struct sbi_result probe_extension(struct vcpu *vcpu, const uint64_t a[8]);

/* Each with its functions, by number, and what its calls count as. */
static const struct extension {
    uint32_t id;
    uint32_t exit; /* enum exit_cause */
    sbi_handler *functions[FUNCTIONS_MAX];
} extensions[] = {
#define EXTENSION(id, exit, ...) [PLACE(id)] = {id, exit, {__VA_ARGS__}}
    EXTENSION(SBI_BASE, EXIT_HYPERCALL, answer, answer, answer, probe_extension, forward, forward,
              forward),
    EXTENSION(SBI_TIME, EXIT_HYPERCALL, sbi_set_timer),
    EXTENSION(SBI_IPI, EXIT_SGI, send_ipi),
    EXTENSION(SBI_RFENCE, EXIT_HYPERCALL, fence, fence, fence),
    EXTENSION(SBI_HSM, EXIT_HYPERCALL, sbi_hart_start, sbi_hart_stop, sbi_hart_status,
              sbi_hart_suspend),
    EXTENSION(SBI_SRST, EXIT_HYPERCALL, sbi_system_reset),
    EXTENSION(SBI_SUSP, EXIT_HYPERCALL, sbi_system_suspend),
    EXTENSION(SBI_PMU, EXIT_HYPERCALL, forward, sbi_counter, sbi_counters, sbi_counters,
              sbi_counters, sbi_counter, answer),
    EXTENSION(SBI_DBCN, EXIT_HYPERCALL, sbi_console_move, sbi_console_move, sbi_console_write_byte),
    EXTENSION(HYPERCALL_SBI_EXTENSION, EXIT_HYPERCALL, NULL, own_call, own_call, own_call, own_call,
              own_call, own_call),
};

static struct sbi_result probe_extension(struct vcpu *vcpu, const uint64_t a[8]) {
    if (a[0] == SBI_PMU)
        return forward(vcpu, a);
    if (a[0] == SBI_DBCN && vcpu->vm->uart == NULL)
        return success(0);
    return success(extensions[PLACE(a[0])].id == a[0] || sbi_has_legacy(vcpu, a[0]));
}

struct sbi_result sbi_call(struct vcpu *vcpu, const uint64_t a[8]) {
    const struct extension *extension = &extensions[PLACE(a[7])];
    sbi_handler *handle = a[6] < FUNCTIONS_MAX ? extension->functions[a[6]] : NULL;

    if (extension->id != a[7] || handle == NULL)
        return sbi_legacy_call(vcpu, a);
    vcpu->exits[extension->exit]++;
    return handle(vcpu, a);
}
