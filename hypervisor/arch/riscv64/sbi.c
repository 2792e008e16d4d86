/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/sbi.h"

#include "abi/hypercall.h"
#include "arch/riscv64/firmware.h"
#include "trap/console_calls.h"
#include "trap/hypercall.h"
#include "vm/power.h"

#define SBI_SUSP 0x53555350u
#define SBI_DBCN 0x4442434eu

/* Extensions with another calling convention. */
#define LEGACY_TIMER    0u
#define LEGACY_PUTCHAR  1u
#define LEGACY_GETCHAR  2u
#define LEGACY_SHUTDOWN 8u
#define LEGACY_LAST     0xfu

#define SBI_2_0     (2u << 24)
#define OUR_VERSION 1u

#define FAILED            -1
#define NOT_SUPPORTED     -2
#define INVALID_PARAM     -3
#define DENIED            -4
#define INVALID_ADDRESS   -5
#define ALREADY_AVAILABLE -6
#define ALREADY_STOPPED   -8
#define NO_SHMEM          -9

#define ALL_HARTS UINT64_MAX /* as hart_mask_base */

#define FENCE_ALL      UINT64_MAX       /* as size */
#define FENCE_SIZE_MAX (64 * PAGE_SIZE) /* beyond that, all is quicker */
#define ASID_MASK      0xffffu

#define HART_SUSPENDED       4u
#define SUSPEND_RETENTIVE    0x00000000u /* the default types; there are no others */
#define SUSPEND_NONRETENTIVE 0x80000000u

#define RESET_SHUTDOWN    0u
#define RESET_WARM        2u /* 1: cold */
#define RESET_REASON_LAST 1u

#define PMU_COUNTERS 0u
#define PMU_INFO     1u
#define PMU_CONFIG   2u
#define PMU_START    3u
#define PMU_STOP     4u
#define PMU_READ     5u
#define PMU_CSR      (UINT64_C(1) << 63 | 0xffd) /* of info: 0xc00 for cycle and instret ... */
#define PMU_CYCLES   1u                          /* ... and their events: this and the next */
#define PMU_FIRMWARE 0xf0000u                    /* the first event that the firmware counts */
#define PMU_SKIP     1u                          /* of config: this very counter; ... */
#define PMU_CLEAR    2u                          /* ... to 0; ... */
#define PMU_AUTO     4u                          /* ... and it starts */
#define PMU_RESET    1u                          /* of stop: free for another event */
#define PMU_FLAGS    0xe6u /* of config: a guest's that are harmless and make sense without H ... */
#define PMU_INHIBIT  0x60u /* ... and of them: not in U-mode, not in S-mode */
#define PMU_VIRTUAL  2     /* the same for VU and VS is so many bits below */

#define COUNTERS_MAX 64u /* a mask has so many bits */

#define CONSOLE_WRITE 0u
#define CONSOLE_SIZE  256u /* bytes that one call moves at most */

/* Not of the SBI: the guest makes the same call again, with its interrupts as they are. */
#define AGAIN INT64_MAX

struct function {
    uint32_t extension;
    uint32_t number;
    struct sbi_result (*handle)(struct vcpu *vcpu, const uint64_t a[8]);
    uint64_t answer; /* where there is nothing to handle */
};

static struct sbi_result success(uint64_t value) {
    return (struct sbi_result){0, value};
}

static struct sbi_result failure(int64_t error) {
    return (struct sbi_result){error, 0};
}

/* The firmware knows. */
static struct sbi_result forward(struct vcpu *vcpu, const uint64_t a[8]) {
    (void)vcpu;
    return firmware_call(a);
}

static struct sbi_result set_timer(struct vcpu *vcpu, const uint64_t a[8]) {
    vcpu_set_timer(vcpu, a[0]);
    return success(0);
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
    struct vm *vm = vcpu->vm;
    uint64_t targets;

    if (!targets_of(vm, a[0], a[1], &targets))
        return failure(INVALID_PARAM);
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        if ((targets >> i & 1) != 0 && atomic_load(&vm->vcpus[i].power) == VCPU_ON)
            vcpu_send_ipi(&vm->vcpus[i]);
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
 * The firmware does it on the machine's harts. It takes the guest's address space from this
 * core's hgatp, and all cores of a VM have the same VMID.
 */
static struct sbi_result fence(struct vcpu *vcpu, const uint64_t a[8]) {
    /* FENCE.I, and for SFENCE.VMA without and with an ASID HFENCE.VVMA. */
    static const uint8_t firmwares[] = {0, 6, 5};
    /* Of whole pages: firmware goes from page to page, from the start on. */
    uint64_t start = a[2] & ~(PAGE_SIZE - 1);
    uint64_t size = pages_for(a[2] - start + smaller(a[3], FENCE_SIZE_MAX + 1)) * PAGE_SIZE;
    bool all = a[3] > FENCE_SIZE_MAX || start + size < start;
    uint64_t call[8] = {[2] = all ? 0 : start,
                        [3] = all ? FENCE_ALL : size,
                        [4] = a[4] & ASID_MASK,
                        [6] = firmwares[a[6]],
                        [7] = SBI_RFENCE};
    int64_t error = 0;
    uint64_t targets;

