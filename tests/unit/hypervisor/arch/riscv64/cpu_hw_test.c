/* SPDX-License-Identifier: Apache-2.0 */
/* What a core finds out about itself at boot, and what its registers are then. */
#define TEST_WITHOUT_STRING
#include "hypervisor/support.h"

/* Beside those of arch/host and of fake_firmware.c. */
#define arch_check_start     hart_check_start
#define arch_cpu_init        hart_cpu_init
#define arch_cpu_start       hart_cpu_start
#define arch_halt            hart_halt
#define arch_machine_off     hart_machine_off
#define arch_wait            hart_wait
#define arch_relax           hart_relax
#define arch_clock           hart_clock
#define arch_clock_frequency hart_clock_frequency
#define arch_random          hart_random
#define arch_timer_set       hart_timer_set
#define arch_cpu_kick        hart_cpu_kick
#define vcpu_set_timer       hart_set_timer
#define vcpu_send_ipi        hart_send_ipi

/* The firmware's IPIs come to this hart. */
#define firmware_call hart_firmware_call

#include "hypervisor/arch/riscv64/fake_csr.h"

/* NOLINTBEGIN(bugprone-suspicious-include) */
#include "arch/riscv64/cpu_hw.c"
#include "arch/riscv64/features_hw.c"
#include "arch/riscv64/kick_hw.c"
#include "arch/riscv64/timer_hw.c"
/* NOLINTEND(bugprone-suspicious-include) */

#include "hypervisor/arch/riscv64/fake_firmware.h"
#include "hypervisor/no_irq.h"
#include "hypervisor/small_system.h"

#undef firmware_call
struct sbi_result firmware_call(const uint64_t a[8]);

struct sbi_result hart_firmware_call(const uint64_t a[8]) {
    struct sbi_result result = firmware_call(a);

    hart.csr[TIME] += 1000;
    if (a[7] == SBI_IPI && result.error == 0)
        hart.csr[SIP] |= BIT(IRQ_SSI);
    return result;
}

static uint32_t rung[SYSTEM_CPUS_MAX];

uint64_t imsic_bell(uint32_t cpu) {
    return (uint64_t)(uintptr_t)&rung[cpu];
}

#define FS    UINT64_C(0x6000)
#define VS    UINT64_C(0x600)
#define BLOCK 64u

/* Of start.S, boot/ and intc_hw.c. */
uint8_t secondary_start[1];

const char *intc_cpu_init(const struct system *system) {
    return NULL;
}

/* A hart that has all, with a tree that promises all; nothing is known of its registers. */
BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    memset(&fake_firmware, 0, sizeof(fake_firmware));
    small.table.board.riscv64 = (struct system_board_riscv64){
        .controller_kind = SYSTEM_CONTROLLER_PLIC, .isa = SYSTEM_ISA_ALL, .block_size = BLOCK};
    this_cpu.system = small.system;
    this_cpu.vcpu = &vm.vcpus[0];
    fake_hart_reset();
    hart.zeroes = BLOCK;
}

static const char *init(void) {
    return arch_cpu_init(&small.system, 0);
}

static void expect_refused(const char *why) {
    const char *wrong = init();

    assert_non_null(wrong);
    assert_string_equal(wrong, why);
}

TEST(nothing_stays_unknown) {
    static const uint32_t zero[] = {HIE,       HGEIE,     HVIP,  HSTATEEN1,
                                    HSTATEEN2, HSTATEEN3, HGATP, VSATP};

    assert_null(init());
    for (unsigned i = 0; i < COUNT_OF(zero); i++)
        assert_int_equal(hart.csr[zero[i]], 0);
    assert_int_equal(hart.csr[HEDELEG], 0xb1ff);
    assert_int_equal(hart.csr[HIDELEG], 0x444); /* VSSI, VSTI, VSEI */
    assert_int_equal(hart.csr[HENVCFG], BIT(63) | BIT(62) | BIT(61) | 0xd0);
    assert_int_equal(hart.csr[HSTATEEN0], BIT(63) | BIT(62));
    assert_int_equal(hart.csr[SIE], 0x222);
    assert_int_equal(hart.csr[STIMECMP], UINT64_MAX);
    assert_int_equal(hart.csr[VSTIMECMP], UINT64_MAX);
    for (uint32_t feature = 1; feature < SYSTEM_ISA_ALL; feature <<= 1)
        assert_true(cpu_has(feature));
}

/* Registers that are not there, or that the firmware keeps shut, are left alone. */
TEST(what_is_not_there_is_not_written) {
    static const uint32_t optional[] = {HSTATEEN0, HSTATEEN1, HSTATEEN2, HSTATEEN3, HVICTL};

    for (unsigned i = 0; i < COUNT_OF(optional); i++)
        hart.missing[optional[i]] = true;
    assert_null(init());
    assert_false(cpu_has(FEATURE_STATEEN) || cpu_has(FEATURE_AIA));
    begin();
    hart.missing[HSTATEEN2] = true;
    assert_null(init());
    assert_int_equal(hart.csr[HSTATEEN3], 0);
}

/* Found and not promised: neither the guest nor the hypervisor has it. */
TEST(what_is_hidden_is_as_not_there) {
    for (uint32_t feature = 1; feature < SYSTEM_ISA_ALL; feature <<= 1) {
        begin();
        small.table.board.riscv64.isa &= ~feature;
        assert_null(init());
        for (uint32_t other = 1; other < SYSTEM_ISA_ALL; other <<= 1)
            assert_int_equal(cpu_has(other), other != feature);
        assert_int_equal((hart.csr[SSTATUS] & FS) != 0, feature != SYSTEM_ISA_FLOAT);
        assert_int_equal((hart.csr[SSTATUS] & VS) != 0, feature != SYSTEM_ISA_VECTOR);
        assert_int_equal(hart.csr[HENVCFG] >> 63, feature != SYSTEM_ISA_SSTC);
    }
}

