/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/smccc.h"

#include "abi/hypercall.h"
#include "arch/arm64/firmware.h"
#include "arch/cpu.h"
#include "trap/hypercall.h"
#include "vm/power.h"

#define SMCCC_VERSION       0x80000000u
#define SMCCC_ARCH_FEATURES 0x80000001u
#define SMCCC_WORKAROUND_1  0x80008000u
#define SMCCC_WORKAROUND_2  0x80007fffu
#define SMCCC_WORKAROUND_3  0x80003fffu
#define PSCI_VERSION        0x84000000u
#define PSCI_CPU_SUSPEND    0x84000001u
#define PSCI_CPU_OFF        0x84000002u
#define PSCI_CPU_ON         0x84000003u
#define PSCI_AFFINITY_INFO  0x84000004u
#define PSCI_MIGRATE_TYPE   0x84000006u
#define PSCI_SYSTEM_OFF     0x84000008u
#define PSCI_SYSTEM_RESET   0x84000009u
#define PSCI_FEATURES       0x8400000au
#define PSCI_SYSTEM_RESET2  0x84000012u
#define TRNG_FIRST          0x84000050u
#define TRNG_RND            0x84000053u /* and the last of them */
#define SMC64               0x40000000u

#define SMCCC_1_1     0x10001u
#define PSCI_1_1      0x10001u
#define POWER_DOWN    0x10000u /* StateType of CPU_SUSPEND's power_state */
#define NO_TRUSTED_OS 2

#define NOT_SUPPORTED     -1
#define INVALID_PARAMETER -2
#define DENIED            -3 /* of SMCCC: INVALID_PARAMETER */
#define ALREADY_ON        -4
#define ON_PENDING        -5
#define INVALID_ADDRESS   -9
#define NO_ENTROPY        -3 /* of TRNG: not now */

#define RANDOM_CALLS 16u

struct function {
    uint32_t number; /* as SMC32 */
    bool has_64;     /* an SMC64 variant as well */
    int64_t (*handle)(struct vcpu *vcpu, uint64_t x[4]);
    int64_t answer; /* where there is nothing to handle */
};

/* The firmware knows which mitigations this core needs and has. */
static int64_t forward(struct vcpu *vcpu, uint64_t x[4]) {
    (void)vcpu;
    firmware_call(x);
    return (int64_t)x[0];
}

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

static bool is_workaround(uint64_t number) {
    return number == SMCCC_WORKAROUND_1 || number == SMCCC_WORKAROUND_2 ||
           number == SMCCC_WORKAROUND_3;
}

static int64_t arch_features(struct vcpu *vcpu, uint64_t x[4]) {
    uint32_t queried = (uint32_t)x[1];

    if (queried == SMCCC_VERSION || queried == SMCCC_ARCH_FEATURES)
        return 0;
    return is_workaround(queried) ? forward(vcpu, x) : NOT_SUPPORTED;
}

/* Standby: arch_handle_hypercall() waits. There is no state that loses context. */
static int64_t cpu_suspend(struct vcpu *vcpu, uint64_t x[4]) {
    vcpu->arch.suspended = (x[1] & POWER_DOWN) == 0;
    return vcpu->arch.suspended ? 0 : INVALID_PARAMETER;
}

static int64_t cpu_off(struct vcpu *vcpu, uint64_t x[4]) {
    (void)x;
    atomic_store(&vcpu->power, VCPU_OFF); /* vcpu_settle() sees it */
    return 0;
}

static int64_t cpu_on(struct vcpu *vcpu, uint64_t x[4]) {
    static const int64_t results[] = {
        [POWER_OK] = 0,
        [POWER_NO_SUCH_VCPU] = INVALID_PARAMETER,
        [POWER_ALREADY_ON] = ALREADY_ON,
        [POWER_STARTING] = ON_PENDING,
        [POWER_BAD_ENTRY] = INVALID_ADDRESS,
    };

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
    vm_power_off(vcpu);
    return 0;
}

