/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/arch/riscv64/sbi_guest.h"

TEST(says_what_it_is) {
    assert_int_equal(value(BASE, 0, 0), 2 << 24); /* SBI 2.0 */
    assert_int_equal(value(BASE, 1, 0), HYPERCALL_SBI_IMPLEMENTATION);
    value(BASE, 2, 0);
    assert_int_equal(fake_firmware.count, 0);
    fake_firmware.answer.value = 0x1234;
    for (uint64_t function = 4; function <= 6; function++) { /* the machine's ids */
        assert_int_equal(value(BASE, function, 0), 0x1234);
        asked(BASE, function);
    }
}

TEST(says_which_extensions_there_are) {
    static const uint32_t there[] = {BASE, TIME, IPI, RFENCE, HSM, SRST, SUSP, DBCN};
    static const uint32_t missing[] = {0x11,       0x535345,   0x43505043, 0x4e41434c, 0x535441,
                                       0x46574654, 0x44425452, 0x08000000, 0x09000000, 0x0a000000};

    for (unsigned i = 0; i < COUNT_OF(there); i++)
        assert_int_equal(value(BASE, 3, there[i]), 1);
    assert_int_equal(value(BASE, 3, HYPERCALL_SBI_EXTENSION), 1);
    for (uint64_t legacy = 0; legacy < 0x10; legacy++) /* set_timer, putchar, getchar, shutdown */
        assert_int_equal(value(BASE, 3, legacy), legacy < 3 || legacy == 8);
    for (unsigned i = 0; i < COUNT_OF(missing); i++)
        assert_int_equal(value(BASE, 3, missing[i]), 0);
    assert_int_equal(value(BASE, 3, UINT64_C(1) << 32 | TIME), 0);
    assert_int_equal(fake_firmware.count, 0);
    /* Whether there are counters the firmware knows. */
    assert_int_equal(value(BASE, 3, PMU), 0);
    assert_int_equal(asked(BASE, 3)->arguments[0], PMU);
    vm.uart = NULL;
    assert_int_equal(value(BASE, 3, DBCN), 0);
    for (uint64_t legacy = 0; legacy < 0x10; legacy++)
        assert_int_equal(value(BASE, 3, legacy), legacy == 0 || legacy == 8);
}

TEST(sets_the_timer) {
    assert_int_equal(call(TIME, 0, UINT64_C(0x123456789abcdef0), 0, 0), 0);
    assert_int_equal(fake_firmware.deadline, UINT64_C(0x123456789abcdef0));
    assert_int_equal(call(TIME, 0, UINT64_MAX, 0, 0), 0);
    assert_int_equal(fake_firmware.deadline, UINT64_MAX);
    assert_int_equal(fake_firmware.deadlines, 2);
}

/* Hart masks, the same for all calls that have one: three vCPUs are there. */
static const struct mask {
    uint64_t mask, base;
    int64_t error;
    uint32_t targets;
} masks[] = {
    {1, 0, 0, 1},
    {7, 0, 0, 7},
    {5, 0, 0, 5},
    {3, 1, 0, 6},
    {1, 2, 0, 4},
    {0, 0, 0, 0},
    {0, 2, 0, 0},
    {0, ALL, 0, 7},
    {0x50, ALL, 0, 7}, /* the mask is ignored */
    {8, 0, INVALID_PARAM, 0},
    {9, 0, INVALID_PARAM, 0},
    {4, 1, INVALID_PARAM, 0},
    {2, 2, INVALID_PARAM, 0},
    {1, 3, INVALID_PARAM, 0},
    {0, 3, INVALID_PARAM, 0},
    {1, 64, INVALID_PARAM, 0},
    {1, UINT64_C(1) << 32, INVALID_PARAM, 0},
    {3, UINT64_MAX - 1, INVALID_PARAM, 0},
    {UINT64_MAX, 1, INVALID_PARAM, 0},
    {1, UINT64_MAX - 1, INVALID_PARAM, 0},
    {2, UINT64_MAX - 1, INVALID_PARAM, 0},
    {UINT64_C(1) << 63, 0, INVALID_PARAM, 0},
    {UINT64_C(1) << 63, 1, INVALID_PARAM, 0},
    {UINT64_MAX, 0, INVALID_PARAM, 0},
};

