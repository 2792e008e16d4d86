/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lives.h - a VM's lives in a test, each on its own: the loader is the test's, to see when it is
 * called and what it finds; and what ends a life.
 */
#pragma once

#include "hypervisor/support.h"

#include "hypervisor/small_system.h"
#include "lib/report.h"
#include "vm/control.h"
#include "vm/loader.h"
#include "vm/this_cpu.h"

static _Atomic uint32_t fills, first_fills, verified, entered_too_early;
static bool damaged;

void loader_verify(const struct vcpu *vcpu) {
    record("verify");
    atomic_fetch_add(&verified, 1);
    if (damaged)
        refuse("payload-digest", "a payload of vm %s is damaged", vcpu->vm->config->name);
}

void loader_fill(const struct vcpu *vcpu, bool first_life) {
    record("fill");
    /* Nobody may be on, and the devices are reset, while memory is changed. */
    for (uint32_t i = 0; i < vcpu->vm->vcpu_count; i++)
        atomic_fetch_add(&entered_too_early, vcpu->vm->vcpus[i].power != VCPU_OFF);
    atomic_fetch_add(first_life ? &first_fills : &fills, 1);
}

void loader_tell_life(const struct vm *told, uint32_t life) {
    assert_int_equal(told->index, vm.index);
    if (life != 0)
        record("up %u", life);
    else
        record("down");
}

static uint32_t seeded;

void loader_seed(const struct vcpu *vcpu) {
    record("seed");
    /* After all of the memory was filled: the last to touch it. */
    seeded += vcpu->index == 0 && atomic_load(&fills) + atomic_load(&first_fills) ==
                                      (seeded + 1) * vcpu->vm->vcpu_count;
}

static inline void begin_as(uint32_t index) {
    small_begin_vm(index);
    control()->vms_alive = 2;
    control()->vms[LINUX].life = control()->vms[CONTROL].life = VM_BOOT;
    this_cpu.index = vm.vcpus[0].cpu;
    fills = first_fills = verified = entered_too_early = seeded = 0;
    damaged = false;
    small_resets = 0;
    small_on_reset = NULL;
}

static inline void reset(struct vcpu *vcpu) {
    vm_end(vcpu, SYSTEM_END_RESET, 0, NULL);
}

static inline void power_off(struct vcpu *vcpu) {
    vm_end(vcpu, SYSTEM_END_POWEROFF, 0, NULL);
}

static inline _Atomic uint32_t *restarts(void) {
    return &control()->vms[vm.index].restarts;
}

BEFORE_EACH(begin) {
    begin_as(CONTROL);
}

static inline void settle(void *vcpu) {
    vcpu_settle(vcpu);
}

/* One vCPU until its guest is to be entered, or what else becomes of it. */
static inline enum host_end settle_one(void) {
    return host_run(settle, &vm.vcpus[0]);
}

static inline struct system_policy *policy_of(enum system_end how) {
    return &small.vms[CONTROL].policies[how];
}

static inline void fault(void) {
    host.guests[0].pc = 0x40001000;
    vm_end(&vm.vcpus[0], SYSTEM_END_FAULT, 0xdead0000, "stage-2 data abort");
}

static inline void limit(uint32_t max, uint32_t within_ms, uint32_t then) {
    *policy_of(SYSTEM_END_FAULT) = (struct system_policy){SYSTEM_RESTART, then, max, within_ms, 0};
}

static inline void lose(void *vcpu) {
    vm_lose(vcpu);
}

/* In the midst of something, as if it were another core, for which this one waits. */
static inline void lose_in_the_middle(void) {
    vm_lose(&vm.vcpus[0]);
    vm.barrier.broken = 0;
}
