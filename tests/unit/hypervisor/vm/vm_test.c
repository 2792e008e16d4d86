/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lives of a VM, on one core and on three: the loader is the test's own, to
 * see when it is called and what it finds.
 */
#include "hypervisor/vm/lives.h"

#include <pthread.h>
#include <time.h>

#include "arch/cpu.h"
#include "vm/power.h"

TEST(the_first_life_starts_at_the_entry) {
    host.clock = 777;
    vm.config = &small.vms[CONTROL];
    small.vms[CONTROL].boot_argument = 0x4242;
    small.vms[CONTROL].entry = GUEST_MEMORY + 0x40;
    assert_int_equal(settle_one(), HOST_RETURNED);
    assert_int_equal(vm_life(vm.index), VM_RUN);
    assert_int_equal(vm.vcpus[0].power, VCPU_ON);
    assert_int_equal(host.guests[0].pc, GUEST_MEMORY + 0x40);
    assert_int_equal(host.guests[0].x[0], 0x4242);
    assert_int_equal(verified, 1);
    assert_int_equal(first_fills, 1);
    assert_int_equal(host.vm_resets, 1);
    assert_int_equal(small_resets, 1);
    assert_true(host.guests[0].syncs > 0);
    assert_true(host.instructions_written > 0);
    assert_int_equal(vm.clock_offset, 777); /* its clock begins at 0 */
    assert_int_equal(*restarts(), 0);
    assert_true(host_reported("vm control: started"));
    assert_int_equal(host.line_count, 1);
}

TEST(a_running_guest_is_left_alone) {
    settle_one();
    host.guests[0].pc = 0x1234;
    host.guests[0].resets = 0;
    assert_int_equal(settle_one(), HOST_RETURNED);
    assert_int_equal(host.guests[0].pc, 0x1234);
    assert_int_equal(host.guests[0].resets, 0);
    assert_int_equal(verified, 1);
    assert_int_equal(fills, 0);
}

/* No interrupt comes any more before vCPUs are reset; memory is changed when no device can. */
TEST(a_life_begins_in_this_order) {
    settle_one();
    ASSERT_RECORDED(
        "down; interrupts off; reset vcpu; reset vm; verify; fill; seed; reset devices; "
        "up 1; entry; instructions; sync");
    reset(&vm.vcpus[0]);
    settle_one();
    ASSERT_RECORDED("down; interrupts off; reset vcpu; reset vm; fill; seed; reset devices; up 2; "
                    "entry; instructions; sync");
    settle_one();
    ASSERT_RECORDED("sync");
    power_off(&vm.vcpus[0]);
    settle_one();
    ASSERT_RECORDED("down; interrupts off; reset vcpu; reset vm; flush");
}

/* Members of its channels learn that a lost VM is down, whenever it was lost. */
TEST(a_lost_vm_is_down) {
    settle_one();
    recorded();
    host_run(lose, &vm.vcpus[0]);
    ASSERT_RECORDED("down");
    begin();
    small_on_reset = lose_in_the_middle;
    settle_one();
    ASSERT_RECORDED(
        "down; interrupts off; reset vcpu; reset vm; verify; fill; seed; reset devices; "
        "down; up 1; down");
}

TEST(a_damaged_payload_is_refused) {
    damaged = true;
    assert_int_equal(settle_one(), HOST_REFUSED);
    assert_string_equal(host.rule, "payload-digest");
    assert_int_equal(first_fills, 0);
}

TEST(a_reset_begins_a_new_life) {
    settle_one();
    host.clock = 5000;
    host.guests[0].pc = 0x1234;
    reset(&vm.vcpus[0]);
    assert_int_equal(vm_life(vm.index), VM_RESTART);
    assert_true(host_reported("vm control: restarting (1): reset"));
    assert_int_equal(settle_one(), HOST_RETURNED);
    assert_int_equal(*restarts(), 1);
    assert_int_equal(host.guests[0].pc, small.vms[CONTROL].entry);
    assert_int_equal(fills, 1);
    assert_int_equal(verified, 1); /* digests at boot only */
    assert_int_equal(host.vm_resets, 2);
    assert_int_equal(small_resets, 2);
    assert_int_equal(vm.clock_offset, 5000);
    assert_int_equal(control()->vms_alive, 2);
}

