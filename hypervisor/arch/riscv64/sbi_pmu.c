/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/sbi_handlers.h"

#define PMU_COUNT    0u
#define PMU_INFO     1u
#define PMU_CONFIG   2u
#define PMU_START    3u
#define PMU_STOP     4u
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
    if (info.error != 0 || counter_call(PMU_STOP, n, 0, 0) == SBI_ERR_INVALID_PARAM)
        return true; /* it isn't there, or has no event */
    error = counter_call(PMU_CONFIG, n, PMU_SKIP | PMU_CLEAR, event);
    error = error != 0 ? SBI_ERR_FAILED : counter_call(PMU_STOP, n, PMU_RESET, 0);
    return error == SBI_ERR_ALREADY_STOPPED ||
           (software && error == 0); /* of its own it says only 0 */
}

bool counters_open(struct vcpu *vcpu) {
    struct sbi_result count;
    bool good = true;

    if (vcpu->arch.counters_open)
        return false;
    count = firmware_call((const uint64_t[8]){[6] = PMU_COUNT, [7] = SBI_PMU});
    for (uint64_t n = 0; count.error == 0 && n < smaller(count.value, COUNTERS_MAX); n++)
        good &= counter_reset(n, true);
    vcpu->arch.counters_open = true;
    vcpu->arch.counters_clean = good;
    vcpu_show_counters(good);
    return true;
}

/* Of one counter. Firmware looks at the low half of its number only. */
struct sbi_result sbi_counter(struct vcpu *vcpu, const uint64_t a[8]) {
    (void)counters_open(vcpu);
    return a[0] < COUNTERS_MAX ? firmware_call(a) : failure(SBI_ERR_INVALID_PARAM);
}

/*
 * The counters are the core's, so the VM's. Its own modes are the machine's VU and VS; what it
 * costs in HS-mode counts as S-mode, unless it doesn't want to know. Snapshots want memory by its
 * machine address, which a guest does not know: it reads by CSR. Firmware always matches, from
 * counter 0 on: OpenSBI 1.6 takes a caller's word that a counter is of the event's type, mistakes
 * the base of a mask, then writes to where no counter is, and the hart is lost.
 */
struct sbi_result sbi_counters(struct vcpu *vcpu, const uint64_t a[8]) {
    uint64_t flags = a[6] == PMU_START ? a[2] : a[2] & PMU_FLAGS; /* PMU_RESET is none of them */
    uint64_t modes = (a[2] & PMU_INHIBIT) >> PMU_VIRTUAL;
    uint64_t mask = a[1] << (a[0] & 63);
    struct sbi_result result;

    if (a[0] >= COUNTERS_MAX || mask == 0 || mask >> a[0] != a[1])
        return failure(SBI_ERR_INVALID_PARAM);
    if (a[6] != PMU_CONFIG && a[2] > 1)
        return failure(SBI_ERR_NO_SHMEM);
    (void)counters_open(vcpu);
    vcpu->arch.counters_clean = false;
    result = firmware_call((const uint64_t[8]){0, mask, flags | modes, a[3], a[4], 0, a[6], a[7]});
    if (a[6] == PMU_STOP && a[2] == PMU_RESET && result.error != SBI_ERR_INVALID_PARAM)
        for (uint64_t n = a[0]; n < COUNTERS_MAX; n++)
            result.error =
                (mask >> n & 1) == 0 || counter_reset(n, false) ? result.error : SBI_ERR_FAILED;
    return result;
}