TEST(sends_interrupts) {
    vm.vcpus[1].power = VCPU_ON;
    vm.vcpus[2].power = VCPU_ON;
    for (unsigned i = 0; i < COUNT_OF(masks); i++) {
        fake_firmware.ipis = 0;
        assert_int_equal(call(IPI, 0, masks[i].mask, masks[i].base, 0), masks[i].error);
        assert_int_equal(fake_firmware.ipis, masks[i].targets);
    }
    /* One that is not on has nobody to interrupt. */
    vm.vcpus[1].power = VCPU_OFF;
    vm.vcpus[2].power = VCPU_STARTING;
    fake_firmware.ipis = 0;
    assert_int_equal(call(IPI, 0, 7, 0, 0), 0);
    assert_int_equal(fake_firmware.ipis, 1);
}

static const uint8_t firmwares[] = {0, 6, 5}; /* FENCE_I, HFENCE_VVMA, HFENCE_VVMA_ASID */

/* Here what is this vCPU's own, and the others' by the firmware. */
TEST(fences) {
    for (unsigned i = 0; i < COUNT_OF(masks); i++) {
        for (uint64_t function = 0; function < 3; function++) {
            const struct fake_call *made;

            a[3] = 0x3000;
            a[4] = UINT64_C(0xffffffffabcd1234);
            fake_firmware.fences = 0;
            assert_int_equal(call(RFENCE, function, masks[i].mask, masks[i].base, 0x5000),
                             masks[i].error);
            assert_int_equal(fake_firmware.fences, masks[i].targets & 1);
            if (fake_firmware.fences != 0)
                ASSERT_EACH(fake_firmware.fence, firmwares[function], 0x5000, 0x3000, 0x1234);
            if ((masks[i].targets & 6) == 0) {
                assert_int_equal(fake_firmware.count, 0);
                continue;
            }
            made = asked(RFENCE, firmwares[function]);
            assert_int_equal(made->arguments[0] << made->arguments[1], masks[i].targets & 6);
            assert_int_equal(made->arguments[2], 0x5000);
            assert_int_equal(made->arguments[3], 0x3000);
            assert_int_equal(made->arguments[4], 0x1234);
        }
    }
}

TEST(harts_are_the_machines) {
    static const uint64_t ids[] = {UINT64_C(0x100000003f), 5, UINT64_C(0x1000000000), 9};
    uint32_t seen = 0;

    for (unsigned i = 0; i < 4; i++)
        small.cpus[i].hwid = ids[i];
    assert_int_equal(call(RFENCE, 0, 7, 0, 0), 0);
    assert_true(fake_firmware.count <= 3);
    for (unsigned i = 0; i < fake_firmware.count; i++) {
        const uint64_t *arguments = fake_firmware.calls[i].arguments;

        for (unsigned bit = 0; bit < 64; bit++) {
            for (unsigned id = 0; id < 4; id++)
                if ((arguments[0] >> bit & 1) != 0 && arguments[1] + bit == ids[id])
                    seen |= 1u << (8 * i + id);
        }
    }
    /* Each once, and nobody's else; the first is this one. */
    assert_int_equal(__builtin_popcount(seen), 2);
    assert_int_equal((seen | seen >> 8 | seen >> 16) & 0xff, 6);
    assert_int_equal(fake_firmware.fences, 1);
    /* Those of another VM are not at its vCPUs' numbers. */
    begin();
    assert_int_equal(call(RFENCE, 0, 8, 0, 0), INVALID_PARAM);
    assert_int_equal(call(RFENCE, 0, 0, ALL, 0), 0);
    assert_int_equal(asked(RFENCE, 0)->arguments[0] << fake_firmware.calls[0].arguments[1], 6);
}