/* A guest that has no vstimecmp is interrupted by hvip; a stale vstimecmp never does. */
TEST(hidden_sstc_leaves_the_firmwares_timer) {
    small.table.board.riscv64.isa &= ~SYSTEM_ISA_SSTC;
    hart.csr[TIME] = 1000;
    hart.csr[VSTIMECMP] = 0;
    assert_null(init());
    assert_int_equal(hart.csr[VSTIMECMP], UINT64_MAX);
    memset(hart.writes, 0, sizeof(hart.writes));
    fake_firmware.count = 0;
    vcpu_set_timer(&vm.vcpus[0], 5000);
    assert_int_equal(hart.writes[VSTIMECMP] + hart.writes[STIMECMP], 0);
    assert_int_equal(fake_firmware.count, 1);
    assert_int_equal(fake_firmware.calls[0].extension, SBI_TIME);
    assert_int_equal(fake_firmware.calls[0].arguments[0], 5000);
    assert_int_equal(hart.csr[HVIP], 0);
    hart.csr[TIME] = 5000;
    timer_fired(&vm.vcpus[0]);
    assert_int_equal(hart.csr[HVIP], BIT(IRQ_VSTI));
    /* With it, the firmware has no part in it. */
    begin();
    assert_null(init());
    fake_firmware.count = 0;
    vcpu_set_timer(&vm.vcpus[0], 5000);
    assert_int_equal(hart.csr[VSTIMECMP], 5000);
    assert_int_equal(fake_firmware.count, 0);
}

TEST(blocks_are_as_large_as_promised) {
    for (uint64_t size = 4; size <= BLOCK_MAX; size *= 2) {
        begin();
        hart.zeroes = size;
        if (size == BLOCK)
            assert_null(init());
        else
            expect_refused("lacks Zicboz with the block size that the board's tree has");
    }
    begin();
    hart.zeroes = 0;
    expect_refused("lacks Zicboz with the block size that the board's tree has");
    /* Hidden, its size is nobody's business. */
    hart.zeroes = 32;
    small.table.board.riscv64.isa &= ~SYSTEM_ISA_ZICBOZ;
    assert_null(init());
    assert_false(cpu_has(SYSTEM_ISA_ZICBOZ));
}

/* menvcfg may allow the one and not the other. */
TEST(a_guest_flushes_and_invalidates) {
    hart.may_invalidate = false;
    expect_refused("lacks Zicbom, which the board's tree has");
    hart.may_invalidate = true;
    hart.may_flush = false;
    expect_refused("lacks Zicbom, which the board's tree has");
}

TEST(faults_say_where) {
    hart.tells = false;
    expect_refused("this hart does not tell the address of a guest-page fault (htval)");
}

/* By calls that nothing at runtime could do without, where they are needed. */
TEST(firmware_that_refuses_is_refused) {
    fake_firmware.answer.error = -2;
    expect_refused("the firmware sends no interrupts between cores");
    begin();
    fake_firmware.answer.error = -2;
    small.table.board.riscv64.controller_kind = SYSTEM_CONTROLLER_AIA;
    assert_null(init());
    assert_int_equal(fake_firmware.count, 0);
    small.table.board.riscv64.isa &= ~SYSTEM_ISA_SSTC;
    expect_refused("the firmware sets no timer");
    /* The one that is tried goes to this very hart. */
    begin();
    small.cpus[0].hwid = 0x1234;
    assert_null(init());
    assert_int_equal(fake_firmware.count, 1);
    assert_int_equal(fake_firmware.calls[0].extension, SBI_IPI);
    ASSERT_EACH(fake_firmware.calls[0].arguments, 1, 0x1234);
}

TEST(ipis_go_to_their_vcpu) {
    assert_null(init());
    fake_firmware.count = 0;
    hart.csr[HVIP] = 0;
    vcpu_send_ipi(&vm.vcpus[0]);
    assert_int_equal(hart.csr[HVIP], BIT(IRQ_VSSI));
    assert_int_equal(fake_firmware.count, 0);
    vcpu_send_ipi(&vm.vcpus[2]);
    assert_int_equal(vm.vcpus[2].work, VCPU_IPI);
    assert_int_equal(fake_firmware.count, 1);
    assert_int_equal(fake_firmware.calls[0].extension, SBI_IPI);
    assert_int_equal(fake_firmware.calls[0].arguments[1], small.cpus[vm.vcpus[2].cpu].hwid);
}

/* By its interrupt file, and by the firmware, what was written before is there when it comes. */
TEST(kicks_come_behind_what_was_written) {
    small.table.board.riscv64.controller_kind = SYSTEM_CONTROLLER_AIA;
    assert_null(init());
    (void)recorded();
    fake_firmware.count = 0;
    vcpu_send_ipi(&vm.vcpus[1]);
    assert_int_equal(vm.vcpus[1].work, VCPU_IPI);
    assert_int_equal(rung[vm.vcpus[1].cpu], IMSIC_KICK);
    ASSERT_RECORDED("fence rw, o");
    assert_int_equal(fake_firmware.count, 0);
    begin();
    assert_null(init());
    (void)recorded();
    arch_cpu_kick(1);
    ASSERT_RECORDED("fence rw, o");
}