    if (!targets_of(vcpu->vm, a[0], a[1], &targets))
        return failure(INVALID_PARAM);
    while (targets != 0 && error == 0)
        error = fence_some(vcpu->vm, call, &targets).error;
    return failure(error == 0 ? 0 : FAILED);
}

static struct sbi_result hart_start(struct vcpu *vcpu, const uint64_t a[8]) {
    static const int64_t errors[] = {
        [POWER_OK] = 0,
        [POWER_NO_SUCH_VCPU] = INVALID_PARAM,
        [POWER_ALREADY_ON] = ALREADY_AVAILABLE,
        [POWER_STARTING] = ALREADY_AVAILABLE,
        [POWER_BAD_ENTRY] = INVALID_ADDRESS,
    };

    if ((a[1] & 1) != 0)
        return failure(INVALID_ADDRESS);
    return failure(errors[power_vcpu_on(vcpu, a[0], a[1], a[2])]);
}

static struct sbi_result hart_stop(struct vcpu *vcpu, const uint64_t a[8]) {
    (void)a;
    atomic_store(&vcpu->power, VCPU_OFF); /* vcpu_settle() sees it */
    return success(0);
}

static struct sbi_result hart_status(struct vcpu *vcpu, const uint64_t a[8]) {
    static const uint8_t states[] = {[VCPU_OFF] = 1, [VCPU_STARTING] = 2, [VCPU_ON] = 0};
    const struct vcpu *target;
    uint32_t power;

    if (a[0] >= vcpu->vm->vcpu_count)
        return failure(INVALID_PARAM);
    target = &vcpu->vm->vcpus[a[0]];
    power = atomic_load(&target->power);
    if (power == VCPU_ON && atomic_load(&target->arch.suspended))
        return success(HART_SUSPENDED);
    return success(states[power]);
}

/*
 * Takes effect when the slow path ends: the vCPU waits for an interrupt, then goes on, or begins
 * anew. Where it begins is judged as where a sibling starts it: this one is on already.
 */
static struct sbi_result suspend(struct vcpu *vcpu, bool resumes, uint64_t entry,
                                 uint64_t argument) {
    if (resumes &&
        ((entry & 1) != 0 || power_vcpu_on(vcpu, vcpu->index, entry, 0) == POWER_BAD_ENTRY))
        return failure(INVALID_ADDRESS);
    vcpu->arch.resumes = resumes;
    vcpu->entry = entry;
    vcpu->argument = argument;
    atomic_store(&vcpu->arch.suspended, 1);
    return success(0);
}

static struct sbi_result hart_suspend(struct vcpu *vcpu, const uint64_t a[8]) {
    bool resumes = (uint32_t)a[0] == SUSPEND_NONRETENTIVE;

    if (!resumes && (uint32_t)a[0] != SUSPEND_RETENTIVE)
        return failure(INVALID_PARAM);
    return suspend(vcpu, resumes, a[1], a[2]);
}

/* To RAM, which is what the machine has anyway; all others are to be off. */
static struct sbi_result system_suspend(struct vcpu *vcpu, const uint64_t a[8]) {
    struct vm *vm = vcpu->vm;

    if ((uint32_t)a[0] != 0)
        return failure(INVALID_PARAM);
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        if (i != vcpu->index && atomic_load(&vm->vcpus[i].power) != VCPU_OFF)
            return failure(DENIED);
    }
    return suspend(vcpu, true, a[1], a[2]);
}

static struct sbi_result system_reset(struct vcpu *vcpu, const uint64_t a[8]) {
    if ((uint32_t)a[0] > RESET_WARM || (uint32_t)a[1] > RESET_REASON_LAST)
        return failure(INVALID_PARAM);
    if ((uint32_t)a[0] == RESET_SHUTDOWN)
        vm_power_off(vcpu);
    else
        vm_reset(vcpu);
    return success(0);
}

/* The error of a call about counter `n` alone. */
static int64_t counter_call(uint64_t function, uint64_t n, uint64_t flags, uint64_t event) {
    return firmware_call((const uint64_t[8]){n, 1, flags, event, 0, 0, function, SBI_PMU}).error;
}

/*
 * `cycle` and `instret` run, in all modes, if they are to; any other is stopped, 0 and free. Only
 * one that has an event can be cleared: by any of its type, but OpenSBI 1.6 does it for none of the
 * hardware's types but the first. No guest frees one otherwise, so those without an event are 0.
 */