TEST(a_large_range_is_all) {
    static const struct {
        uint64_t start, size, asked_start, asked_size;
    } ranges[] = {
        {0x1000, 0x40000, 0x1000, 0x40000},
        {0x1000, 0x40001, 0, ALL},
        {0, ALL, 0, ALL},
        {0x1000, UINT64_C(1) << 40, 0, ALL},
        {0, 0, 0, ALL}, /* so says chapter 8 */
        {0x5000, 0, 0x5000, 0},
        {1, 0, 0, 0x1000},
        {UINT64_MAX - 0xfff, 0x1000, 0, ALL},
        {UINT64_MAX - 0xfff, 0xfff, 0, ALL}, /* its last page ends where addresses do */
        {UINT64_MAX - 0x1fff, 0xfff, UINT64_MAX - 0x1fff, 0x1000},
        {UINT64_MAX, 2, 0, ALL},
        /* Whole pages: firmware's steps are so large, from the start on. */
        {0x1fff, 2, 0x1000, 0x2000},
        {0x1001, 0x1000, 0x1000, 0x2000},
        {0x1001, 0xfff, 0x1000, 0x1000},
        {0x1001, 1, 0x1000, 0x1000},
        {0x1fff, 0x40000, 0x1000, 0x41000},
    };

    for (unsigned i = 0; i < COUNT_OF(ranges); i++) {
        const struct fake_call *made;

        a[3] = ranges[i].size;
        assert_int_equal(call(RFENCE, 1, 3, 0, ranges[i].start), 0);
        made = asked(RFENCE, 6);
        assert_int_equal(made->arguments[2], ranges[i].asked_start);
        assert_int_equal(made->arguments[3], ranges[i].asked_size);
        assert_int_equal(fake_firmware.fence[1], ranges[i].asked_start);
        assert_int_equal(fake_firmware.fence[2], ranges[i].asked_size);
    }
}

TEST(the_guest_has_no_guests) {
    for (uint64_t function = 3; function < 16; function++)
        assert_int_equal(call(RFENCE, function, 1, 0, 0), NOT_SUPPORTED);
    assert_int_equal(fake_firmware.count, 0);
    fake_firmware.answer.error = NOT_SUPPORTED;
    assert_int_equal(call(RFENCE, 0, 2, 0, 0), FAILED);
}

TEST(starts_a_hart) {
    assert_int_equal(call(HSM, 0, 2, ENTRY, UINT64_C(0xabcdef0123456789)), 0);
    assert_int_equal(vm.vcpus[2].power, VCPU_STARTING);
    assert_int_equal(vm.vcpus[2].entry, ENTRY);
    assert_int_equal(vm.vcpus[2].argument, UINT64_C(0xabcdef0123456789));
    assert_int_equal(host.kicks[2], 1);
    assert_int_equal(vm.vcpus[1].power, VCPU_OFF);
    assert_int_equal(call(HSM, 0, 2, ENTRY, 0), ALREADY_AVAILABLE);
    vm.vcpus[2].power = VCPU_ON;
    assert_int_equal(call(HSM, 0, 2, ENTRY, 0), ALREADY_AVAILABLE);
    assert_int_equal(call(HSM, 0, 0, ENTRY, 0), ALREADY_AVAILABLE);
}

static const uint64_t no_entries[] = {
    0, GUEST_MEMORY - 2, GUEST_MEMORY + 0x800000, CONSOLE_AT, ENTRY + 1, UINT64_MAX, UINT64_MAX - 1,
};

TEST(refuses_to_start_what_is_not_there) {
    static const uint64_t targets[] = {3, 8, 64, UINT64_C(0x100000000), UINT64_MAX};

    for (unsigned i = 0; i < COUNT_OF(targets); i++) {
        assert_int_equal(call(HSM, 0, targets[i], ENTRY, 0), INVALID_PARAM);
        assert_int_equal(call(HSM, 2, targets[i], 0, 0), INVALID_PARAM);
    }
    for (unsigned i = 0; i < COUNT_OF(no_entries); i++)
        assert_int_equal(call(HSM, 0, 1, no_entries[i], 0), INVALID_ADDRESS);
    assert_int_equal(vm.vcpus[1].power, VCPU_OFF);
    assert_int_equal(host.kicks[1], 0);
}

