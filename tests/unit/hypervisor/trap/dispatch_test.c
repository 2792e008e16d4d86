/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include "arch/vcpu.h"
#include "hypervisor/small_system.h"
#include "trap/mmio.h"
#include "vm/this_cpu.h"

static bool has_device;
static unsigned accesses;

/* trap/mmio.c's, which has a test of its own. */
bool mmio_emulate(struct vcpu *vcpu, const struct mmio_access *access, uint64_t *reg) {
    assert_ptr_equal(reg, arch_vcpu_register(vcpu, 7));
    accesses++;
    return has_device && access->at == 0x09000000;
}

static struct vcpu *vcpu = &vm.vcpus[1];

BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    this_cpu.index = 1;
    host.guests[1].pc = 0x40000100;
    has_device = true;
    accesses = 0;
}

static void handle(enum trap_reason reason) {
    struct trap trap = {.reason = reason, .address = 0xffff800000001000, .code = 0x5a};

    trap.mmio.at = 0x09000000;
    trap.mmio.reg = 7;
    trap_handle(vcpu, &trap);
}

/* Exactly this cause is counted once more. */
static void counts(enum trap_reason reason, enum exit_cause cause) {
    uint64_t before[EXIT_CAUSES];

    memcpy(before, vcpu->exits, sizeof(before));
    handle(reason);
    before[cause]++;
    assert_memory_equal(vcpu->exits, before, sizeof(before));
    assert_int_equal(vm.vcpus[0].exits[cause], 0);
}

TEST(each_reason_is_counted) {
    counts(TRAP_MMIO, EXIT_MMIO);
    counts(TRAP_OUTSIDE, EXIT_FAULT);
    counts(TRAP_FETCH, EXIT_FAULT);
    counts(TRAP_SYSREG, EXIT_SYSREG);
    counts(TRAP_UNDEFINED, EXIT_FAULT);
    counts(TRAP_SERROR, EXIT_SERROR);
    assert_int_equal(vcpu->traps, 0x477678); /* in their order, for a panic */
}

TEST(an_emulated_access_is_all) {
    handle(TRAP_MMIO);
    assert_int_equal(accesses, 1);
    assert_int_equal(host.guests[1].skips, 1);
    assert_int_equal(host.guests[1].data_aborts, 0);
    assert_int_equal(vm_life(LINUX), VM_RUN);
}

TEST(an_access_outside_is_answered_by_an_abort) {
    static const enum trap_reason reasons[] = {TRAP_MMIO, TRAP_OUTSIDE};

    has_device = false;
    for (unsigned i = 0; i < COUNT_OF(reasons); i++) {
        handle(reasons[i]);
        assert_int_equal(host.guests[1].data_aborts, i + 1);
        assert_int_equal(host.guests[1].fetch_aborts, 0);
        assert_int_equal(host.guests[1].abort_address, 0xffff800000001000);
        assert_int_equal(host.guests[1].abort_code, 0x5a);
    }
    assert_int_equal(host.guests[1].skips, 0);
    assert_int_equal(vm_life(LINUX), VM_RUN);
    assert_int_equal(accesses, 1);
}

TEST(a_fetch_outside_is_an_instruction_abort) {
    handle(TRAP_FETCH);
    assert_int_equal(host.guests[1].fetch_aborts, 1);
    assert_int_equal(host.guests[1].data_aborts, 0);
}

TEST(a_guest_without_vectors_has_failed) {
    static const enum trap_reason reasons[] = {TRAP_MMIO, TRAP_OUTSIDE, TRAP_FETCH};

    for (unsigned i = 0; i < COUNT_OF(reasons); i++) {
        begin();
        has_device = false;
        host.vectors_outside = true;
        handle(reasons[i]);
        assert_int_equal(vm_life(LINUX), VM_STOP);
        assert_true(host_reported("vm linux: stopped: fault: vcpu 1 pc 0x40000100 address "
                                  "0xffff800000001000 cause: its exception vector lies outside "
                                  "its memory"));
    }
}

TEST(registers_go_to_the_architecture) {
    handle(TRAP_SYSREG);
    assert_int_equal(host.sysregs, 1);
    assert_int_equal(host.guests[1].x[0], 0x5a);
    handle(TRAP_UNDEFINED);
    assert_int_equal(host.guests[1].undefined, 1);
    assert_int_equal(vm_life(LINUX), VM_RUN);
}

TEST(an_serror_has_no_architectural_answer) {
    handle(TRAP_SERROR);
    assert_int_equal(vm_life(LINUX), VM_STOP);
    assert_true(
        host_reported("vm linux: stopped: fault: vcpu 1 pc 0x40000100 address 0xffff800000001000 "
                      "cause: hardware error (SError)"));
    ASSERT_EACH(host.kicks, 1, 0, 1, 0); /* its own core is here */ /* another VM's */
}
