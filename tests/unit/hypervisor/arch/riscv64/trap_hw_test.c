/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a trap: on the fast path, and on the slow one behind it. */
#include "hypervisor/support.h"

/* Beside those of arch/host. */
#define arch_handle_sysreg hart_handle_sysreg

#include "hypervisor/arch/riscv64/fake_csr.h"

#include "arch/riscv64/trap_hw.c" /* NOLINT(bugprone-suspicious-include) */

#include "hypervisor/small_system.h"

#define PC     UINT64_C(0x80001236)
#define DEVICE UINT64_C(0x10000000)
#define STORE  0x00b50023u /* SB a1, (a0) */
#define LOAD   0x00054583u /* LBU a1, (a0) */

static struct frame frame;
static struct vcpu *const vcpu = &vm.vcpus[1];
static struct mmio_access last;
static uint32_t accesses;

/* trap/mmio.c's, which has a test of its own. */
bool mmio_emulate(struct vcpu *of, const struct mmio_access *access, uint64_t *reg) {
    assert_ptr_equal(of, vcpu);
    if ((access->at & ~UINT64_C(0xfff)) != DEVICE)
        return false;
    assert_ptr_equal(reg, access->reg != 0 ? &frame.x[access->reg] : NULL);
    last = *access;
    accesses++;
    return true;
}

void vcpu_resume(struct vcpu *of) {
}

static bool counters_closed;

bool counters_open(struct vcpu *of) {
    bool opened = counters_closed;

    assert_ptr_equal(of, vcpu);
    counters_closed = false;
    return opened;
}

BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    fake_hart_reset();
    memset(&frame, 0, sizeof(frame));
    vcpu->arch.frame = &frame;
    vcpu->power = VCPU_ON;
    this_cpu.vcpu = vcpu;
    accesses = 0;
    hart.csr[SEPC] = PC;
    hart.csr[SSTATUS] = UINT64_C(0x200006600);
    hart.csr[HSTATUS] = UINT64_C(0x200000180);
    hart.code_at = PC;
}

static bool trap(uint64_t cause, uint64_t at, uint64_t htinst) {
    hart.csr[SCAUSE] = cause;
    hart.csr[STVAL] = 0xffffffc000000000 | (at & 0xfff);
    hart.csr[HTVAL] = at >> 2;
    hart.csr[HTINST] = htinst;
    return fast_trap(vcpu);
}

static void set_code(uint32_t instruction) {
    hart.code[0] = (uint16_t)instruction;
    hart.code[1] = (uint16_t)(instruction >> 16);
}

TEST(a_register_is_emulated_on_the_fast_path) {
    assert_true(trap(CAUSE_GUEST_STORE, DEVICE, STORE & ~UINT32_C(0xf8000)));
    assert_int_equal(accesses, 1);
    assert_true(last.write && last.size == 1 && last.reg == 11);
    assert_int_equal(hart.csr[SEPC], PC + 4);
    assert_int_equal(vcpu->exits[EXIT_MMIO], 1);
    /* A compressed one: bit 1 of htinst is 0. */
    assert_true(trap(CAUSE_GUEST_LOAD, DEVICE + 5, (LOAD & ~UINT32_C(0xf8000)) & ~UINT32_C(2)));
    assert_false(last.write);
    assert_int_equal(last.at, DEVICE + 5);
    assert_int_equal(hart.csr[SEPC], PC + 6);
}

/* A hart may leave htinst 0. */
TEST(an_instruction_that_is_not_told_is_read) {
    set_code(STORE);
    assert_true(trap(CAUSE_GUEST_STORE, DEVICE, 0));
    assert_int_equal(hart.csr[SEPC], PC + 4);
    set_code(0xc10c); /* C.SW a1, (a0) */
    hart.csr[SEPC] = PC;
    assert_true(trap(CAUSE_GUEST_STORE, DEVICE, 0));
    assert_int_equal(last.size, 4);
    assert_int_equal(hart.csr[SEPC], PC + 2);
}

/* Not a word of what the hardware has saved of the guest is lost by our own fault. */
TEST(an_instruction_that_cannot_be_read_is_outside) {
    for (unsigned part = 0; part < 2; part++) {
        begin();
        hart.code_at = part == 0 ? 0 : PC - 6; /* all of it; its upper half */
        hart.code[3] = (uint16_t)STORE;
        assert_false(trap(CAUSE_GUEST_STORE, DEVICE, 0));
        assert_int_equal(hart.csr[SEPC], PC);
        assert_int_equal(hart.csr[SSTATUS], UINT64_C(0x200006600));
        assert_int_equal(hart.csr[HSTATUS], UINT64_C(0x200000180));
        slow_trap(vcpu);
        assert_int_equal(accesses, 0);
        assert_int_equal(host.guests[1].data_aborts, 1);
        assert_int_equal(vcpu->exits[EXIT_FAULT], 1);
    }
}

/* Only what vectors.S saves first is where the fast path may look for it. */
TEST(other_registers_are_the_slow_paths) {
    for (uint32_t reg = 0; reg < 32; reg++) {
        uint32_t told = (STORE & ~UINT32_C(0x1ff8000)) | reg << 20;
        bool is_saved = reg < 2 || (reg >= 5 && reg <= 7) || (reg >= 10 && reg <= 17);

        begin();
        assert_int_equal(trap(CAUSE_GUEST_STORE, DEVICE, told), is_saved);
        assert_int_equal(accesses, is_saved);
        if (is_saved)
            continue;
        assert_int_equal(hart.csr[SEPC], PC);
        assert_int_equal(vcpu->exits[EXIT_MMIO], 0);
    }
}

TEST(what_nobody_emulates_is_injected) {
    assert_false(trap(CAUSE_GUEST_LOAD, DEVICE + 0x1000, LOAD & ~UINT32_C(0xf8000)));
    slow_trap(vcpu);
    assert_int_equal(host.guests[1].data_aborts, 1);
}

/* Stval says which it is; but in each life the first may have been a counter's, and is retried. */
TEST(virtual_instructions_are_injected) {
    counters_closed = true;
    for (unsigned undefined = 0; undefined < 3; undefined++) {
        assert_false(trap(22, 0, 0));
        slow_trap(vcpu);
        assert_int_equal(vcpu->exits[EXIT_SYSREG], undefined + 1);
        arch_handle_sysreg(vcpu, NULL);
        assert_int_equal(host.guests[1].undefined, undefined);
        assert_int_equal(hart.csr[SEPC], PC);
        assert_int_equal(vcpu->arch.value, hart.csr[STVAL]);
    }
}
