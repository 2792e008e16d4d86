/* SPDX-License-Identifier: Apache-2.0 */
/* Lives that others ask for, and those that come back. */
#include "hypervisor/vm/lives.h"

#include "vm/alarm.h"

static void ask(enum vm_life next) {
    assert_true(vm_ask(&small.system, CONTROL, next, MANAGED_REQUEST));
}

static void back_off_ends(void) {
    host.clock += host.frequency;
    alarm_restart(&vm.vcpus[0]);
}

TEST(a_back_off_waits_before_the_next_life) {
    *policy_of(SYSTEM_END_RESET) = (struct system_policy){SYSTEM_RESTART, .back_off = 1000};
    settle_one();
    reset(&vm.vcpus[0]);
    assert_true(host_reported("vm control: restarting (1): reset"));
    assert_int_equal(settle_one(), HOST_WAITED);
    assert_int_equal(vm_life(CONTROL), VM_WAITING);
    assert_int_equal(host.timer, host.frequency);
    assert_int_equal(control()->vms_alive, 2);
    assert_int_equal(*restarts(), 0);
    host.on_wait = back_off_ends;
    host.waits_allowed = 2;
    assert_int_equal(settle_one(), HOST_RETURNED);
    assert_int_equal(*restarts(), 1);
    assert_int_equal(control()->vms[CONTROL].life, VM_RUN + MANAGED_RESET * VM_ENDED);
    alarm_restart(&vm.vcpus[0]); /* late: somebody has started it meanwhile */
    assert_int_equal(vm_life(CONTROL), VM_RUN);
}

static void start(void) {
    ask(VM_RESTART);
}

TEST(who_is_off_or_stopped_can_be_started) {
    for (uint32_t stop = 0; stop < 2; stop++) {
        begin();
        settle_one();
        stop != 0 ? ask(VM_STOP) : power_off(&vm.vcpus[0]);
        assert_int_equal(settle_one(), HOST_WAITED);
        assert_int_equal(vm_life(CONTROL), stop != 0 ? VM_STOPPED : VM_OFF);
        assert_int_equal(control()->vms_alive, 1);
        assert_false(vm_ask(&small.system, CONTROL, VM_STOP, MANAGED_REQUEST));
        host.on_wait = start;
        host.waits_allowed = 2;
        assert_int_equal(settle_one(), HOST_RETURNED);
        assert_int_equal(control()->vms_alive, 2);
        assert_int_equal(fills, 1); /* its memory is as at boot */
        assert_int_equal(control()->vms[CONTROL].life,
                         VM_RUN + (stop != 0 ? MANAGED_REQUEST : MANAGED_POWEROFF) * VM_ENDED);
    }
}

TEST(on_its_way_it_is_asked_in_vain) {
    assert_false(vm_ask(&small.system, CONTROL, VM_STOP, MANAGED_REQUEST)); /* boots */
    settle_one();
    ask(VM_STOP);
    assert_false(vm_ask(&small.system, CONTROL, VM_STOP, MANAGED_REQUEST));
    ask(VM_RESTART);
    assert_false(vm_ask(&small.system, CONTROL, VM_RESTART, MANAGED_REQUEST));
    assert_false(vm_ask(&small.system, CONTROL, VM_STOP, MANAGED_REQUEST));
    host_run(lose, &vm.vcpus[0]);
    assert_false(vm_ask(&small.system, CONTROL, VM_RESTART, MANAGED_REQUEST));
    assert_int_equal(settle_one(), HOST_HALTED);
    assert_int_equal(control()->vms_alive, 1);
}

static void lose_once(void) {
    host.on_flush = NULL;
    lose_in_the_middle();
}

static void start_once(void) {
    host.on_flush = NULL;
    start();
}

/* When its cores are on their way, and read no request any more, too: it is never off. */
TEST(on_its_way_to_rest_it_can_be_asked_to_begin_anew) {
    static const enum vm_life ways[] = {VM_BACK_OFF, VM_POWER_OFF, VM_STOP};

    for (unsigned i = 0; i < COUNT_OF(ways); i++) {
        begin();
        settle_one();
        control()->vms[CONTROL].life = ways[i];
        control()->vms_alive = 1;
        host.on_flush = start_once;
        assert_int_equal(settle_one(), HOST_RETURNED);
        assert_int_equal(vm_life(CONTROL), VM_RUN);
        assert_int_equal(control()->vms_alive, 1);
        assert_int_equal(fills, 1);
        assert_int_equal(*restarts(), 1);
    }
}

TEST(on_its_way_to_rest_it_can_be_lost) {
    settle_one();
    ask(VM_STOP);
    host.on_flush = lose_once;
    assert_int_equal(settle_one(), HOST_HALTED);
    assert_int_equal(vm_life(CONTROL), VM_LOST);
    assert_int_equal(control()->vms_alive, 1);
}

TEST(a_stopped_vm_ends_by_nothing_of_its_own) {
    settle_one();
    ask(VM_STOP);
    settle_one();
    reset(&vm.vcpus[0]);
    alarm_restart(&vm.vcpus[0]);
    assert_int_equal(vm_life(CONTROL), VM_STOPPED);
}

TEST(a_group_begins_anew_together) {
    small.vms[LINUX].group = small.vms[CONTROL].group = 3;
    limit(1, 10000, SYSTEM_RESTART_GROUP);
    control()->vms[LINUX].life = VM_OFF;
    control()->vms_alive = 1;
    settle_one();
    fault();
    assert_int_equal(vm_life(LINUX), VM_OFF);
    settle_one();
    fault();
    assert_true(host_reported("vm control: restarting its group (no restart left) (2): fault: vcpu "
                              "0 pc 0x40001000 address 0xdead0000 cause: stage-2 data abort"));
    assert_int_equal(vm_life(CONTROL), VM_RESTART);
    assert_int_equal(vm_life(LINUX), VM_RESTART);
    assert_int_equal(control()->vms_alive, 2);
    ASSERT_EACH(host.kicks, 1, 1, 1, 0);
    assert_true(host_reported("vm linux: restarted with vm control"));
}

/* Its lines are as few as one VM's: where the group's end is not told the members' is not. */
TEST(a_group_that_fails_for_ever_is_not_told_for_ever) {
    small.vms[LINUX].group = small.vms[CONTROL].group = 3;
    *policy_of(SYSTEM_END_FAULT) = (struct system_policy){.action = SYSTEM_RESTART_GROUP};
    host.clock = host.frequency;
    settle_one();
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t lines = host.line_count;

        control()->vms[LINUX].life = VM_RUN;
        fault();
        assert_int_equal(host.line_count - lines, i == 0 ? 2 : 0);
        assert_int_equal(vm_life(LINUX), VM_RESTART);
        settle_one();
    }
}

TEST(a_watchdog_that_is_over_ends_a_life) {
    *policy_of(SYSTEM_END_WATCHDOG) = (struct system_policy){.action = SYSTEM_RESTART};
    settle_one();
    host.guests[0].pc = 0x40002000;
    vm.watchdog.over = 1;
    assert_int_equal(settle_one(), HOST_RETURNED);
    assert_true(host_reported("vm control: restarting (1): watchdog: vcpu 0 pc 0x40002000 address "
                              "0x0 cause: nobody feeds it"));
    assert_int_equal(*restarts(), 1);
    assert_int_equal(vm.watchdog.over, 0);
}
