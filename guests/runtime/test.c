/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/test.h"

#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"

static const char *current;
static bool running, failed;

void test_begin(const char *name) {
    test_end();
    current = name;
    running = true;
    failed = false;
}

bool test_expect(bool ok, const char *what) {
    if (!ok && !failed) {
        console_print("@test %s fail: %s\n", current, what);
        failed = true;
    }
    return ok;
}

bool test_equal(const char *what, uint64_t got, uint64_t wanted) {
    if (got != wanted && !failed) {
        console_print("@test %s fail: %s is 0x%lx, not 0x%lx\n", current, what, got, wanted);
        failed = true;
    }
    return got == wanted;
}

void test_end(void) {
    if (running && !failed)
        console_print("@test %s ok\n", current);
    running = false;
}

noreturn void test_done(void) {
    test_end();
    console_print("@done\n");
    machine_off();
}

noreturn void test_done_after_reset(void) {
    if (machine_restarts() == 0)
        machine_reset();
    test_done();
}

static void on_cpu_1(uint64_t check) {
    ((void (*)(void))check)();
    test_done_after_reset();
}

void test_done_on_each_cpu(void (*check)(void)) {
    check();
    cpu_start(1, on_cpu_1, (uint64_t)check);
    cpu_off();
}
