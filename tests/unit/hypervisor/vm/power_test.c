/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include <pthread.h>

#include "hypervisor/small_system.h"
#include "vm/power.h"

#define ENTRY (GUEST_MEMORY + 0x1000)

BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    vm.vcpus[0].power = VCPU_ON;
}

TEST(an_off_vcpu_is_started) {
    assert_int_equal(power_vcpu_on(&vm.vcpus[0], 1, ENTRY, 0x99), POWER_OK);
    assert_int_equal(vm.vcpus[1].power, VCPU_STARTING);
    assert_int_equal(vm.vcpus[1].entry, ENTRY);
    assert_int_equal(vm.vcpus[1].argument, 0x99);
    assert_int_equal(host.kicks[1], 1);
    assert_int_equal(host.kicks[0] + host.kicks[2] + host.kicks[3], 0);
}

TEST(one_that_is_not_off_is_left_alone) {
    power_vcpu_on(&vm.vcpus[0], 1, ENTRY, 1);
    assert_int_equal(power_vcpu_on(&vm.vcpus[0], 1, ENTRY + 4, 2), POWER_STARTING);
    vm.vcpus[1].power = VCPU_ON;
    assert_int_equal(power_vcpu_on(&vm.vcpus[0], 1, ENTRY + 4, 2), POWER_ALREADY_ON);
    assert_int_equal(power_vcpu_on(&vm.vcpus[0], 0, ENTRY + 4, 2), POWER_ALREADY_ON);
    assert_int_equal(vm.vcpus[1].entry, ENTRY);
    assert_int_equal(vm.vcpus[1].argument, 1);
    assert_int_equal(host.kicks[1], 1);
}

TEST(there_are_only_its_own_vcpus) {
    static const uint64_t indices[] = {3, 7, 8, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX};

    for (unsigned i = 0; i < COUNT_OF(indices); i++)
        assert_int_equal(power_vcpu_on(&vm.vcpus[0], indices[i], ENTRY, 0), POWER_NO_SUCH_VCPU);
    assert_int_equal(vm.vcpus[0].power, VCPU_ON);
}

TEST(the_entry_lies_in_its_memory) {
    static const struct {
        uint64_t entry;
        enum power_result expected;
    } tries[] = {
        {GUEST_MEMORY, POWER_OK},
        {GUEST_MEMORY + 0x7fffff, POWER_OK},
        {GUEST_MEMORY - 1, POWER_BAD_ENTRY},
        {GUEST_MEMORY + 0x800000, POWER_BAD_ENTRY},
        {CONSOLE_AT, POWER_BAD_ENTRY},
        {0x10000000, POWER_BAD_ENTRY}, /* the other VM's */
        {UINT64_MAX, POWER_BAD_ENTRY},
    };

    for (unsigned i = 0; i < COUNT_OF(tries); i++) {
        begin();
        assert_int_equal(power_vcpu_on(&vm.vcpus[0], 2, tries[i].entry, 0), tries[i].expected);
        assert_int_equal(vm.vcpus[2].power,
                         tries[i].expected == POWER_OK ? VCPU_STARTING : VCPU_OFF);
    }
    /* Every piece of memory counts. */
    small_create(&vm, CONTROL);
    assert_int_equal(power_vcpu_on(&vm.vcpus[0], 0, 0x10002ffc, 0), POWER_OK);
}

static _Atomic uint32_t accepted;

static void *start_again_and_again(void *argument) {
    struct vcpu *caller = argument;

    for (uint32_t i = 0; i < 2000; i++) {
        /* Entry and argument of one call belong together. */
        uint64_t entry = ENTRY + 8 * (uint64_t)caller->index;

        if (power_vcpu_on(caller, 2, entry, entry) == POWER_OK) {
            atomic_fetch_add(&accepted,
                             vm.vcpus[2].entry == entry && vm.vcpus[2].argument == entry);
            atomic_store(&vm.vcpus[2].power, VCPU_OFF);
        }
    }
    return NULL;
}

TEST(only_one_of_two_callers_starts_it) {
    pthread_t threads[2];
    uint32_t kicks;

    accepted = 0;
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, start_again_and_again, &vm.vcpus[i]), 0);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    kicks = host.kicks[2];
    assert_true(accepted > 0);
    assert_int_equal(accepted, kicks);
}