static bool counter_reset(uint64_t n, bool run) {
    struct sbi_result info = firmware_call((const uint64_t[8]){n, [6] = PMU_INFO, [7] = SBI_PMU});
    bool software = info.value >> 63 != 0;
    uint64_t event = software ? PMU_FIRMWARE : PMU_CYCLES + (info.value >> 1 & 1);
    int64_t error;

    if (info.error == 0 && (info.value & PMU_CSR) == 0xc00)
        return !run || counter_call(PMU_CONFIG, n, PMU_AUTO, event) == 0;
    if (info.error != 0 || counter_call(PMU_STOP, n, 0, 0) == INVALID_PARAM)
        return true; /* it isn't there, or has no event */
    error = counter_call(PMU_CONFIG, n, PMU_SKIP | PMU_CLEAR, event);
    error = error != 0 ? FAILED : counter_call(PMU_STOP, n, PMU_RESET, 0);
    return error == ALREADY_STOPPED || (software && error == 0); /* of its own it says only 0 */
}

bool counters_reset(struct vcpu *vcpu) {
    bool good = true;

    for (uint64_t n = 0; n < COUNTERS_MAX && !vcpu->arch.counters_clean; n++)
        good &= counter_reset(n, true);
    vcpu->arch.counters_clean = good;
    return good;
}

/* Of one counter. Firmware looks at the low half of its number only. */
static struct sbi_result counter(struct vcpu *vcpu, const uint64_t a[8]) {
    return a[0] < COUNTERS_MAX ? forward(vcpu, a) : failure(INVALID_PARAM);
}

/*
 * The counters are the core's, so the VM's. Its own modes are the machine's VU and VS; what it
 * costs in HS-mode counts as S-mode, unless it doesn't want to know. Snapshots want memory by its
 * machine address, which a guest does not know: it reads by CSR. Firmware always matches, from
 * counter 0 on: OpenSBI 1.6 takes a caller's word that a counter is of the event's type, mistakes
 * the base of a mask, then writes to where no counter is, and the hart is lost.
 */
static struct sbi_result counters(struct vcpu *vcpu, const uint64_t a[8]) {
    uint64_t flags = a[6] == PMU_START ? a[2] : a[2] & PMU_FLAGS; /* PMU_RESET is none of them */
    uint64_t modes = (a[2] & PMU_INHIBIT) >> PMU_VIRTUAL;
    uint64_t mask = a[1] << (a[0] & 63);
    struct sbi_result result;

    if (a[0] >= COUNTERS_MAX || mask == 0 || mask >> a[0] != a[1])
        return failure(INVALID_PARAM);
    if (a[6] != PMU_CONFIG && a[2] > 1)
        return failure(NO_SHMEM);
    vcpu->arch.counters_clean = false;
    result = firmware_call((const uint64_t[8]){0, mask, flags | modes, a[3], a[4], 0, a[6], a[7]});
    if (a[6] == PMU_STOP && a[2] == PMU_RESET && result.error != INVALID_PARAM)
        for (uint64_t n = a[0]; n < COUNTERS_MAX; n++)
            result.error = (mask >> n & 1) == 0 || counter_reset(n, false) ? result.error : FAILED;
    return result;
}

/* Size, low and high half of the address of what is written, or read: as much as one call moves. */
static struct sbi_result console_move(struct vcpu *vcpu, const uint64_t a[8]) {
    uint32_t size = (uint32_t)smaller(a[0], CONSOLE_SIZE);
    uint8_t bytes[CONSOLE_SIZE];

    /* What is read is gone: the memory is tried first. */
    if (a[2] != 0 || a[1] + a[0] < a[1] || !guest_memory(a[1], bytes, size, false))
        return failure(INVALID_PARAM);
    if (a[6] == CONSOLE_WRITE)
        return success(console_calls_write(vcpu, bytes, size));
    size = console_calls_read(vcpu, bytes, size);
    return guest_memory(a[1], bytes, size, true) ? success(size) : failure(INVALID_PARAM);
}

/* The SBI's waits until there is room: it is the guest that does. */
static struct sbi_result console_write_byte(struct vcpu *vcpu, const uint64_t a[8]) {
    uint8_t byte = (uint8_t)a[0];

    return failure(console_calls_write(vcpu, &byte, 1) == 1 ? 0 : AGAIN);
}

/* The byte, or an error. */
static struct sbi_result console_read_byte(struct vcpu *vcpu) {
    uint8_t byte;

    return failure(console_calls_read(vcpu, &byte, 1) == 1 ? byte : FAILED);
}

/* The legacy extensions that small kernels use: no functions, and one result, in a[0]. */
static struct sbi_result legacy(struct vcpu *vcpu, const uint64_t a[8]) {
    bool console = vcpu->vm->uart != NULL;

