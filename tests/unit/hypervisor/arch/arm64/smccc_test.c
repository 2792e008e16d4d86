/* SPDX-License-Identifier: Apache-2.0 */
/* Function numbers and results: DEN 0028 (SMCCC), DEN 0022 (PSCI), DEN 0098 (TRNG). */
#include "hypervisor/support.h"

#include "abi/hypercall.h"
#include "arch/arm64/smccc.h"
#include "hypervisor/arch/arm64/fake_firmware.h"
#include "hypervisor/small_system.h"

#define NOT_SUPPORTED      UINT64_MAX       /* -1, also PSCI's */
#define INVALID_PARAMETERS (UINT64_MAX - 1) /* PSCI: -2 */
#define SMCCC_INVALID      (UINT64_MAX - 2) /* SMCCC: -3 */
#define ALREADY_ON         (UINT64_MAX - 3)
#define ON_PENDING         (UINT64_MAX - 4)
#define INVALID_ADDRESS    (UINT64_MAX - 8)
#define NO_ENTROPY         (UINT64_MAX - 2) /* TRNG: -3 */

#define CPU_ON_32 0x84000003u
#define CPU_ON_64 0xc4000003u
#define ENTRY     (GUEST_MEMORY + 0x8000)

static uint64_t x[4];

BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    host.clock = 5000000;
    memset(&fake_firmware, 0, sizeof(fake_firmware));
    vm.vcpus[0].power = VCPU_ON;
}

static uint64_t call(uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3) {
    x[0] = function;
    x[1] = x1;
    x[2] = x2;
    x[3] = x3;
    smccc_call(&vm.vcpus[0], x);
    return x[0];
}

static uint64_t call0(uint64_t function) {
    return call(function, 0, 0, 0);
}

TEST(says_its_versions) {
    assert_int_equal(call0(0x80000000), 0x10001); /* SMCCC 1.1 */
    assert_int_equal(call0(0x84000000), 0x10001); /* PSCI 1.1 */
    assert_int_equal(call0(0x84000006), 2);       /* MIGRATE_INFO_TYPE: no trusted OS */
}

TEST(says_which_psci_functions_there_are) {
    static const uint32_t there[] = {0x84000000, 0x84000001, 0xc4000001, 0x84000002, 0x84000003,
                                     0xc4000003, 0x84000004, 0xc4000004, 0x84000006, 0x84000008,
                                     0x84000009, 0x8400000a, 0x84000012, 0xc4000012, 0x80000000};
    static const uint32_t others[] = {0x80000001, 0x84000050, HYPERCALL_COUNTER, 0};
    uint32_t found = 0;

    for (unsigned i = 0; i < COUNT_OF(there); i++)
        assert_int_equal(call(0x8400000a, there[i], 0, 0), 0);
    for (uint32_t n = 0; n < 0x60; n++) {
        uint32_t asked = (n < 0x30 ? 0x84000000 : 0xc4000000) + n % 0x30;

        if (call(0x8400000a, asked, 0, 0) == 0)
            found++;
        else
            assert_int_equal(x[0], NOT_SUPPORTED);
    }
    assert_int_equal(found, COUNT_OF(there) - 1);
    for (unsigned i = 0; i < COUNT_OF(others); i++)
        assert_int_equal(call(0x8400000a, others[i], 0, 0), NOT_SUPPORTED);
}

TEST(starts_a_core) {
    assert_int_equal(call(CPU_ON_64, 2, ENTRY, UINT64_C(0xabcdef0123456789)), 0);
    assert_int_equal(vm.vcpus[2].power, VCPU_STARTING);
    assert_int_equal(vm.vcpus[2].entry, ENTRY);
    assert_int_equal(vm.vcpus[2].argument, UINT64_C(0xabcdef0123456789));
    assert_int_equal(host.kicks[2], 1);
    assert_int_equal(vm.vcpus[1].power, VCPU_OFF);
    assert_int_equal(call(CPU_ON_64, 2, ENTRY, 0), ON_PENDING);
    vm.vcpus[2].power = VCPU_ON;
    assert_int_equal(call(CPU_ON_64, 2, ENTRY, 0), ALREADY_ON);
    assert_int_equal(call(CPU_ON_64, 0, ENTRY, 0), ALREADY_ON);
}

