/* SPDX-License-Identifier: Apache-2.0 */
/* By hypercall, as a manager does: LINUX manages CONTROL, and a third VM behind it. */
#include "hypervisor/support.h"

#include <string.h>

#include "hypervisor/small_system.h"
#include "trap/hypercall.h"

static struct vm managed;
static uint64_t closed; /* windows */

/* mem/hypervisor_space.c's: what lies at the managed VM's pages is `managed`. */
void *space_window(enum space_window window, phys_t start, uint64_t size, enum page_use use) {
    assert_int_equal(window, WINDOW_SOURCE);
    assert_int_equal(start.value, 0x1234000);
    assert_int_equal(size, sizeof(managed));
    assert_int_equal(use, PAGE_HYPERVISOR_CONST);
    return &managed;
}

void space_window_close(enum space_window window) {
    (void)window;
    closed++;
}

/* dev/watchdog.c's. */
bool watchdog_feed(struct vm *fed, uint64_t ms) {
    (void)ms;
    return fed->config->watchdog != 0;
}

BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    small_create(&managed, CONTROL);
    small.vms[LINUX].manages = 1u << CONTROL;
    control()->vms[CONTROL].pages = phys(0x1234000);
    control()->vms_alive = 2;
}

static int64_t call(uint64_t number, uint64_t first, uint64_t second) {
    const uint64_t arguments[2] = {first, second};

    return hypercall_dispatch(&vm.vcpus[1], number, arguments);
}

static int64_t fact(uint64_t which) {
    return call(HYPERCALL_MANAGED, 0, which);
}

static int64_t ask(uint64_t what) {
    return call(HYPERCALL_MANAGE, 0, what);
}

TEST(facts) {
    char name[SYSTEM_NAME_SIZE];

    control()->vms[CONTROL].restarts = 7;
    control()->vms[CONTROL].life = VM_OFF + MANAGED_WATCHDOG * VM_ENDED;
    assert_int_equal(fact(MANAGED_STATE), MANAGED_OFF);
    assert_int_equal(fact(MANAGED_END), MANAGED_WATCHDOG);
    assert_int_equal(fact(MANAGED_RESTARTS), 7);
    assert_int_equal(fact(MANAGED_VCPUS), 1);
    for (unsigned i = 0; i < sizeof(name) / 8; i++) {
        int64_t word = fact(MANAGED_NAME + i);

        memcpy(name + 8 * i, &word, sizeof(word));
    }
    assert_string_equal(name, "control");
}

TEST(states_and_what_can_be_asked_in_each) {
    enum { DONE = MANAGE_DONE, ALREADY = MANAGE_ALREADY, BUSY = MANAGE_BUSY, GONE = MANAGE_GONE };
    static const struct {
        enum vm_life life;
        enum managed_state state;
        uint8_t answers[3]; /* stop, start, restart */
    } cases[] = {
        {VM_RUN, MANAGED_RUNNING, {DONE, ALREADY, DONE}},
        {VM_WAITING, MANAGED_WAITING, {DONE, DONE, DONE}},
        {VM_OFF, MANAGED_OFF, {ALREADY, DONE, DONE}},
        {VM_STOPPED, MANAGED_STOPPED, {ALREADY, DONE, DONE}},
        {VM_LOST, MANAGED_LOST, {GONE, GONE, GONE}},
        {VM_BOOT, MANAGED_CHANGING, {BUSY, BUSY, BUSY}},
        {VM_RESTART, MANAGED_CHANGING, {BUSY, BUSY, BUSY}},
        {VM_HALT, MANAGED_CHANGING, {BUSY, BUSY, BUSY}},
    };

    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        for (uint32_t what = MANAGE_STOP; what <= MANAGE_RESTART; what++) {
            begin();
            control()->vms[CONTROL].life = cases[i].life;
            assert_int_equal(fact(MANAGED_STATE), cases[i].state);
            bool done = cases[i].answers[what] == DONE;
            assert_int_equal(ask(what), cases[i].answers[what]);
            assert_int_equal(host.kicks[3], done);
            assert_int_equal(host.line_count, done);
            if (done)
                assert_int_equal(vm_life(CONTROL), what == MANAGE_STOP ? VM_STOP : VM_RESTART);
        }
    }
    begin();
    ask(MANAGE_STOP);
    assert_true(host_reported("vm control: stopped by vm linux"));
}

TEST(exits) {
    managed.vcpus[0].exits[EXIT_MMIO] = UINT64_C(0x100000005);
    closed = 0;
    assert_int_equal(call(HYPERCALL_MANAGED_COUNTER, 0, EXIT_MMIO), INT64_C(0x100000005));
    assert_int_equal(closed, 1);
}

TEST(what_is_not_managed_is_not_there) {
    static const uint64_t bad[][3] = {
        {HYPERCALL_MANAGED, 0, MANAGED_NAME + 4},
        {HYPERCALL_MANAGED, 0, UINT64_MAX},
        {HYPERCALL_MANAGED_COUNTER, 0, EXIT_CAUSES},
        {HYPERCALL_MANAGED_COUNTER, 0, UINT64_C(1) << 32},
        {HYPERCALL_MANAGE, 0, MANAGE_RESTART + 1},
        {HYPERCALL_MANAGED, 1, MANAGED_STATE},
        {HYPERCALL_MANAGED_COUNTER, 1, 0},
        {HYPERCALL_MANAGE, 1, MANAGE_STOP},
        {HYPERCALL_MANAGE, UINT64_C(1) << 32, MANAGE_STOP},
    };

    for (unsigned i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(call(bad[i][0], bad[i][1], bad[i][2]), HYPERCALL_INVALID);
    small.vms[LINUX].manages = 0;
    assert_int_equal(call(HYPERCALL_MANAGE, 0, MANAGE_STOP), HYPERCALL_INVALID);
    assert_int_equal(host.line_count, 0);
}

TEST(a_watchdog_is_fed_where_there_is_one) {
    assert_int_equal(call(HYPERCALL_WATCHDOG, 500, 0), HYPERCALL_UNKNOWN);
    small.vms[LINUX].watchdog = 2000;
    assert_int_equal(call(HYPERCALL_WATCHDOG, 500, 0), 2000);
}