    if (a[7] == LEGACY_TIMER)
        return set_timer(vcpu, a);
    if (a[7] == LEGACY_PUTCHAR && console)
        return console_write_byte(vcpu, a);
    if (a[7] == LEGACY_GETCHAR && console)
        return console_read_byte(vcpu);
    if (a[7] != LEGACY_SHUTDOWN)
        return failure(NOT_SUPPORTED);
    vm_power_off(vcpu);
    return success(0);
}

static struct sbi_result own_call(struct vcpu *vcpu, const uint64_t a[8]) {
    uint64_t value = 0;

    return hypercall_dispatch(vcpu, HYPERCALL_BASE + a[6], a, &value) == HYPERCALL_OK
               ? success(value)
               : failure(INVALID_PARAM);
}

static struct sbi_result probe_extension(struct vcpu *vcpu, const uint64_t a[8]);

static const struct function functions[] = {
    {SBI_TIME, 0, set_timer, 0},
    {SBI_IPI, 0, send_ipi, 0},
    {SBI_RFENCE, 0, fence, 0},
    {SBI_RFENCE, 1, fence, 0},
    {SBI_RFENCE, 2, fence, 0},
    {SBI_BASE, 0, NULL, SBI_2_0},
    {SBI_BASE, 1, NULL, HYPERCALL_SBI_IMPLEMENTATION},
    {SBI_BASE, 2, NULL, OUR_VERSION},
    {SBI_BASE, 3, probe_extension, 0},
    {SBI_BASE, 4, forward, 0}, /* mvendorid, */
    {SBI_BASE, 5, forward, 0}, /* marchid, */
    {SBI_BASE, 6, forward, 0}, /* mimpid */
    {SBI_HSM, 0, hart_start, 0},
    {SBI_HSM, 1, hart_stop, 0},
    {SBI_HSM, 2, hart_status, 0},
    {SBI_HSM, 3, hart_suspend, 0},
    {SBI_SRST, 0, system_reset, 0},
    {SBI_SUSP, 0, system_suspend, 0},
    {SBI_PMU, PMU_COUNTERS, forward, 0},
    {SBI_PMU, PMU_INFO, counter, 0},
    {SBI_PMU, PMU_CONFIG, counters, 0},
    {SBI_PMU, PMU_START, counters, 0},
    {SBI_PMU, PMU_STOP, counters, 0},
    {SBI_PMU, PMU_READ, counter, 0},
    {SBI_PMU, 6, NULL, 0}, /* its high half: RV64 has none */
    {SBI_DBCN, CONSOLE_WRITE, console_move, 0},
    {SBI_DBCN, 1, console_move, 0},
    {SBI_DBCN, 2, console_write_byte, 0},
    {HYPERCALL_SBI_EXTENSION, HYPERCALL_COUNTER - HYPERCALL_BASE, own_call, 0},
    {HYPERCALL_SBI_EXTENSION, HYPERCALL_RESTARTS - HYPERCALL_BASE, own_call, 0},
};

#define FUNCTION_COUNT (sizeof(functions) / sizeof(functions[0]))

static struct sbi_result probe_extension(struct vcpu *vcpu, const uint64_t a[8]) {
    if (a[0] == SBI_PMU)
        return forward(vcpu, a);
    if (a[0] == SBI_DBCN)
        return success(vcpu->vm->uart != NULL);
    for (unsigned i = 0; i < FUNCTION_COUNT; i++) {
        if (functions[i].extension == a[0])
            return success(1);
    }
    return success(a[0] == LEGACY_TIMER || a[0] == LEGACY_SHUTDOWN ||
                   (vcpu->vm->uart != NULL && (a[0] == LEGACY_PUTCHAR || a[0] == LEGACY_GETCHAR)));
}

static struct sbi_result dispatch(struct vcpu *vcpu, const uint64_t a[8]) {
    if (a[7] == SBI_DBCN && vcpu->vm->uart == NULL)
        return failure(NOT_SUPPORTED);
    for (unsigned i = 0; i < FUNCTION_COUNT; i++) {
        const struct function *function = &functions[i];

        if (function->extension == a[7] && function->number == a[6])
            return function->handle != NULL ? function->handle(vcpu, a) : success(function->answer);
    }
    return a[7] <= LEGACY_LAST ? legacy(vcpu, a) : failure(NOT_SUPPORTED);
}

void sbi_call(struct vcpu *vcpu, uint64_t a[8]) {
    struct sbi_result result = dispatch(vcpu, a);

    if (result.error == AGAIN) {
        vcpu->arch.frame->pc -= 4;
        return;
    }
    a[0] = (uint64_t)result.error;
    if (a[7] > LEGACY_LAST)
        a[1] = result.value;
}