TEST(a_32_bit_call_has_32_bit_arguments) {
    uint64_t high = UINT64_C(0xdead000000000000);

    assert_int_equal(call(CPU_ON_32, high | 1, high | ENTRY, high | 0x55), 0);
    assert_int_equal(vm.vcpus[1].entry, ENTRY);
    assert_int_equal(vm.vcpus[1].argument, 0x55);
    /* The same numbers mean something else to the 64-bit call. */
    assert_int_equal(call(CPU_ON_64, high | 2, ENTRY, 0), INVALID_PARAMETERS);
    assert_int_equal(call(CPU_ON_64, 2, high | ENTRY, 0), INVALID_ADDRESS);
}

TEST(the_function_is_the_low_word) {
    assert_int_equal(call0(UINT64_C(0xffffffff80000000)), 0x10001);
    assert_int_equal(call0(UINT64_C(0x100000000) | HYPERCALL_UID), HYPERCALL_UID_0);
    control()->vms[LINUX].restarts = 5;
    assert_int_equal(call0(UINT64_C(0x100000000) | HYPERCALL_RESTARTS), 5);
}

TEST(refuses_to_start_what_is_not_there) {
    static const uint64_t targets[] = {
        3, 8, 0xfe, 0x100, 0x80000001, UINT64_C(0x100000000), UINT64_C(1) << 63, UINT64_MAX};
    static const uint64_t entries[] = {0, GUEST_MEMORY - 4, GUEST_MEMORY + 0x800000, 0x09000000,
                                       UINT64_MAX};

    for (unsigned i = 0; i < COUNT_OF(targets); i++)
        assert_int_equal(call(CPU_ON_64, targets[i], ENTRY, 0), INVALID_PARAMETERS);
    for (unsigned i = 0; i < COUNT_OF(entries); i++)
        assert_int_equal(call(CPU_ON_64, 1, entries[i], 0), INVALID_ADDRESS);
    assert_int_equal(vm.vcpus[1].power, VCPU_OFF);
    assert_int_equal(host.kicks[1], 0);
}

TEST(tells_a_cores_state) {
    vm.vcpus[1].power = VCPU_STARTING;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t function = i == 0 ? 0x84000004 : 0xc4000004;

        assert_int_equal(call(function, 0, 0, 0), 0); /* on */
        assert_int_equal(call(function, 1, 0, 0), 2); /* on its way */
        assert_int_equal(call(function, 2, 0, 0), 1); /* off */
        assert_int_equal(call(function, 3, 0, 0), INVALID_PARAMETERS);
        assert_int_equal(call(function, 0, 1, 0), INVALID_PARAMETERS); /* a cluster */
        assert_int_equal(call(function, 0, 4, 0), INVALID_PARAMETERS);
    }
}

