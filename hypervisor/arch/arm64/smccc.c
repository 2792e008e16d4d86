/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/smccc.h"

#include "abi/hypercall.h"
#include "trap/hypercall.h"
#include "vm/power.h"

#define SMCCC_VERSION       0x80000000u
#define SMCCC_ARCH_FEATURES 0x80000001u
#define SMCCC_WORKAROUND_1  0x80008000u
#define SMCCC_WORKAROUND_3  0x80003fffu
#define PSCI                0x84000000u
#define PSCI_SYSTEM_RESET   0x84000009u
#define TRNG_VERSION        0x84000050u
#define TRNG_FEATURES       0x84000051u
#define TRNG_UUID           0x84000052u
#define TRNG_RND            0x84000053u
#define SMC64               0x40000000u

#define VERSION_1_1   0x10001u /* of SMCCC, and of PSCI */
#define POWER_DOWN    0x10000u /* StateType of CPU_SUSPEND's power_state */
#define NO_TRUSTED_OS 2

#define NOT_SUPPORTED     -1
#define INVALID_PARAMETER -2
#define ALREADY_ON        -4
#define ON_PENDING        -5
#define INVALID_ADDRESS   -9
#define NO_ENTROPY        -3 /* of TRNG: not now */

#define RANDOM_CALLS 16u

struct function {
    int64_t (*handle)(struct vcpu *vcpu, uint64_t x[4]);
    int32_t answer; /* where there is nothing to handle; neither: no such function */
    bool has_64;    /* an SMC64 variant as well */
};

/*
 * The firmware's source serves one at a time: a VM may ask RANDOM_CALLS times at once, and as often
 * again in a tenth of a second. Not inlined: the registers that it needs are not saved by all other
 * calls.
 */
static __attribute__((noinline)) bool may_ask(struct vm *vm) {
    uint64_t now = arch_clock(), each = arch_clock_frequency() / (10 * RANDOM_CALLS);
    uint64_t next = atomic_load(&vm->arch.random);

    if (next + RANDOM_CALLS * each < now)
        next = now - RANDOM_CALLS * each;
    atomic_store(&vm->arch.random, next < now ? next + each : next);
    return next < now;
}

/* The guest does not just go on: slow() comes first. */
static int64_t settle(struct vcpu *vcpu) {
    atomic_fetch_or(&vcpu->work, VCPU_SETTLE);
    return 0;
}

/* Standby, for which slow() waits. There is no state that loses context. */
static int64_t cpu_suspend(struct vcpu *vcpu, uint64_t x[4]) {
    if ((x[1] & POWER_DOWN) != 0)
        return INVALID_PARAMETER;
    vcpu->arch.suspended = true;
    return settle(vcpu);
}

static int64_t cpu_off(struct vcpu *vcpu, uint64_t x[4]) {
    (void)x;
    atomic_store(&vcpu->power, VCPU_OFF);
    return settle(vcpu);
}

static int64_t cpu_on(struct vcpu *vcpu, uint64_t x[4]) {
    static const int64_t results[] = {[POWER_OK] = 0,
                                      [POWER_NO_SUCH_VCPU] = INVALID_PARAMETER,
                                      [POWER_ALREADY_ON] = ALREADY_ON,
                                      [POWER_STARTING] = ON_PENDING,
                                      [POWER_BAD_ENTRY] = INVALID_ADDRESS};

    return results[power_vcpu_on(vcpu, x[1], x[2], x[3])];
}

static int64_t affinity_info(struct vcpu *vcpu, uint64_t x[4]) {
    static const int64_t results[] = {[VCPU_OFF] = 1, [VCPU_STARTING] = 2, [VCPU_ON] = 0};

    /* Only single cores: lowest affinity level 0. */
    if (x[2] != 0 || x[1] >= vcpu->vm->vcpu_count)
        return INVALID_PARAMETER;
    return results[atomic_load(&vcpu->vm->vcpus[x[1]].power)];
}

static int64_t system_off(struct vcpu *vcpu, uint64_t x[4]) {
    (void)x;
    vm_end(vcpu, SYSTEM_END_POWEROFF, 0, NULL);
    return settle(vcpu);
}

