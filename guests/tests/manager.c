/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manager - looks at the VMs that it manages and tells each what to do. What it expects of one is
 * in its name: it waits until `fault`, `reset`, `off`, `hang`, `back` and `lost` have come to their
 * ends, and stops, starts and restarts any other. It ends by stopping them all, and itself.
 */
#include <stddef.h>

#include "abi/counters.h"
#include "arch_board.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/manage.h"
#include "runtime/test.h"
#include "runtime/tick.h"

#define PATIENCE_MS 5000u
#define SAYING_MS   50u /* long enough for a VM's first lines, which its end would cut */
#define VMS_MAX     32u

/* What becomes of a VM without anybody's asking. */
static const struct course {
    const char *name;
    enum managed_state state;
    enum managed_end end;
    uint32_t restarts;
} courses[] = {
    {"fault", MANAGED_STOPPED, MANAGED_FAULT, 0}, {"reset", MANAGED_RUNNING, MANAGED_RESET, 1},
    {"off", MANAGED_OFF, MANAGED_POWEROFF, 0},    {"hang", MANAGED_RUNNING, MANAGED_WATCHDOG, 1},
    {"back", MANAGED_WAITING, MANAGED_RESET, 0},  {"lost", MANAGED_LOST, MANAGED_PANIC, 0},
    {NULL, MANAGED_RUNNING, MANAGED_NEVER, 0},
};

static uint64_t vm; /* the one that is looked at */
static char name[MANAGED_NAME_SIZE];

static bool is_name(const char *other) {
    uint32_t i = 0;

    while (name[i] != '\0' && name[i] == other[i])
        i++;
    return name[i] == other[i];
}

static void expect(const char *what, int64_t got, int64_t wanted) {
    test_equal(what, (uint64_t)got, (uint64_t)wanted);
}

/* Whether it is where its course leads. */
static bool has_come(uint64_t course) {
    const struct course *to = (const struct course *)course;

    return managed_fact(vm, MANAGED_STATE) == (int64_t)to->state &&
           managed_fact(vm, MANAGED_END) == (int64_t)to->end &&
           managed_fact(vm, MANAGED_RESTARTS) == (int64_t)to->restarts;
}

static void expect_course(const struct course *to) {
    if (tick_wait(has_come, (uint64_t)to, PATIENCE_MS))
        return;
    expect("its state", managed_fact(vm, MANAGED_STATE), to->state);
    expect("its end", managed_fact(vm, MANAGED_END), to->end);
    expect("its restarts", managed_fact(vm, MANAGED_RESTARTS), to->restarts);
}

/* What is answered when it is not about to change. */
static void expect_answer(const char *what, enum manage_request request,
                          enum manage_answer wanted) {
    int64_t answer = manage_ask(vm, request);

    while (answer == MANAGE_BUSY) {
        tick_sleep(1);
        answer = manage_ask(vm, request);
    }
    expect(what, answer, wanted);
}

/* Asks for it, and waits until it has come there; then it is so already. */
static void turn(const char *test, enum manage_request request, struct course to) {
    test_begin(test);
    expect_answer("the answer", request, MANAGE_DONE);
    expect_course(&to);
    if (request != MANAGE_RESTART)
        expect_answer("the answer to the same again", request, MANAGE_ALREADY);
}

static void stop_and_start(void) {
    struct course to = {NULL, MANAGED_STOPPED, MANAGED_REQUEST, 0};

    turn("stop", MANAGE_STOP, to);
    to.state = MANAGED_RUNNING;
    to.restarts++;
    turn("start", MANAGE_START, to);
    to.restarts++;
    turn("restart", MANAGE_RESTART, to);
}

/* One that rests is started, and knows how its life before has ended. */
static void follow(const struct course *course) {
    struct course to = *course;

    test_begin(course->name);
    expect_course(course);
    if (course->state == MANAGED_LOST) {
        expect_answer("what it can do yet", MANAGE_START, MANAGE_GONE);
    } else if (course->state != MANAGED_RUNNING) {
        to.state = MANAGED_RUNNING;
        to.restarts++;
        expect_answer("its start", MANAGE_START, MANAGE_DONE);
        expect_course(&to);
    }
}

static bool has_made_calls(uint64_t argument) {
    return managed_exits(vm, 0, EXIT_HYPERCALL) > 0;
}

static void look_at(void) {
    const struct course *course = courses;

    while (course->name != NULL && !is_name(course->name))
        course++;
    if (course->name != NULL) {
        follow(course);
        return;
    }
    test_begin("facts");
    expect_course(course);
    expect("its vCPUs", managed_fact(vm, MANAGED_VCPUS), 2);
    test_expect(tick_wait(has_made_calls, 0, PATIENCE_MS), "it makes no calls");
    expect("a fact beyond", machine_call(HYPERCALL_MANAGED, vm, MANAGED_NAME + 4), MACHINE_INVALID);
    expect("a vCPU beyond", managed_exits(vm, 2, 0), MACHINE_INVALID);
    expect("a cause beyond", managed_exits(vm, 0, EXIT_CAUSES), MACHINE_INVALID);
    expect("a request beyond", machine_call(HYPERCALL_MANAGE, vm, MANAGE_RESTART + 1),
           MACHINE_INVALID);
    expect("a request far beyond", machine_call(HYPERCALL_MANAGE, vm, 1ull << 32), MACHINE_INVALID);
    tick_sleep(SAYING_MS);
    stop_and_start();
}

/* Behind those that it manages there is nobody, and so not itself either. */
static void check_beyond(void) {
    test_begin("beyond");
    for (uint64_t number = vm; number < VMS_MAX; number++) {
        test_expect(!managed_name(number, name), "a VM that it does not manage has a name");
        expect("a stop of it", manage_ask(number, MANAGE_STOP), MACHINE_INVALID);
        expect("a counter of it", managed_exits(number, 0, 0), MACHINE_INVALID);
    }
    expect("far beyond", managed_fact(1ull << 32, MANAGED_STATE), MACHINE_INVALID);
    expect("the last", managed_fact(~0ull, MANAGED_STATE), MACHINE_INVALID);
}

void guest_main(uint64_t tree) {
    uint64_t managed;

    irq_begin(tick_handle);
    tick_start();
    for (vm = 0; managed_name(vm, name); vm++) {
        console_print("@manager vm=%lu name=%s\n", vm, name);
        look_at();
        test_end();
    }
    check_beyond();
    managed = vm;
    test_begin("all");
    for (vm = 0; vm < managed; vm++) {
        int64_t answer = manage_ask(vm, MANAGE_STOP);

        test_expect(answer == MANAGE_DONE || answer == MANAGE_GONE, "a VM is not stopped");
    }
    test_done();
}