TEST(tells_a_harts_state) {
    vm.vcpus[1].power = VCPU_STARTING;
    assert_int_equal(value(HSM, 2, 0), 0); /* STARTED */
    assert_int_equal(value(HSM, 2, 1), 2); /* START_PENDING */
    assert_int_equal(value(HSM, 2, 2), 1); /* STOPPED */
    vm.vcpus[1].power = VCPU_ON;
    vm.vcpus[1].work = VCPU_SUSPENDED;
    assert_int_equal(value(HSM, 2, 1), 4); /* SUSPENDED */
    vm.vcpus[1].power = VCPU_OFF;
    assert_int_equal(value(HSM, 2, 1), 1);
}

TEST(stops_itself) {
    call(HSM, 1, 0, 0, 0);
    assert_int_equal(vm.vcpus[0].power, VCPU_OFF);
    assert_int_equal(vm.vcpus[0].work, VCPU_SETTLE); /* before it comes back */
    assert_int_equal(vm_life(LINUX), VM_RUN);
}

/* Whether the calling vCPU is suspended; from now on it is not. */
static bool take_suspended(void) {
    return (atomic_fetch_and(&vm.vcpus[0].work, ~VCPU_SUSPENDED) & VCPU_SUSPENDED) != 0;
}

/* And then begins anew. */
static void expect_resumes(uint64_t argument) {
    assert_true(vm.vcpus[0].arch.resumes);
    assert_int_equal(vm.vcpus[0].entry, ENTRY);
    assert_int_equal(vm.vcpus[0].argument, argument);
}

TEST(suspends_a_hart) {
    static const uint32_t types[] = {1, 0x0fffffff, 0x10000000, 0x7fffffff, 0x80000001, 0xffffffff};

    assert_int_equal(call(HSM, 3, 0, UINT64_MAX, 7), 0); /* retentive: no address */
    assert_true(take_suspended());
    assert_false(vm.vcpus[0].arch.resumes);
    assert_int_equal(call(HSM, 3, 0x80000000, ENTRY, 7), 0);
    assert_true(take_suspended());
    expect_resumes(7);
    /* A 32-bit argument, as a sign-extending caller passes it. */
    assert_int_equal(call(HSM, 3, UINT64_C(0xffffffff80000000), ENTRY, 7), 0);
    assert_true(take_suspended());
    for (unsigned i = 0; i < COUNT_OF(types); i++)
        assert_int_equal(call(HSM, 3, types[i], ENTRY, 0), INVALID_PARAM);
    for (unsigned i = 0; i < COUNT_OF(no_entries); i++)
        assert_int_equal(call(HSM, 3, 0x80000000, no_entries[i], 0), INVALID_ADDRESS);
    assert_false(take_suspended());
    assert_int_equal(vm.vcpus[0].power, VCPU_ON);
}

TEST(suspends_the_system_when_alone) {
    assert_int_equal(call(SUSP, 0, 1, ENTRY, 0), INVALID_PARAM);
    assert_int_equal(call(SUSP, 0, 0x80000000, ENTRY, 0), INVALID_PARAM);
    for (unsigned i = 0; i < COUNT_OF(no_entries); i++)
        assert_int_equal(call(SUSP, 0, 0, no_entries[i], 0), INVALID_ADDRESS);
    vm.vcpus[2].power = VCPU_STARTING;
    assert_int_equal(call(SUSP, 0, 0, ENTRY, 0), DENIED);
    vm.vcpus[2].power = VCPU_ON;
    vm.vcpus[2].work = VCPU_SUSPENDED;
    assert_int_equal(call(SUSP, 0, 0, ENTRY, 0), DENIED);
    assert_false(take_suspended());
    vm.vcpus[2].power = VCPU_OFF;
    assert_int_equal(call(SUSP, 0, 0, ENTRY, 5), 0);
    assert_true(take_suspended());
    expect_resumes(5);
}