TEST(off_stands_still) {
    settle_one();
    power_off(&vm.vcpus[0]);
    host.waits_allowed = 3;
    host.guests[0].resets = 0;
    assert_int_equal(settle_one(), HOST_WAITED);
    assert_int_equal(host.guests[0].resets, 1); /* nothing of it stays in the registers */
    assert_int_equal(vm_life(vm.index), VM_OFF);
    assert_int_equal(vm.vcpus[0].power, VCPU_OFF);
    assert_int_equal(control()->vms_alive, 1);
    assert_int_equal(fills, 0);
    assert_int_equal(host.vm_resets, 2); /* its devices are quiet, too */
    assert_int_equal(host.guests[0].polls, 3);
    assert_true(host_reported("vm control: off"));
}

TEST(the_last_to_go_switches_the_machine_off) {
    control()->vms_alive = 1;
    settle_one();
    power_off(&vm.vcpus[0]);
    host.flushes = 0;
    assert_int_equal(settle_one(), HOST_MACHINE_OFF);
    assert_int_equal(control()->vms_alive, 0);
    assert_true(host_reported("all VMs are off or stopped: switching the machine off"));
    assert_int_equal(host.flushes, 2); /* the VM's last words are seen, and the machine's */
}

TEST(a_fault_restarts_where_the_system_says_so) {
    settle_one();
    fault();
    assert_true(host_reported("vm control: restarting (1): fault: vcpu 0 pc 0x40001000 address "
                              "0xdead0000 cause: stage-2 data abort"));
    assert_int_equal(settle_one(), HOST_RETURNED);
    assert_int_equal(*restarts(), 1);
}

TEST(a_fault_stops_where_the_system_says_so) {
    policy_of(SYSTEM_END_FAULT)->action = SYSTEM_STOP;
    settle_one();
    fault();
    assert_true(host_reported("vm control: stopped: fault: vcpu 0 pc 0x40001000 address 0xdead0000 "
                              "cause: stage-2 data abort"));
    assert_int_equal(settle_one(), HOST_WAITED);
    assert_int_equal(vm_life(vm.index), VM_STOPPED);
    assert_int_equal(control()->vms_alive, 1);
    assert_int_equal(*restarts(), 0);
}

TEST(restarts_are_limited_in_a_time) {
    limit(2, 10000, SYSTEM_STOP);
    host.clock = 5;
    settle_one();
    for (uint32_t i = 0; i < 2; i++) {
        fault();
        assert_int_equal(settle_one(), HOST_RETURNED);
    }
    fault();
    assert_true(
        host_reported("vm control: stopped (no restart left): fault: vcpu 0 pc 0x40001000 address "
                      "0xdead0000 cause: stage-2 data abort"));
    assert_int_equal(settle_one(), HOST_WAITED);
    assert_int_equal(*restarts(), 2);
}

TEST(restarts_of_long_ago_do_not_count) {
    limit(2, 10000, SYSTEM_STOP);
    settle_one();
    for (uint32_t i = 0; i < 20; i++) {
        host.clock += 5 * host.frequency + 1; /* the third is beyond the time of the first */
        fault();
        assert_int_equal(settle_one(), HOST_RETURNED);
    }
    assert_int_equal(*restarts(), 20);
}

TEST(only_faults_count_as_such) {
    limit(1, 10000, SYSTEM_STOP);
    settle_one();
    for (uint32_t i = 0; i < 5; i++) {
        reset(&vm.vcpus[0]);
        fault(); /* too late in this life to be counted */
        assert_int_equal(settle_one(), HOST_RETURNED);
    }
    fault();
    assert_int_equal(settle_one(), HOST_RETURNED);
    fault();
    assert_int_equal(settle_one(), HOST_WAITED);
}

TEST(a_time_of_many_ticks_is_no_overflow) {
    host.frequency = 1000000000;
    limit(1, UINT32_MAX, SYSTEM_STOP);
    settle_one();
    fault();
    settle_one();
    host.clock += host.frequency * 86400 * 49;
    fault();
    assert_int_equal(settle_one(), HOST_WAITED);
}