/* SYSTEM_RESET2: architectural resets (warm) are type 0; vendors' own have bit 31. */
static int64_t system_reset(struct vcpu *vcpu, uint64_t x[4]) {
    if ((uint32_t)x[0] != PSCI_SYSTEM_RESET && x[1] != 0)
        return INVALID_PARAMETER;
    vm_end(vcpu, SYSTEM_END_RESET, 0, NULL);
    return settle(vcpu);
}

static int64_t psci_features(struct vcpu *vcpu, uint64_t x[4]);

/* PSCI's, by their numbers. */
static const struct function functions[] = {
    [0x00] = {.answer = VERSION_1_1}, /* PSCI_VERSION */
    [0x01] = {.handle = cpu_suspend, .has_64 = true},
    [0x02] = {.handle = cpu_off},
    [0x03] = {.handle = cpu_on, .has_64 = true},
    [0x04] = {.handle = affinity_info, .has_64 = true},
    [0x06] = {.answer = NO_TRUSTED_OS}, /* MIGRATE_INFO_TYPE */
    [0x08] = {.handle = system_off},
    [0x09] = {.handle = system_reset},
    [0x0a] = {.handle = psci_features},
    [0x12] = {.handle = system_reset, .has_64 = true}, /* SYSTEM_RESET2 */
};

static inline const struct function *find(uint32_t number) {
    uint32_t index = (number & ~SMC64) - PSCI;

    if (index >= sizeof(functions) / sizeof(functions[0]) ||
        ((number & SMC64) != 0 && !functions[index].has_64))
        return NULL;
    return functions[index].answer != 0 || functions[index].handle != NULL ? &functions[index]
                                                                           : NULL;
}

static int64_t psci_features(struct vcpu *vcpu, uint64_t x[4]) {
    (void)vcpu;
    return x[1] == SMCCC_VERSION || find((uint32_t)x[1]) != NULL ? 0 : NOT_SUPPORTED;
}

static int64_t arch_features(uint64_t x[4]) {
    uint32_t queried = (uint32_t)x[1];

    if (queried == SMCCC_WORKAROUND_1 || queried == SMCCC_WORKAROUND_2 ||
        queried == SMCCC_WORKAROUND_3)
        return firmware_call(x);
    return queried == SMCCC_VERSION || queried == SMCCC_ARCH_FEATURES ? 0 : NOT_SUPPORTED;
}

/*
 * All but PSCI's. Not inlined, nor is the next: the registers that they need are not saved by
 * constant answers.
 */
static __attribute__((noinline)) int64_t other_call(struct vcpu *vcpu, uint64_t x[4]) {
    switch ((uint32_t)x[0]) {
    case SMCCC_VERSION:
        return VERSION_1_1;
    case SMCCC_ARCH_FEATURES:
        return arch_features(x);
    /* The firmware knows which mitigations this core needs and has. */
    case SMCCC_WORKAROUND_1:
    case SMCCC_WORKAROUND_2:
    case SMCCC_WORKAROUND_3:
    case TRNG_VERSION:
    case TRNG_FEATURES:
    case TRNG_UUID:
        return firmware_call(x);
    case TRNG_RND:
    case TRNG_RND | SMC64:
        return may_ask(vcpu->vm) ? firmware_call(x) : NO_ENTROPY;
    case HYPERCALL_UID:
        x[1] = HYPERCALL_UID_1;
        x[2] = HYPERCALL_UID_2;
        x[3] = HYPERCALL_UID_3;
        return HYPERCALL_UID_0;
    default:
        return hypercall_dispatch(vcpu, (uint32_t)x[0], &x[1]);
    }
}

static __attribute__((noinline)) int64_t handle(const struct function *function, struct vcpu *vcpu,
                                                uint64_t x[4]) {
    /* SMC32: arguments are 32 bits wide. */
    for (unsigned i = 1; i < 4 && (x[0] & SMC64) == 0; i++)
        x[i] = (uint32_t)x[i];
    return function->handle(vcpu, x);
}

void smccc_call(struct vcpu *vcpu, uint64_t x[4]) {
    const struct function *function = find((uint32_t)x[0]);

    if (function == NULL)
        x[0] = (uint64_t)other_call(vcpu, x);
    else
        x[0] = (uint64_t)(function->answer != 0 ? function->answer : handle(function, vcpu, x));
}