TEST(ends_a_life_of_its_own_vm) {
    static const struct {
        uint64_t type, reason;
        int64_t error;
        enum vm_life life;
    } resets[] = {
        {0, 0, 0, VM_POWER_OFF},
        {0, 1, 0, VM_POWER_OFF},
        {1, 0, 0, VM_RESTART},
        {2, 0, 0, VM_RESTART},
        {UINT64_C(0xffffffff00000000), 1, 0, VM_POWER_OFF}, /* both are 32 bits wide */
        {3, 0, INVALID_PARAM, VM_RUN},
        {0xf0000000, 0, INVALID_PARAM, VM_RUN},
        {0, 2, INVALID_PARAM, VM_RUN},
        {0, 0xe0000000, INVALID_PARAM, VM_RUN},
        {0, 0xffffffff, INVALID_PARAM, VM_RUN},
    };

    for (unsigned i = 0; i < COUNT_OF(resets); i++) {
        begin();
        assert_int_equal(call(SRST, 0, resets[i].type, resets[i].reason, 0), resets[i].error);
        assert_int_equal(vm_life(LINUX), resets[i].life);
        assert_int_equal(fake_firmware.count, 0);
    }
}

/* What has gone out under the guest's name. */
static const char *said(void) {
    static const char tag[] = "\x1elinux| \x1f";

    host_uart.out[host_uart.out_size] = '\0';
    if (host_uart.out_size == 0)
        return "";
    assert_memory_equal(host_uart.out, tag, strlen(tag));
    return (const char *)host_uart.out + strlen(tag);
}

static uint8_t *memory(uint64_t at) {
    return &fake_firmware.memory[at - GUEST_MEMORY];
}

TEST(writes_the_console) {
    memcpy(memory(GUEST_MEMORY + 0xffc),
           "hel\x1e"
           "lo\n",
           7); /* over the end of a page */
    assert_int_equal(call(DBCN, 0, 7, GUEST_MEMORY + 0xffc, 0), 0);
    assert_int_equal(a[1], 7);
    assert_string_equal(said(), "hel lo\n");
    assert_int_equal(call(DBCN, 2, 0xff41, 0, 0), 0);
    assert_int_equal(call(DBCN, 2, '\n', 0, 0), 0);
    assert_string_equal(said(), "hel lo\nA\n");
    assert_int_equal(call(DBCN, 0, 0, GUEST_MEMORY, 0), 0); /* nothing */
    assert_int_equal(a[1], 0);
    assert_int_equal(fake_firmware.repeats, 0);
}

TEST(reads_the_console) {
    memset(fake_firmware.memory, '.', sizeof(fake_firmware.memory));
    assert_int_equal(call(DBCN, 1, 10, GUEST_MEMORY, 0), 0);
    assert_int_equal(a[1], 0);
    for (const char *typed = "typed"; *typed != '\0'; typed++)
        vuart_receive(&uart, (uint8_t)*typed);
    assert_int_equal(call(DBCN, 1, 3, GUEST_MEMORY + 0xfff, 0), 0);
    assert_int_equal(a[1], 3);
    assert_memory_equal(memory(GUEST_MEMORY + 0xffe), ".typ.", 5);
    /* What can't be stored stays. */
    assert_int_equal(call(DBCN, 1, 3, GUEST_MEMORY + FAKE_MEMORY_SIZE - 1, 0), INVALID_PARAM);
    assert_int_equal(call(DBCN, 1, UINT32_MAX, GUEST_MEMORY, 0), 0);
    assert_int_equal(a[1], 2);
    assert_memory_equal(memory(GUEST_MEMORY), "ed.", 3);
}