TEST(a_fault_halts_the_system_where_it_says_so) {
    this_cpu.system = small.system;
    this_cpu.index = 3;
    policy_of(SYSTEM_END_FAULT)->action = SYSTEM_HALT;
    settle_one();
    fault();
    assert_true(host_reported(
        "vm control: halting the system: fault: vcpu 0 pc 0x40001000 address 0xdead0000 "
        "cause: stage-2 data abort"));
    assert_int_equal(control()->halt, 0); /* not before the line is out */
    assert_int_equal(settle_one(), HOST_HALTED);
    assert_int_equal(host.flushes, 1);
    assert_int_equal(control()->halt, 1);
    for (uint32_t i = 0; i < small.system.vm_count; i++)
        assert_int_equal(vm_life(i), VM_HALT);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(host.kicks[i], 1);
    assert_int_equal(host.kicks[3], 0); /* this core */
}

TEST(the_last_restart_may_be_followed_by_a_halt) {
    limit(1, 1, SYSTEM_HALT);
    settle_one();
    fault();
    assert_int_equal(settle_one(), HOST_RETURNED);
    fault();
    assert_true(host_reported("vm control: halting the system (no restart left): fault: vcpu 0 pc "
                              "0x40001000 address 0xdead0000 cause: stage-2 data abort"));
    assert_int_equal(settle_one(), HOST_HALTED);
}

TEST(the_first_request_of_a_life_counts) {
    settle_one();
    power_off(&vm.vcpus[0]);
    reset(&vm.vcpus[0]);
    fault();
    assert_int_equal(vm_life(vm.index), VM_POWER_OFF);
    assert_int_equal(host.line_count, 2); /* started, off */
}

TEST(restarts_are_reported_ten_times_a_second) {
    char expected[64] = "vm control: 100 more restarts not shown";
    uint32_t lines;

    host.clock = 1000000;
    settle_one();
    lines = host.line_count;
    for (uint32_t i = 0; i < 100; i++) {
        host.clock += 1; /* far less than a tenth of a second */
        i % 2 == 0 ? reset(&vm.vcpus[0]) : fault();
        settle_one();
    }
    assert_int_equal(*restarts(), 100);
    assert_int_equal(host.line_count, lines + 1);
    host.clock += host.frequency / 10 - 100 - 1; /* a microsecond too early, since the first */
    reset(&vm.vcpus[0]);
    settle_one();
    assert_int_equal(host.line_count, lines + 1);
    host.clock += 2;
    reset(&vm.vcpus[0]);
    assert_true(host_reported(expected));
    assert_true(host_reported("vm control: restarting (102): reset"));
    assert_int_equal(host.line_count, lines + 3);
    /* An ordinary one after a quiet time says nothing of others. */
    settle_one();
    host.clock += host.frequency;
    reset(&vm.vcpus[0]);
    assert_int_equal(host.line_count, lines + 4);
}

static uint32_t turn_on_after;

static void turn_on(void) {
    assert_int_equal(host.guests[0].resets, 1); /* what its guest has left wakes its core no more */
    if (turn_on_after-- == 0)
        power_vcpu_on(&vm.vcpus[0], 0, GUEST_MEMORY + 0x20, 7);
}

TEST(a_request_calls_the_siblings_in) {
    begin_as(LINUX);
    this_cpu.index = 1;
    control()->vms[vm.index].life = VM_RUN;
    reset(&vm.vcpus[1]);
    ASSERT_EACH(host.kicks, 1, 0, 1, 0); /* this core is here */ /* the other VM's */
    assert_int_equal(vm.vcpus[1].work, VCPU_SETTLE);
    vm_kicked(&vm.vcpus[2]);
    assert_int_equal(vm.vcpus[2].work, VCPU_SETTLE);
    power_off(&vm.vcpus[2]);
    assert_int_equal(host.kicks[0], 1); /* the life has ended already */
}

TEST(an_off_vcpu_waits_to_be_started) {
    settle_one();
    vm.vcpus[0].power = VCPU_OFF;
    turn_on_after = 2;
    host.guests[0].resets = 0;
    host.on_wait = turn_on;
    host.waits_allowed = 10;
    assert_int_equal(settle_one(), HOST_RETURNED);
    assert_int_equal(vm.vcpus[0].power, VCPU_ON);
    assert_int_equal(host.guests[0].pc, GUEST_MEMORY + 0x20);
    assert_int_equal(host.guests[0].x[0], 7);
    assert_int_equal(host.guests[0].resets, 1); /* once, however long it was off */
    assert_int_equal(host.guests[0].polls, 3);
    assert_int_equal(fills, 0); /* its VM lives on */
}

