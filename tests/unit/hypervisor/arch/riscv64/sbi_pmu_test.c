/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/arch/riscv64/sbi_guest.h"

TEST(the_firmware_counts) {
    const struct fake_call *made = &fake_firmware.calls[0];

    assert_int_equal(value(PMU, 0, 0), 19);
    asked(PMU, 0);
    fake_firmware.answer.value = 0x77;
    for (uint64_t function = 1; function <= 5; function += 4) { /* get_info, fw_read */
        assert_int_equal(value(PMU, function, 18), 0x77);
        assert_int_equal(fake_firmware.count, 1);
        assert_int_equal(made->function, function);
        assert_int_equal(made->arguments[0], 18);
        fake_firmware.count = 0;
    }
    assert_int_equal(value(PMU, 6, 0), 0); /* fw_read_hi is RV32's */
    assert_int_equal(fake_firmware.count, 0);
    a[3] = 0x1234;
    assert_int_equal(call(PMU, 3, 0x3, 17, 1), 0); /* start */
    assert_int_equal(made->function, 3);
    ASSERT_EACH(made->arguments, 0, 17 << 3, 1, 0x1234);
}

TEST(the_guests_modes_are_the_machines_virtual_ones) {
    /*
     * SKIP_MATCH, CLEAR_VALUE, AUTO_START; VUINH, VSINH; UINH, SINH; MINH; the rest is reserved.
     * The firmware matches in any case: it would believe any event of any counter.
     */
    static const uint64_t flags[][2] = {
        {0x00, 0x00}, {0x07, 0x06}, {0x18, 0x00},       {0x20, 0x28},
        {0x40, 0x50}, {0x80, 0x80}, {UINT64_MAX, 0xfe},
    };

    for (unsigned i = 0; i < COUNT_OF(flags); i++) {
        fake_firmware.count = 0;
        a[3] = 0x20000;
        a[4] = 99;
        assert_int_equal(call(PMU, 2, 3, 0xfff8, flags[i][0]), 0);
        assert_int_equal(fake_firmware.calls[0].function, 2);
        ASSERT_EACH(fake_firmware.calls[0].arguments, 0, 0x7ffc0, flags[i][1], 0x20000, 99);
    }
}

TEST(counters_that_are_not_there_are_refused) {
    static const uint64_t none[][2] = {
        {19, 1},         {18, 2},         {0, 0},          {0, UINT64_C(1) << 19},
        {0, UINT64_MAX}, {UINT64_MAX, 2}, {UINT64_MAX, 1}, {UINT64_C(1) << 32, 1},
        {64, 1},         {1, ALL},        {63, 2},
    };
    static const uint64_t one[] = {19, 64, UINT64_C(1) << 32, UINT64_MAX};

    for (unsigned i = 0; i < COUNT_OF(none); i++) {
        for (uint64_t function = 2; function <= 4; function++)
            assert_int_equal(call(PMU, function, none[i][0], none[i][1], 0), INVALID_PARAM);
    }
    for (unsigned i = 0; i < COUNT_OF(one); i++) {
        assert_int_equal(call(PMU, 1, one[i], 0, 0), INVALID_PARAM);
        assert_int_equal(call(PMU, 5, one[i], 0, 0), INVALID_PARAM);
    }
    /* The firmware refuses what it can tell; it would take the rest for another counter. */
    fake_firmware.count = 0;
    for (unsigned i = 5; i < COUNT_OF(none); i++)
        call(PMU, 4, none[i][0], none[i][1], 0);
    for (unsigned i = 1; i < COUNT_OF(one); i++)
        call(PMU, 1, one[i], 0, 0);
    assert_int_equal(fake_firmware.count, 0);
    /* With as many as a mask has bits, a mask may be full. */
    fake_firmware.counters = 64;
    assert_int_equal(call(PMU, 4, 0, UINT64_MAX, 0), 0);
    assert_int_equal(call(PMU, 4, 1, UINT64_MAX, 0), INVALID_PARAM);
    fake_firmware.counters = 0;
    assert_int_equal(call(PMU, 4, 0, 1, 0), NOT_SUPPORTED);
}

/* The firmware's state of the PMU: 19 counters of the hart, three of its own. */
static void begin_counting(void) {
    fake_firmware.counters = 22;
    fake_firmware.software = 19;
    fake_firmware.counts = true;
    fake_firmware.pmu[0] = (struct fake_counter){1, 0, 1000, true};
    fake_firmware.pmu[2] = (struct fake_counter){2, 0, 1000, true};
}