TEST(a_call_moves_so_much_only) {
    memset(fake_firmware.memory, '\n', sizeof(fake_firmware.memory));
    assert_int_equal(call(DBCN, 0, FAKE_MEMORY_SIZE, GUEST_MEMORY, 0), 0);
    assert_true(a[1] > 0 && a[1] <= 256);
    assert_int_equal(fake_firmware.moved, a[1]);
    /* Also where the size is beyond all memory, as long as its end is an address. */
    assert_int_equal(call(DBCN, 0, UINT64_C(1) << 62, GUEST_MEMORY, 0), 0);
    assert_true(a[1] <= 256);
}

TEST(a_slow_line_takes_less) {
    uint64_t taken = 0;

    memset(fake_firmware.memory, 'x', sizeof(fake_firmware.memory));
    host_uart.room = 0;
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(call(DBCN, 0, 200, GUEST_MEMORY, 0), 0);
        taken += a[1];
    }
    assert_int_equal(taken, RING_SIZE);
    /* The call that waits is made again, as it was. */
    assert_int_equal(call(DBCN, 2, 'y', 5, 6), 'y');
    assert_int_equal(a[1], 5);
    assert_int_equal(fake_firmware.repeats, 1);
    host_uart.room = UINT32_MAX;
    assert_int_equal(call(DBCN, 2, 'y', 5, 6), 'y'); /* it drains, after it has seen no room */
    assert_int_equal(fake_firmware.repeats, 2);
    assert_int_equal(call(DBCN, 2, 'y', 5, 6), 0);
    assert_int_equal(fake_firmware.repeats, 2);
}

TEST(console_memory_is_the_guests) {
    static const uint64_t bad[][3] = {
        {1, GUEST_MEMORY - 1, 0},
        {2, GUEST_MEMORY - 1, 0},
        {1, GUEST_MEMORY + FAKE_MEMORY_SIZE, 0},
        {200, GUEST_MEMORY + FAKE_MEMORY_SIZE - 100, 0},
        {1, 0, 0},
        {1, UINT64_MAX, 0},
        {16, UINT64_MAX - 8, 0},
        {UINT64_MAX, GUEST_MEMORY, 0},
        {1, CONSOLE_AT, 0},
        {1, GUEST_MEMORY, 1},
        {8, GUEST_MEMORY, UINT64_C(0x8000000000000001)},
        {0, GUEST_MEMORY, UINT64_MAX},
    };

    for (unsigned i = 0; i < COUNT_OF(bad); i++) {
        for (uint64_t function = 0; function < 2; function++) {
            vuart_reset(&uart);
            vuart_receive(&uart, 'k');
            assert_int_equal(call(DBCN, function, bad[i][0], bad[i][1], bad[i][2]), INVALID_PARAM);
            assert_int_equal(uart.received_count, 1);
        }
    }
    assert_int_equal(host_uart.out_size, 0);
}

TEST(without_console_there_are_no_calls) {
    vm.uart = NULL;
    for (uint64_t function = 0; function < 3; function++)
        assert_int_equal(call(DBCN, function, 1, GUEST_MEMORY, 0), NOT_SUPPORTED);
    /* One of calls alone has neither registers nor an interrupt. */
    small.vms[LINUX].console = SYSTEM_VM_CONSOLE_SBI;
    small.vms[LINUX].console_at = 0;
    small.vms[LINUX].console_irq = 0;
    guest_console_create(&vm, &uart);
    assert_null(mmio_find(&vm, 0));
    fake_firmware.memory[0] = '!';
    assert_int_equal(call(DBCN, 0, 1, GUEST_MEMORY, 0), 0);
    vuart_receive(&uart, 'k');
    assert_int_equal(call(DBCN, 1, 1, GUEST_MEMORY, 0), 0);
    assert_int_equal(fake_firmware.memory[0], 'k');
    assert_int_equal(host.level_changes, 0);
}