/* Each leaves VCPU_SETTLE, also where a sibling that was first has not told this vCPU yet. */
TEST(the_guest_does_not_just_go_on) {
    static const struct {
        uint64_t function, x1, answer;
        enum vm_life life;
        enum vcpu_power power;
        bool suspended, work;
    } calls[] = {
        {0x84000001, 0, 0, VM_RUN, VCPU_ON, true, true}, /* CPU_SUSPEND: no context is lost, ... */
        {0xc4000001, 0xffff, 0, VM_RUN, VCPU_ON, true, true},
        {0xc4000001, 0x10000, INVALID_PARAMETERS, VM_RUN, VCPU_ON, false, false}, /* ... ever */
        {0x84000002, 0, 0, VM_RUN, VCPU_OFF, false, true},
        {0x84000008, 0, 0, VM_POWER_OFF, VCPU_ON, false, true},
        {0x84000009, 0, 0, VM_RESTART, VCPU_ON, false, true},
        {0x84000012, 0, 0, VM_RESTART, VCPU_ON, false, true},
        {0xc4000012, 0, 0, VM_RESTART, VCPU_ON, false, true},
        {0xc4000012, 1, INVALID_PARAMETERS, VM_RUN, VCPU_ON, false, false},
        {0xc4000012, 0x80000000, INVALID_PARAMETERS, VM_RUN, VCPU_ON, false, false}, /* vendor's */
    };

    for (unsigned i = 0; i < 2 * COUNT_OF(calls); i++) {
        if (i % 2 == 0)
            begin();
        vm.vcpus[0].work = 0;
        assert_int_equal(call(calls[i / 2].function, calls[i / 2].x1, ENTRY, 0),
                         calls[i / 2].answer);
        assert_int_equal(vm_life(LINUX), calls[i / 2].life);
        assert_int_equal(vm.vcpus[0].power, calls[i / 2].power);
        assert_int_equal(vm.vcpus[0].arch.suspended, calls[i / 2].suspended);
        assert_int_equal(vm.vcpus[0].work, calls[i / 2].work ? VCPU_SETTLE : 0);
    }
}

TEST(asks_the_firmware_what_only_that_knows) {
    static const uint32_t forwarded[] = {0x80008000, 0x80007fff, 0x80003fff, /* workarounds */
                                         0x84000050, 0x84000051, 0x84000052,
                                         0x84000053, 0xc4000053};

    fake_firmware.answer[0] = 17;
    fake_firmware.answer[1] = 18;
    fake_firmware.answer[3] = 19;
    for (unsigned i = 0; i < COUNT_OF(forwarded); i++) {
        assert_int_equal(call(forwarded[i], 1, 2, 3), 17);
        assert_int_equal(fake_firmware.calls, i + 1);
        ASSERT_EACH(fake_firmware.asked, forwarded[i], 1);
        assert_int_equal(x[1], 18);
        assert_int_equal(x[3], 19);
    }
    /* SMCCC_ARCH_FEATURES: own answer for own calls, the firmware's for its workarounds. */
    assert_int_equal(call(0x80000001, 0x80000000, 0, 0), 0);
    assert_int_equal(call(0x80000001, 0x80000001, 0, 0), 0);
    assert_int_equal(call(0x80000001, 0x84000000, 0, 0), NOT_SUPPORTED);
    assert_int_equal(fake_firmware.calls, COUNT_OF(forwarded));
    assert_int_equal(call(0x80000001, 0x80008000, 0, 0), 17);
    ASSERT_EACH(fake_firmware.asked, 0x80000001, 0x80008000);
}

/* How many of 1000 calls reach the firmware. */
static uint32_t flood(uint32_t function) {
    uint32_t before = fake_firmware.calls;

    for (unsigned i = 0; i < 1000; i++) {
        uint32_t calls = fake_firmware.calls;
        uint64_t answer = call(function, 64, 0, 0);

        assert_int_equal(answer, fake_firmware.calls > calls ? 17 : NO_ENTROPY);
    }
    return fake_firmware.calls - before;
}

TEST(nobody_has_the_firmwares_random_numbers_to_himself) {
    static struct vm other;

    fake_firmware.answer[0] = 17;
    assert_int_equal(flood(0xc4000053), 16);
    assert_int_equal(flood(0x84000053), 0); /* the same numbers */
    host.clock += host.frequency / 160;
    assert_int_equal(flood(0xc4000053), 1);
    host.clock += host.frequency / 10;
    assert_int_equal(flood(0x84000053), 16);
    host.clock += 100 * host.frequency; /* what nobody has asked for is not saved up */
    assert_int_equal(flood(0x84000053), 16);
    /* Another VM has its own share; and what makes no numbers is not counted. */
    small_create(&other, CONTROL);
    x[0] = 0xc4000053;
    smccc_call(&other.vcpus[0], x);
    assert_int_equal(x[0], 17);
    assert_int_equal(flood(0x84000050), 1000);
}