TEST(a_refused_boot_halts_every_core) {
    control()->halt = true;
    assert_int_equal(settle_one(), HOST_HALTED);
    assert_int_equal(verified, 0);
}

TEST(create_takes_what_the_table_says) {
    static struct vm other;

    begin_as(LINUX);
    small.vms[LINUX].cpus = 0xa; /* cores 1 and 3 */
    small_create(&other, LINUX);
    assert_int_equal(other.vcpu_count, 2);
    assert_int_equal(other.vcpus[0].cpu, 1);
    assert_int_equal(other.vcpus[1].cpu, 3);
    assert_int_equal(other.vcpus[1].index, 1);
    assert_ptr_equal(other.vcpus[1].vm, &other);
    assert_int_equal(other.index, LINUX);
    small_create(&other, CONTROL);
    assert_int_equal(other.index, CONTROL);
    small_create(&other, LINUX);
    assert_int_equal(other.vcpus[0].power, VCPU_OFF);
}

/*
 * Three vCPUs, a thread each: each runs its guest's script until it stands still.
 */
struct core {
    struct vcpu *vcpu;
    enum host_end end;
    _Atomic uint32_t entries; /* how often its guest was entered */
    uint32_t flushes;         /* of all cores, when its script had ended */
};

static struct core cores[LINUX_VCPUS];
static _Atomic bool is_machine_off;
static _Thread_local uint32_t this_index;

/* Siblings take longer than vCPU 0. */
static void dawdle(void) {
    const struct timespec pause = {0, 300000};

    if (this_index != 0)
        nanosleep(&pause, NULL);
}

static void guest_of(void *argument) {
    struct core *core = argument;
    struct vcpu *vcpu = core->vcpu;

    for (;;) {
        vcpu_settle(vcpu);
        core->entries++;
        if (vcpu->index == 0 && *restarts() < 3) {
            power_vcpu_on(vcpu, 1, GUEST_MEMORY, 0);
            power_vcpu_on(vcpu, 2, GUEST_MEMORY, 0);
            /* In their guests: one that is only on may be called in before it gets there. */
            while (cores[1].entries < core->entries || cores[2].entries < core->entries)
                arch_relax();
            reset(vcpu);
        } else if (vcpu->index == 0) {
            power_off(vcpu);
        } else {
            /* Spins until it is called in. */
            while (vm_life(vm.index) == VM_RUN)
                arch_relax();
            /* This call comes too late, and must be of no effect in the next life. */
            dawdle();
            power_vcpu_on(vcpu, 3 - vcpu->index, GUEST_MEMORY + 0x666, 0);
        }
    }
}

static void *run_core(void *argument) {
    struct core *core = argument;

    this_index = core->vcpu->index;
    core->end = host_run(guest_of, core);
    core->flushes = host.flushes;
    if (core->end == HOST_MACHINE_OFF)
        is_machine_off = true;
    return NULL;
}

static _Atomic uint32_t resets_begun, resets_done, devices_too_early, off_too_late;

/* From life to life its devices' interrupts are off before any of its vCPUs is reset. */
static void reset_slowly(uint32_t vcpu) {
    if (vm_life(vm.index) != VM_RUN)
        atomic_fetch_add(&off_too_late, host.interrupts_off != host.vm_resets + 1);
    atomic_fetch_add(&resets_begun, 1);
    dawdle();
    atomic_fetch_add(&resets_done, 1);
}

/* The VM's interrupt controller and devices begin anew when all its vCPUs have. */
static void devices_are_reset(void) {
    atomic_fetch_add(&devices_too_early, resets_begun != resets_done);
}

/* A core waits as long as it takes, which is the scheduler's to say, and at the end for ever. */
static void wait_until_off(void) {
    if (is_machine_off)
        host_end(HOST_WAITED);
    arch_relax();
}