static int64_t system_reset(struct vcpu *vcpu, uint64_t x[4]) {
    (void)x;
    vm_reset(vcpu);
    return 0;
}

/* Architectural resets (warm) are type 0; vendors' own have bit 31. */
static int64_t system_reset2(struct vcpu *vcpu, uint64_t x[4]) {
    if (x[1] != 0)
        return INVALID_PARAMETER;
    vm_reset(vcpu);
    return 0;
}

static int64_t psci_features(struct vcpu *vcpu, uint64_t x[4]);

static const struct function functions[] = {
    {SMCCC_VERSION, false, NULL, SMCCC_1_1},
    {SMCCC_ARCH_FEATURES, false, arch_features, 0},
    {SMCCC_WORKAROUND_1, false, forward, 0},
    {SMCCC_WORKAROUND_2, false, forward, 0},
    {SMCCC_WORKAROUND_3, false, forward, 0},
    {PSCI_VERSION, false, NULL, PSCI_1_1},
    {PSCI_CPU_SUSPEND, true, cpu_suspend, 0},
    {PSCI_CPU_OFF, false, cpu_off, 0},
    {PSCI_CPU_ON, true, cpu_on, 0},
    {PSCI_AFFINITY_INFO, true, affinity_info, 0},
    {PSCI_MIGRATE_TYPE, false, NULL, NO_TRUSTED_OS},
    {PSCI_SYSTEM_OFF, false, system_off, 0},
    {PSCI_SYSTEM_RESET, false, system_reset, 0},
    {PSCI_SYSTEM_RESET2, true, system_reset2, 0},
    {PSCI_FEATURES, false, psci_features, 0},
};

static const struct function *find(uint32_t number) {
    for (unsigned i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (functions[i].number == number ||
            (functions[i].has_64 && (functions[i].number | SMC64) == number))
            return &functions[i];
    }
    return NULL;
}

static int64_t psci_features(struct vcpu *vcpu, uint64_t x[4]) {
    uint32_t queried = (uint32_t)x[1];

    (void)vcpu;
    if (queried == SMCCC_VERSION)
        return 0;
    return (queried & ~SMC64) >= PSCI_VERSION && find(queried) != NULL ? 0 : NOT_SUPPORTED;
}

static void own_call(struct vcpu *vcpu, uint64_t x[4]) {
    static const int64_t results[] = {
        [HYPERCALL_OK] = 0, [HYPERCALL_UNKNOWN] = NOT_SUPPORTED, [HYPERCALL_INVALID] = DENIED};
    uint64_t value = 0;
    enum hypercall_result result = hypercall_dispatch(vcpu, (uint32_t)x[0], &x[1], &value);

    x[0] = result == HYPERCALL_OK ? value : (uint64_t)results[result];
}

void smccc_call(struct vcpu *vcpu, uint64_t x[4]) {
    uint32_t number = (uint32_t)x[0];
    const struct function *function = find(number);

    if (function != NULL) {
        if ((number & SMC64) == 0) { /* SMC32: arguments are 32 bits wide */
            x[1] = (uint32_t)x[1];
            x[2] = (uint32_t)x[2];
            x[3] = (uint32_t)x[3];
        }
        x[0] = (uint64_t)(function->handle != NULL ? function->handle(vcpu, x) : function->answer);
    } else if ((number & ~SMC64) >= TRNG_FIRST && (number & ~SMC64) <= TRNG_RND) {
        x[0] = (uint64_t)((number & ~SMC64) != TRNG_RND || may_ask(vcpu->vm) ? forward(vcpu, x)
                                                                             : NO_ENTROPY);
    } else if (number == HYPERCALL_UID) {
        x[0] = HYPERCALL_UID_0;
        x[1] = HYPERCALL_UID_1;
        x[2] = HYPERCALL_UID_2;
        x[3] = HYPERCALL_UID_3;
    } else {
        own_call(vcpu, x);
    }
}
