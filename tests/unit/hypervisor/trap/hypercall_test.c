/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include "abi/hypercall.h"
#include "hypervisor/small_system.h"
#include "trap/hypercall.h"

BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
}

static int64_t call(uint64_t number, uint64_t first, uint64_t second) {
    const uint64_t arguments[2] = {first, second};

    return hypercall_dispatch(&vm.vcpus[1], number, arguments);
}

TEST(reads_each_counter_of_each_vcpu) {
    for (uint32_t i = 0; i < LINUX_VCPUS; i++) {
        for (uint32_t cause = 0; cause < EXIT_CAUSES; cause++)
            vm.vcpus[i].exits[cause] = UINT64_C(0x100000000) * (i + 1) + cause;
    }
    for (uint32_t i = 0; i < LINUX_VCPUS; i++) {
        for (uint32_t cause = 0; cause < EXIT_CAUSES; cause++)
            assert_int_equal(call(HYPERCALL_COUNTER, i, cause),
                             UINT64_C(0x100000000) * (i + 1) + cause);
    }
}

TEST(refuses_counters_that_are_not_there) {
    static const uint64_t bad[][2] = {
        {LINUX_VCPUS, 0},       {0, EXIT_CAUSES},       {UINT64_MAX, 0},      {0, UINT64_MAX},
        {UINT64_C(1) << 32, 0}, {0, UINT64_C(1) << 32}, {SYSTEM_CPUS_MAX, 0},
    };

    for (unsigned i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(call(HYPERCALL_COUNTER, bad[i][0], bad[i][1]), HYPERCALL_INVALID);
}

TEST(tells_the_restarts) {
    control()->vms[LINUX].restarts = 9;
    assert_int_equal(call(HYPERCALL_RESTARTS, UINT64_MAX, UINT64_MAX), 9);
}

TEST(knows_no_other) {
    static const uint64_t unknown[] = {
        0, HYPERCALL_COUNTER - 1, HYPERCALL_MANAGE + 1, UINT64_MAX, 0x86000001, HYPERCALL_UID};

    for (unsigned i = 0; i < COUNT_OF(unknown); i++)
        assert_int_equal(call(unknown[i], 0, 0), HYPERCALL_UNKNOWN);
}
