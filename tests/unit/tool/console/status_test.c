/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tool/console/status.h"

#define DOT " \xc2\xb7 "

static const char *const names[] = {"linux", "control"};
static struct status status;
static char text[512];
static size_t shown;

BEFORE_EACH(setup) {
    status_init(&status, names, 2);
}

static const char *format(bool utf8, size_t columns) {
    FILE *out = fmemopen(text, sizeof text, "w");

    shown = status_write(&status, utf8, columns, out);
    fputc(0, out);
    fclose(out);
    return text;
}

static void start_demo(void) {
    status_take(&status, "bulkhead", "vm linux: started");
    status_take(&status, "bulkhead", "vm control: started");
    status_take(&status, "linux", "@linux up cpus=3 restarts=0");
    status_take(&status, "control",
                "@control hz=1000 releases=34221 misses=0 worst_ns=240 wake_insns=80 exits=2");
}

TEST(test_demo_line) {
    start_demo();
    assert_string_equal(format(true, 100), "control 1 kHz" DOT "releases 34,221" DOT "misses 0" DOT
                                           "worst 240 ns" DOT "linux: up, restarts 0");
    assert_string_equal(format(false, 100),
                        "control 1 kHz - releases 34,221 - misses 0 - worst 240 ns - "
                        "linux: up, restarts 0");
    assert_int_equal(shown, 81);
    /* On the most usual terminal, nothing that changes is left out. */
    assert_string_equal(format(true, 80), "control" DOT "releases 34,221" DOT "misses 0" DOT
                                          "worst 240 ns" DOT "linux: up, restarts 0");
}

TEST(test_life) {
    static const struct {
        const char *event;
        const char *shown;
    } steps[] = {
        {"isolation on", "linux: not started, restarts 0"},
        {"vm linux: started", "linux: starting, restarts 0"},
        {"vm linux: restarting (1): reset", "linux: starting, restarts 1"},
        {"vm linux: restarting (2): fault", "linux: starting, restarts 2"},
        {"vm linux: restarting", "linux: starting, restarts 3"},
        {"vm linux: stopped: fault: vcpu 0 pc 0x1 address 0x2 cause: stage-2 data abort",
         "linux: stopped, restarts 3"},
        {"vm linux: off", "linux: off, restarts 3"},
        {"vm nobody: off", "linux: off, restarts 3"},
        {"vm linux off", "linux: off, restarts 3"},
    };
    status_init(&status, names, 1);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        status_take(&status, "bulkhead", steps[i].event);
        assert_string_equal(format(true, 100), steps[i].shown);
    }
}

TEST(test_a_loop_that_ended_says_so) {
    start_demo();
    status_take(&status, "bulkhead", "vm control: stopped: fault: vcpu 0 pc 0x0");
    assert_non_null(strstr(format(false, 200), "worst 240 ns - control: stopped, restarts 0 - "));
}

TEST(test_narrow) {
    start_demo();
    assert_string_equal(format(false, 70),
                        "control 1 kHz - releases 34,221 - misses 0 - linux: up, restarts 0");
    assert_string_equal(format(false, 50), "control 1 kHz - misses 0 - linux: up, restarts 0");
    assert_string_equal(format(false, 40), "control 1 kHz - misses 0 - linux: up");
    assert_string_equal(format(true, 14), "control 1 kHz ");
    assert_string_equal(format(true, 15), "control 1 kHz \xc2\xb7");
    assert_string_equal(format(true, 0), "");
}

TEST(test_numbers) {
    static const struct {
        const char *record;
        const char *shown;
    } records[] = {
        {"@c hz=500 releases=999 misses=1 worst_ns=9999",
         "control 500 Hz - releases 999 - misses 1 - worst 9999 ns"},
        {"@c hz=1500 releases=1000 misses=1234567 worst_ns=12345",
         "control 1500 Hz - releases 1,000 - misses 1,234,567 - worst 12.3 us"},
        {"@c hz=2000 releases=1 misses=0 worst_ns=34500000",
         "control 2 kHz - releases 1 - misses 0 - worst 34.5 ms"},
        {"@c releases=99999999999999999999 misses=", "18,446,744,073,709,551,615 - misses 0"},
        {"@c releases=3 xmisses=7 misses=8", "misses 8"},
    };
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        status_init(&status, names, 2);
        status_take(&status, "control", records[i].record);
        assert_non_null(strstr(format(false, 300), records[i].shown));
    }
}

TEST(test_a_record_speaks_for_its_writer_only) {
    start_demo();
    status_take(&status, "linux", "@control hz=1000 releases=7 misses=99 worst_ns=1");
    assert_non_null(strstr(format(false, 200), "control 1 kHz - releases 34,221 - misses 0"));
    assert_non_null(strstr(text, "linux 1 kHz - releases 7 - misses 99"));
    /* Nor can a guest speak for the hypervisor. */
    status_take(&status, "linux", "vm control: off");
    assert_null(strstr(format(false, 200), "off"));
    status_take(&status, "nobody", "@control releases=1 misses=77");
    assert_null(strstr(format(false, 200), "77"));
}

TEST(test_refused) {
    status_take(&status, "linux", "bulkhead: refused: magic: no");
    assert_false(status.refused);
    status_take(&status, "", "bulkhead: refused: magic: not a system image");
    assert_true(status.refused);
    assert_string_equal(format(true, 100), "the system was refused");
    status_take(&status, "control", "bulkhead: panic: no");
    assert_false(status.panicked);
    status_take(&status, "bulkhead", "bulkhead: panic: out of pages");
    assert_true(status.panicked);
    assert_string_equal(format(true, 100), "the hypervisor failed");
}

TEST(test_many_vms) {
    static const char *const many[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};

    status_init(&status, many, 11);
    assert_int_equal(status.count, STATUS_MAX_VMS);
    assert_int_equal(strlen(format(false, 60)), 60);
}