TEST(own_calls) {
    static const uint64_t none[][2] = {
        {3, EXIT_TIMER},  {UINT64_MAX, EXIT_TIMER}, {UINT64_C(1) << 32, EXIT_TIMER},
        {0, EXIT_CAUSES}, {0, UINT64_MAX},          {0, UINT64_C(1) << 32},
    };

    control()->vms[LINUX].restarts = 3;
    vm.vcpus[2].exits[EXIT_TIMER] = 77;
    assert_int_equal(call0(HYPERCALL_RESTARTS), 3);
    assert_int_equal(call(HYPERCALL_COUNTER, 2, EXIT_TIMER, 0), 77);
    for (unsigned i = 0; i < COUNT_OF(none); i++)
        assert_int_equal(call(HYPERCALL_COUNTER, none[i][0], none[i][1], 0), SMCCC_INVALID);
    call0(HYPERCALL_UID);
    ASSERT_EACH(x, HYPERCALL_UID_0, HYPERCALL_UID_1, HYPERCALL_UID_2, HYPERCALL_UID_3);
}

/* Whether the call may change anything but x0 to x3. */
static bool has_effect(uint32_t function) {
    uint32_t psci = function & ~0x40000000u;

    return (psci >= 0x84000001 && psci <= 0x84000003) || psci == 0x84000008 || psci == 0x84000009 ||
           psci == 0x84000012 || psci == 0x84000053; /* this one is counted */
}

static const uint64_t favourites[] = {
    0,          1,          2,          3,  GUEST_MEMORY, 0x80000000, 0x84000000, 0xc4000003,
    UINT32_MAX, UINT64_MAX, 0xc6000001, 12, 0x10000,      0x80008000, 0x8600ff01, 0x84000050};

static uint64_t any(struct random *random) {
    return random_value(random, favourites, COUNT_OF(favourites));
}

/* The firmware hears of what is meant for it only: it could switch the machine off. */
static bool may_be_forwarded(uint32_t asked) {
    uint32_t entropy = asked & ~0x40000000u;

    return asked == 0x80000001 || asked == 0x80008000 || asked == 0x80007fff ||
           asked == 0x80003fff || (entropy >= 0x84000050 && entropy <= 0x84000053);
}

TEST(hostile_calls_do_no_harm) {
    struct random random = {99};
    static struct vm before;

    for (unsigned i = 0; i < 50000; i++) {
        uint64_t function = any(&random);

        before = vm;
        fake_firmware.calls = 0;
        call(function, any(&random), any(&random), any(&random));
        if (fake_firmware.calls > 0)
            assert_true(may_be_forwarded((uint32_t)fake_firmware.asked[0]));
        assert_int_equal(host.kicks[3], 0); /* the other VM's core */
        if (!has_effect((uint32_t)function)) {
            assert_memory_equal(&vm, &before, sizeof(vm));
            continue;
        }
        assert_true(vm.vcpus[1].power <= VCPU_ON && vm.vcpus[2].power <= VCPU_ON);
        begin();
    }
}

TEST(unknown_calls_are_not_supported) {
    static const uint32_t unknown[] = {
        0x00000000, 0x80000002, 0x82000000, 0x84000005, 0x84000007, 0x8400000b, 0x84000013,
        0x8400004f, 0x84000054, 0xc4000000, 0xc4000002, 0x02000000, 0xc600ffff, 0xc4000008,
        0xbf000000, 0xc6000000, 0xc6000003, 0x86000001, 0xffffffff, 0x04000003, 0x44000003};

    for (unsigned i = 0; i < COUNT_OF(unknown); i++)
        assert_int_equal(call(unknown[i], 1, 2, 3), NOT_SUPPORTED);
    assert_int_equal(fake_firmware.calls, 0);
    assert_int_equal(vm_life(LINUX), VM_RUN);
}