TEST(own_calls) {
    static const uint64_t none[][2] = {
        {3, EXIT_TIMER},  {ALL, EXIT_TIMER}, {UINT64_C(1) << 32, EXIT_TIMER},
        {0, EXIT_CAUSES}, {0, ALL},          {0, UINT64_C(1) << 32},
    };
    static const uint64_t unknown[] = {0, 0xffff, 0xc6000001, UINT64_C(1) << 32 | 2, ALL};

    control()->vms[LINUX].restarts = 3;
    vm.vcpus[2].exits[EXIT_TIMER] = 77;
    assert_int_equal(value(HYPERCALL_SBI_EXTENSION, HYPERCALL_RESTARTS - HYPERCALL_BASE, 0), 3);
    assert_int_equal(call(HYPERCALL_SBI_EXTENSION, 1, 2, EXIT_TIMER, 0), 0);
    assert_int_equal(a[1], 77);
    for (unsigned i = 0; i < COUNT_OF(none); i++)
        assert_int_equal(call(HYPERCALL_SBI_EXTENSION, 1, none[i][0], none[i][1], 0),
                         INVALID_PARAM);
    for (unsigned i = 0; i < COUNT_OF(unknown); i++)
        assert_int_equal(call(HYPERCALL_SBI_EXTENSION, unknown[i], 0, 0, 0), NOT_SUPPORTED);
}

TEST(unknown_calls_are_not_supported) {
    static const uint64_t unknown[][2] = {
        {BASE, 7}, {TIME, 1},   {IPI, 1},
        {HSM, 4},  {SRST, 1},   {SUSP, 1},
        {PMU, 7},  {DBCN, 3},   {TIME, UINT64_C(1) << 32},
        {0x11, 0}, {0x1000, 0}, {UINT64_C(1) << 32 | SRST, 0},
        {ALL, 0},  {3, ALL},    {0x535345, 0},
    };

    for (unsigned i = 0; i < COUNT_OF(unknown); i++)
        assert_int_equal(call(unknown[i][0], unknown[i][1], 0, 0, 0), NOT_SUPPORTED);
    /* The legacy ones' convention leaves a1 as it is. */
    for (uint64_t legacy = 3; legacy < 0x10; legacy++) {
        if (legacy == 8)
            continue;
        assert_int_equal(call(legacy, 0, 1, 2, 3), NOT_SUPPORTED);
        assert_int_equal(a[1], 2);
    }
    assert_int_equal(fake_firmware.count, 0);
    assert_int_equal(vm_life(LINUX), VM_RUN);
}

/* Whatever function is named, and with nothing but a0 changed. */
TEST(legacy_calls) {
    static const uint64_t functions[] = {0, 1, 7, ALL};

    for (unsigned i = 0; i < COUNT_OF(functions); i++) {
        begin();
        assert_int_equal(call(0, functions[i], 0x123456789a, 2, 3), 0);
        assert_int_equal(fake_firmware.deadline, 0x123456789a);
        assert_int_equal(call(1, functions[i], 0xff00 | 'x', 2, 3), 0);
        assert_int_equal(call(1, functions[i], '\n', 2, 3), 0);
        assert_string_equal(said(), "x\n");
        assert_int_equal(call(2, functions[i], 1, 2, 3), -1); /* nothing was typed */
        for (unsigned byte = 0; byte < 256; byte++) {
            vuart_receive(&uart, (uint8_t)byte);
            assert_int_equal(call(2, functions[i], 1, 2, 3), byte);
            assert_int_equal(fake_firmware.repeats, 0);
        }
        assert_int_equal(a[1], 2);
        assert_int_equal(vm_life(LINUX), VM_RUN);
        call(8, functions[i], 1, 2, 3); /* not a type of reset */
        assert_int_equal(vm_life(LINUX), VM_POWER_OFF);
    }
    begin();
    vm.uart = NULL;
    assert_int_equal(call(1, 0, 'x', 2, 3), NOT_SUPPORTED);
    assert_int_equal(call(2, 0, 0, 2, 3), NOT_SUPPORTED);
    assert_int_equal(call(0, 0, 5, 2, 3), 0);
    assert_int_equal(fake_firmware.count, 0);
    /* No room: it is made again, as it was. */
    begin();
    host_uart.room = 0;
    for (unsigned i = 0; i < RING_SIZE; i++)
        assert_int_equal(call(1, 0, 'x', 2, 3), 0);
    assert_int_equal(call(1, 0, 'y', 2, 3), 'y');
    assert_int_equal(a[1], 2);
    assert_int_equal(fake_firmware.repeats, 1);
}