/* A counter for the event, which has counted, running. */
static uint64_t count(uint64_t event, uint64_t flags) {
    uint64_t n;

    a[3] = event;
    a[4] = 0x77;
    assert_int_equal(call(PMU, 2, 0, 0x3fffff, flags), 0);
    n = a[1];
    assert_int_equal(fake_firmware.pmu[n].event, event);
    call(PMU, 3, n, 1, 0);
    assert_true(fake_firmware.pmu[n].runs);
    fake_firmware.pmu[n].value = 5000 + n;
    return n;
}

/* Whether the counters are its guest's, who touches one. */
static bool next_life(void) {
    vm.vcpus[0].arch.counters_open = false;
    assert_true(counters_open(&vm.vcpus[0]));
    assert_int_equal(vm.vcpus[0].arch.counters_clean, fake_firmware.shows_all);
    return fake_firmware.shows_all;
}

static void expect_clean(void) {
    for (unsigned n = 0; n < 22; n++) {
        const struct fake_counter *counter = &fake_firmware.pmu[n];
        bool fixed = n == 0 || n == 2;

        assert_int_equal(counter->runs, fixed);
        assert_int_equal(counter->event, fixed ? n / 2 + 1 : 0);
        assert_int_equal(counter->inhibits, 0);
        if (!fixed)
            assert_int_equal(counter->value, 0);
    }
}

TEST(snapshots_are_not_taken) {
    begin_counting();
    assert_int_equal(call(PMU, 7, GUEST_MEMORY, 0, 0), NOT_SUPPORTED);
    assert_int_equal(call(PMU, 4, 0, 1, 0), 0);
    fake_firmware.count = 0;
    for (uint64_t function = 3; function <= 4; function++) {
        assert_int_equal(call(PMU, function, 0, 1, 2), NO_SHMEM);
        assert_int_equal(call(PMU, function, 0, 1, 3), NO_SHMEM);
    }
    assert_int_equal(fake_firmware.count, 0);
    for (uint64_t function = 3; function <= 4; function++)
        assert_int_equal(call(PMU, function, 0, 1, 1), 0);
}

TEST(counters_end_with_a_life) {
    static const uint64_t events[] = {3, 0x10019, 0x20000, 0xf0003}; /* of each type */
    uint64_t stopped, freed;

    begin_counting();
    for (unsigned i = 0; i < COUNT_OF(events); i++) {
        count(events[i], 0);
        stopped = count(events[i], 0x40);
        assert_int_equal(call(PMU, 4, stopped, 1, 0), 0);
    }
    freed = count(0x1001b, 0);
    assert_int_equal(call(PMU, 4, freed, 1, 1), 0);
    assert_int_equal(call(PMU, 4, freed, 1, 1), INVALID_PARAM);
    freed = count(0xf0004, 0x40);
    assert_int_equal(call(PMU, 4, freed, 1, 1), 0);
    a[3] = 1;
    assert_int_equal(call(PMU, 2, 0, 1, 0x60), 0); /* neither in its U- nor in its S-mode */
    assert_int_equal(call(PMU, 4, 0, 1, 1), 0);
    assert_int_equal(call(PMU, 4, 2, 1, 0), 0);
    assert_true(next_life());
    expect_clean();
    fake_firmware.count = 0;
    assert_false(counters_open(&vm.vcpus[0])); /* once is enough */
    assert_int_equal(fake_firmware.count, 0);
}

/* What is about counters is a touch; how many there are is not. */
TEST(calls_about_counters_open_them) {
    begin_counting();
    for (uint64_t function = 0; function <= 6; function++) {
        bool touches = function != 0 && function != 6;
        bool changes = function >= 2 && function <= 4;

        fake_firmware.pmu[5] = (struct fake_counter){0x10019, 0, 9, true};
        vm.vcpus[0].arch.counters_open = vm.vcpus[0].arch.counters_clean = false;
        call(PMU, function, 20, 1, 0);
        assert_int_equal(vm.vcpus[0].arch.counters_open, touches);
        assert_int_equal(fake_firmware.pmu[5].runs, !touches);
        assert_int_equal(vm.vcpus[0].arch.counters_clean, touches && !changes);
    }
}