TEST(all_cores_go_from_life_to_life_together) {
    pthread_t threads[LINUX_VCPUS];
    uint32_t offs = 0;

    begin_as(LINUX);
    is_machine_off = false;
    resets_begun = resets_done = devices_too_early = off_too_late = 0;
    control()->vms_alive = 1;
    host.on_reset = reset_slowly;
    host.on_flush = dawdle;
    small_on_reset = devices_are_reset;
    host.on_wait = wait_until_off;
    host.waits_allowed = UINT32_MAX;
    for (uint32_t i = 0; i < LINUX_VCPUS; i++)
        cores[i] = (struct core){.vcpu = &vm.vcpus[i]};
    for (uint32_t i = 0; i < LINUX_VCPUS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_core, &cores[i]), 0);
    for (uint32_t i = 0; i < LINUX_VCPUS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(*restarts(), 3);
    assert_int_equal(vm_life(vm.index), VM_OFF);
    assert_int_equal(cores[0].entries, 4);
    assert_int_equal(cores[1].entries, 3);
    assert_int_equal(cores[2].entries, 3);
    for (uint32_t i = 0; i < LINUX_VCPUS; i++) {
        /* Any of them, and one alone. */
        offs += cores[i].end == HOST_MACHINE_OFF;
        if (cores[i].end == HOST_MACHINE_OFF)
            assert_int_equal(cores[i].flushes, LINUX_VCPUS + 1); /* not before all of it was seen */
        else
            assert_int_equal(cores[i].end, HOST_WAITED);
    }
    assert_int_equal(offs, 1);
    assert_int_equal(first_fills, LINUX_VCPUS);
    assert_int_equal(fills, 3 * LINUX_VCPUS);
    assert_int_equal(verified, LINUX_VCPUS);
    assert_int_equal(seeded, 4);
    assert_int_equal(entered_too_early, 0);
    assert_int_equal(devices_too_early, 0);
    assert_int_equal(off_too_late, 0);
    assert_int_equal(small_resets, 4);
    assert_int_equal(host.vm_resets, 5);
    assert_int_equal(control()->vms_alive, 0); /* counted once, not by each core */
    assert_true(host.kicks[1] > 0 && host.kicks[2] > 0);
    assert_int_equal(host.kicks[3], 0); /* the other VM's core */
}

static enum host_end ends[LINUX_VCPUS];

static void *settle_alone(void *argument) {
    struct vcpu *vcpu = argument;

    ends[vcpu->index] = host_run(settle, vcpu);
    return NULL;
}

/* Core 1 is lost while the others wait for it, on their way into a life. */
TEST(who_waits_for_a_lost_core_stands_still) {
    pthread_t threads[LINUX_VCPUS];

    begin_as(LINUX);
    for (uint32_t i = 0; i < LINUX_VCPUS; i += 2)
        assert_int_equal(pthread_create(&threads[i], NULL, settle_alone, &vm.vcpus[i]), 0);
    while (atomic_load(&vm.barrier.arrived) < LINUX_VCPUS - 1)
        dawdle();
    assert_int_equal(host_run(lose, &vm.vcpus[1]), HOST_RETURNED);
    for (uint32_t i = 0; i < LINUX_VCPUS; i += 2) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(ends[i], HOST_HALTED);
    }
    assert_int_equal(control()->vms_alive, 1);
    assert_int_equal(first_fills, 0);
}

TEST(the_siblings_of_a_lost_core_are_called_out_of_their_guests) {
    begin_as(LINUX);
    control()->vms[vm.index].life = VM_RUN;
    this_cpu.index = 1;
    vm.vcpus[0].power = VCPU_ON;
    assert_int_equal(host_run(lose, &vm.vcpus[1]), HOST_RETURNED);
    assert_int_equal(vm_life(vm.index), VM_LOST);
    assert_int_equal(host.kicks[0], 1);
    assert_int_equal(host.kicks[2], 1);
    assert_int_equal(host.kicks[3], 0);
    assert_int_equal(settle_one(), HOST_HALTED);
    assert_int_equal(control()->vms_alive, 1);
}

TEST(a_vm_that_is_off_ends_once) {
    settle_one();
    power_off(&vm.vcpus[0]);
    settle_one();
    assert_int_equal(control()->vms_alive, 1);
    assert_int_equal(host_run(lose, &vm.vcpus[0]), HOST_RETURNED);
    assert_int_equal(control()->vms_alive, 1);
}

TEST(a_lost_core_may_be_the_last_vms) {
    control()->vms_alive = 1;
    assert_int_equal(host_run(lose, &vm.vcpus[0]), HOST_MACHINE_OFF);
    assert_true(host_reported("all VMs are off or stopped: switching the machine off"));
}