TEST(each_call_is_counted_once) {
    static const struct {
        uint64_t extension, function;
        enum exit_cause cause;
    } calls[] = {
        {BASE, 0, EXIT_HYPERCALL}, {TIME, 0, EXIT_HYPERCALL}, {IPI, 0, EXIT_SGI},
        {IPI, 1, EXIT_HYPERCALL},  {PMU, 0, EXIT_HYPERCALL},  {HSM, 2, EXIT_HYPERCALL},
        {DBCN, 2, EXIT_HYPERCALL}, {0, 0, EXIT_HYPERCALL},    {0x1000, 0, EXIT_HYPERCALL},
    };

    for (unsigned i = 0; i < COUNT_OF(calls); i++) {
        memset(vm.vcpus[0].exits, 0, sizeof(vm.vcpus[0].exits));
        call(calls[i].extension, calls[i].function, 0, 0, 0);
        for (unsigned cause = 0; cause < EXIT_CAUSES; cause++)
            assert_int_equal(vm.vcpus[0].exits[cause], cause == calls[i].cause);
    }
}

static const uint64_t favourites[] = {
    0,   1,   2,      3,    GUEST_MEMORY, 0x80000000, UINT32_MAX, UINT64_MAX, BASE, TIME,
    IPI, HSM, RFENCE, SRST, SUSP,         PMU,        DBCN,       0x1000,     19,   ENTRY};

static uint64_t any(struct random *random) {
    return random_value(random, favourites, COUNT_OF(favourites));
}

/* What the firmware hears of: it could switch the machine off. */
static bool may_be_asked(const struct fake_call *call) {
    return (call->extension == BASE && call->function >= 3 && call->function <= 6) ||
           (call->extension == RFENCE && call->arguments[1] < 3 && call->arguments[0] < 8 &&
            (call->function == 0 || call->function == 5 || call->function == 6)) ||
           (call->extension == PMU && call->function == 0) ||
           (call->extension == PMU && call->function <= 5 && call->arguments[0] < 64 &&
            (call->function == 1 || call->function == 5 || call->arguments[0] == 0 ||
             call->arguments[1] == 1));
}

TEST(hostile_calls_do_no_harm) {
    static const uint32_t extensions[] = {BASE, TIME, IPI, RFENCE, HSM, SRST, SUSP, PMU, DBCN};
    struct random random = {99};

    for (unsigned i = 0; i < 100000; i++) {
        uint64_t extension = random_below(&random, 8) == 0
                                 ? any(&random)
                                 : extensions[random_below(&random, COUNT_OF(extensions))];
        uint64_t function = random_below(&random, 8) == 0 ? any(&random) : random_below(&random, 8);
        fake_firmware.count = 0;
        fake_firmware.moved = 0;
        fake_firmware.repeats = 0;
        a[3] = any(&random);
        a[4] = any(&random);
        a[5] = any(&random);
        call(extension, function, any(&random), any(&random),
             random_below(&random, 2) == 0 ? 0 : any(&random));
        /* Each counter is freed by a few. */
        assert_true(fake_firmware.count <= (extension == PMU ? 1 + 4 * 19 : 3));
        for (unsigned n = 0; n < fake_firmware.count && n < FAKE_CALLS; n++)
            assert_true(may_be_asked(&fake_firmware.calls[n]));
        assert_true(fake_firmware.moved <= 3 * 256);
        assert_true(fake_firmware.ipis < 8);
        assert_int_equal(host.kicks[3], 0); /* the other VM's core */
        assert_true((int64_t)a[0] <= 0 || fake_firmware.repeats != 0 || (a[7] == 2 && a[0] < 256));
        if (vm_life(LINUX) != VM_RUN || vm.vcpus[0].power != VCPU_ON || host_uart.out_size > 60000)
            begin();
    }
}