/* What a boot loader has started stops, whatever it counted. */
TEST(others_counters_stop) {
    begin_counting();
    fake_firmware.gaps = 1u << 4;
    fake_firmware.pmu[5] = (struct fake_counter){0x20000, 0, 9, true};
    fake_firmware.pmu[0].runs = false;
    assert_true(next_life());
    assert_false(fake_firmware.pmu[5].runs);
    fake_firmware.pmu[5].value = 0;
    expect_clean();
    /* Firmware without them is as good. */
    fake_firmware.counters = 0;
    assert_true(next_life());
}

TEST(a_counter_that_is_kept_is_told) {
    uint64_t n;

    begin_counting();
    n = count(0x10019, 0);
    fake_firmware.stuck = UINT64_C(1) << n;
    assert_false(next_life());
    assert_int_equal(call(PMU, 4, n, 1, 1), FAILED);
    assert_int_equal(fake_firmware.pmu[n].event, 0x10019);
    fake_firmware.stuck = 0;
    assert_true(next_life());
    expect_clean();
    n = count(3, 0);
    fake_firmware.deaf = UINT64_C(1) << n;
    assert_false(next_life());
}

/* Only at 0: the next life's, or the next event's, would see what the last one has counted. */
TEST(a_counter_is_freed_at_zero) {
    static const uint64_t events[] = {3, 0x10019, 0x20000, 0xf0003};
    uint64_t mask = 0, last = 0;

    begin_counting();
    for (unsigned i = 0; i < COUNT_OF(events); i++) {
        last = count(events[i], 0);
        mask |= UINT64_C(1) << last;
    }
    /* One that isn't there: nothing is freed. */
    assert_int_equal(call(PMU, 4, 0, mask | 1 << 22, 1), INVALID_PARAM);
    assert_int_equal(fake_firmware.pmu[last].event, 0xf0003);
    /* `cycle` among them stands, and keeps its value. */
    assert_int_equal(call(PMU, 4, 0, mask | 1, 1), 0);
    assert_false(fake_firmware.pmu[0].runs);
    assert_int_equal(fake_firmware.pmu[0].value, 1000);
    fake_firmware.pmu[0].runs = true;
    expect_clean();
    /* One that stood before says so, as without us. */
    last = count(0x10019, 0);
    assert_int_equal(call(PMU, 4, last, 1, 0), 0);
    assert_int_equal(call(PMU, 4, last, 1, 1), ALREADY_STOPPED);
    assert_int_equal(fake_firmware.pmu[last].event, 0);
    /* With a base, too: others keep theirs. */
    last = count(3, 0);
    count(0x20000, 0);
    assert_int_equal(call(PMU, 4, last, 1, 1), 0);
    assert_int_equal(fake_firmware.pmu[last].value, 0);
    assert_int_equal(fake_firmware.pmu[last + 1].value, 5000 + last + 1);
    assert_true(fake_firmware.pmu[last + 1].runs);
}

/* What OpenSBI 1.6 does not survive: the fake firmware ends the test there. */
TEST(a_counters_type_is_not_the_guests_word) {
    begin_counting();
    count(3, 0);
    count(0xf0003, 0);
    for (uint64_t flags = 0; flags < 8; flags++) {
        static const uint64_t events[] = {1, 3, 0x10019, 0xf0004, 0xfff0003};

        for (unsigned i = 0; i < COUNT_OF(events); i++) {
            a[3] = events[i];
            call(PMU, 2, 3, 1, flags);
            a[3] = events[i];
            call(PMU, 2, 19, 1, flags);
            a[3] = events[i];
            call(PMU, 2, 3, 0x7ffff, flags);
        }
    }
    assert_true(next_life());
    expect_clean();
}

/* Those for which a mask has no bit are not given. */
TEST(so_many_counters_have_a_place) {
    begin_counting();
    fake_firmware.counters = 100;
    fake_firmware.counts = false;
    assert_int_equal(call(PMU, 4, 63, 1, 0), 0);
    fake_firmware.count = 0;
    assert_int_equal(call(PMU, 4, 64, 1, 0), INVALID_PARAM);
    assert_int_equal(call(PMU, 4, 63, 2, 0), INVALID_PARAM);
    assert_int_equal(call(PMU, 1, 64, 0, 0), INVALID_PARAM);
    assert_int_equal(fake_firmware.count, 0);
}
