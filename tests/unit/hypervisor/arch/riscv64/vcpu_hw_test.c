/* SPDX-License-Identifier: Apache-2.0 */
/* The registers behind a vCPU; their bits by the Privileged Architecture 1.13, chapter 20. */
#include "hypervisor/support.h"

/* Beside those of arch/host and of fake_firmware.c. */
#define arch_vcpu_attach      hart_vcpu_attach
#define arch_vcpu_reset       hart_vcpu_reset
#define arch_vcpu_set_entry   hart_vcpu_set_entry
#define arch_vcpu_register    hart_vcpu_register
#define arch_vcpu_pc          hart_vcpu_pc
#define arch_vcpu_skip        hart_vcpu_skip
#define arch_inject_abort     hart_inject_abort
#define arch_inject_undefined hart_inject_undefined
#define arch_interrupts_sync  hart_interrupts_sync
#define guest_fence           hart_guest_fence
#define vcpu_show_counters    hart_show_counters

#include "hypervisor/arch/riscv64/fake_csr.h"

/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "arch/riscv64/vcpu_hw.c"

#include "hypervisor/arch/riscv64/fake_firmware.h"
#include "hypervisor/small_system.h"
#include "vm/this_cpu.h"

#define VECTORS UINT64_C(0xffffffff80001000)
#define PC      UINT64_C(0xffffffff80101234)

/* Of hypervisor.lds, registers.S, intc_hw.c and features_hw.c. */
struct frame link_frame;
static uint32_t resets, synced;
uint32_t features_found;

enum { RESET_VS = 1, RESET_FP = 2, RESET_VECTOR = 4, RESET_AIA = 8, RESET_INTC = 16 };

void reset_vs(void) {
    resets |= RESET_VS;
}

void reset_fp(void) {
    resets |= RESET_FP;
}

void reset_vector(void) {
    resets |= RESET_VECTOR;
}

void reset_aia(void) {
    resets |= RESET_AIA;
}

void intc_vcpu_reset(struct vcpu *vcpu) {
    resets |= RESET_INTC;
}

void intc_sync(struct vcpu *vcpu) {
    synced++;
}

static struct vcpu *const vcpu = &vm.vcpus[1];

BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    fake_hart_reset();
    memset(&fake_firmware, 0, sizeof(fake_firmware));
    small.vms[LINUX].stage2_levels = 3;
    vm.stage2 = phys(0x7f004000);
    this_cpu.system = small.system;
    this_cpu.vcpu = vcpu;
    features_found = UINT32_MAX;
    resets = synced = 0;
    arch_vcpu_attach(vcpu);
    memset(&link_frame, 0xee, offsetof(struct frame, vcpu));
    link_frame.pc = PC;
    hart.csr[VSTVEC] = VECTORS | 1;
    hart.csr[VSSTATUS] = UINT64_C(2) << 32 | 2; /* SIE */
}

TEST(its_stage_2) {
    for (uint32_t levels = 3; levels <= 5; levels++) {
        small.vms[LINUX].stage2_levels = levels;
        vm.index = 5;
        arch_vcpu_attach(vcpu);
        assert_int_equal(hart.csr[HGATP] >> 60, 5 + levels);
        assert_int_equal(hart.csr[HGATP] >> 44 & 0x3fff, 6); /* VMID: 0 is nobody's */
        assert_int_equal(hart.csr[HGATP] & 0xfffffffffff, 0x7f004);
    }
    assert_true(host.guest_tlb_flushes > 0);
}

TEST(a_reset_leaves_nothing) {
    host.guest_tlb_flushes = 0;
    atomic_store(&vcpu->work, VCPU_SETTLE | VCPU_IPI | VCPU_SUSPENDED);
    hart.csr[SSTATUS] = UINT64_C(0x200006600);
    arch_vcpu_reset(vcpu);
    assert_int_equal(resets, 31);
    assert_ptr_equal(link_frame.vcpu, vcpu); /* where vectors.S finds its work */
    for (unsigned n = 0; n < 32; n++)
        assert_int_equal(link_frame.x[n], 0);
    assert_int_equal(link_frame.pc, 0);
    assert_int_equal(link_frame.status, UINT64_C(0x200006700));  /* SPP: to VS-mode */
    assert_int_equal(link_frame.hstatus, UINT64_C(0x200001180)); /* VSXL, VGEIN 1, SPVP, SPV */
    assert_int_equal(hart.csr[HSTATUS], UINT64_C(0x200001100));
    assert_int_equal(hart.csr[SSTATEEN0], 0);
    assert_int_equal(fake_firmware.deadline, UINT64_MAX);
    /* What its VM is asked stays; its interrupts are looked at before it is entered. */
    assert_int_equal(vcpu->work, VCPU_SETTLE | VCPU_OUTPUT);
    assert_int_equal(host.guest_tlb_flushes, 1);
    /* What the hart does not have, or hides, is not touched. */
    begin();
    features_found = 0;
    hart.missing[SSTATEEN0] = true;
    arch_vcpu_reset(vcpu);
    assert_int_equal(resets, RESET_VS | RESET_INTC);
    assert_int_equal(link_frame.hstatus, UINT64_C(0x200000180)); /* no guest file */
}

/* Only clean ones are there from the beginning; else `time` alone. The firmware is not asked. */
TEST(a_life_begins_with_clean_counters) {
    for (unsigned clean = 0; clean < 2; clean++) {
        vcpu->arch.counters_clean = clean;
        vcpu->arch.counters_open = !clean;
        arch_vcpu_reset(vcpu);
        assert_int_equal(hart.csr[HCOUNTEREN], clean ? UINT32_MAX : 2);
        assert_int_equal(vcpu->arch.counters_open, clean);
        assert_int_equal(fake_firmware.count, 0);
    }
    vcpu_show_counters(false);
    assert_int_equal(hart.csr[HCOUNTEREN], 2);
}

TEST(it_begins_at_its_entry) {
    vm.clock_offset = 12345;
    arch_vcpu_set_entry(vcpu, GUEST_MEMORY, 0x77);
    assert_int_equal(hart.csr[HTIMEDELTA], -UINT64_C(12345));
    assert_int_equal(arch_vcpu_pc(vcpu), GUEST_MEMORY);
    assert_int_equal(link_frame.x[10], 1);
    assert_int_equal(link_frame.x[11], 0x77);
    vcpu->entry = GUEST_MEMORY + 8;
    vcpu->argument = 0x88;
    vcpu_resume(vcpu);
    assert_int_equal(arch_vcpu_pc(vcpu), GUEST_MEMORY + 8);
    assert_int_equal(link_frame.x[11], 0x88);
    assert_int_equal(hart.csr[VSATP], 0);
    assert_int_equal(hart.csr[VSSTATUS], UINT64_C(2) << 32);
}

static void expect_injected(uint64_t cause, uint64_t value) {
    assert_int_equal(hart.csr[VSEPC], PC);
    assert_int_equal(hart.csr[VSCAUSE], cause);
    assert_int_equal(hart.csr[VSTVAL], value);
    assert_int_equal(hart.csr[VSSTATUS], UINT64_C(2) << 32 | 0x120); /* SPIE, SPP */
    assert_int_equal(arch_vcpu_pc(vcpu), VECTORS);
    assert_true((link_frame.hstatus & BIT(8)) != 0 && (link_frame.status & BIT(8)) != 0);
}

/* Sstvala: the value is the instruction, or the address. */
TEST(exceptions_are_injected) {
    link_frame.status |= BIT(8);
    vcpu->arch.value = 0x60002573;
    arch_inject_undefined(vcpu);
    expect_injected(2, 0x60002573);
    for (unsigned i = 0; i < 3; i++) {
        static const uint8_t expected[] = {5, 7, 1};
        struct trap trap = {.reason = i == 2 ? TRAP_FETCH : TRAP_OUTSIDE,
                            .code = i == 1 ? 23 : 21,
                            .address = 0x1234};

        begin();
        link_frame.status |= BIT(8);
        assert_true(arch_inject_abort(vcpu, &trap));
        expect_injected(expected[i], 0x1234);
    }
    begin();
    assert_false(arch_inject_abort(
        vcpu, &(struct trap){.reason = TRAP_FETCH, .code = 20, .address = VECTORS}));
    assert_int_equal(arch_vcpu_pc(vcpu), PC);
    assert_true(arch_inject_abort(vcpu, &(struct trap){.code = 21, .address = VECTORS})); /* data */
}

TEST(an_exception_saves_mode_and_interrupts) {
    /* FS, VS, SUM, MXR, UXL stay as they are. */
    const uint64_t others = UINT64_C(0x00000002000c6600);

    for (unsigned i = 0; i < 16; i++) {
        uint64_t before = (i & 1 ? BIT(1) : 0) | (i & 2 ? BIT(5) : 0) | (i & 4 ? BIT(8) : 0);
        bool from_supervisor = (i & 8) != 0;

        hart.csr[VSSTATUS] = others | before;
        link_frame.status = from_supervisor ? BIT(8) : 0;
        arch_inject_undefined(vcpu);
        assert_int_equal(hart.csr[VSSTATUS],
                         others | (i & 1 ? BIT(5) : 0) | (from_supervisor ? BIT(8) : 0));
        assert_int_equal(link_frame.status & BIT(8), BIT(8));
    }
}

TEST(an_exception_goes_to_base_in_any_mode) {
    for (unsigned mode = 0; mode < 4; mode++) {
        hart.csr[VSTVEC] = UINT64_C(0xffffffff80001230) | mode;
        arch_inject_undefined(vcpu);
        assert_int_equal(arch_vcpu_pc(vcpu), UINT64_C(0xffffffff80001230));
    }
}

TEST(what_siblings_have_for_it_is_taken) {
    vcpu->work = VCPU_IPI | VCPU_SUSPENDED | VCPU_SETTLE;
    hart.csr[HVIP] = 0;
    arch_interrupts_sync(vcpu);
    assert_int_equal(hart.csr[HVIP], 4);
    assert_int_equal(synced, 0);
    assert_int_equal(vcpu->work, VCPU_SUSPENDED | VCPU_SETTLE); /* not these: they are others' */
    vcpu->work = VCPU_OUTPUT;
    hart.csr[HVIP] = 0;
    arch_interrupts_sync(vcpu);
    assert_int_equal(hart.csr[HVIP], 0);
    assert_int_equal(synced, 1);
    assert_int_equal(vcpu->work, 0);
}

/* Privileged Architecture 1.13, 20.3.2: x0 as rs1 is every address, as rs2 every ASID. */
TEST(fences_of_its_own_address_space) {
    static const struct {
        uint64_t function, start, size, asid;
        const char *instructions;
    } fences[] = {
        {0, 0x1000, 0x2000, 7, "fence.i"},
        {FENCE_VVMA, 0x5000, 0x2000, 7, "hfence.vvma 5000,x0; hfence.vvma 6000,x0"},
        {FENCE_VVMA, 0, 0x1000, 7, "hfence.vvma 0,x0"},
        {FENCE_VVMA, 0x5000, 0, 7, ""},
        {FENCE_VVMA, 0, FENCE_ALL, 7, "hfence.vvma x0,x0"},
        {FENCE_VVMA_ASID, 0x5000, 0x2000, 7, "hfence.vvma 5000,7; hfence.vvma 6000,7"},
        {FENCE_VVMA_ASID, 0xffffffffffffe000, 0x1000, 0, "hfence.vvma ffffffffffffe000,0"},
        {FENCE_VVMA_ASID, 0, FENCE_ALL, 0xffff, "hfence.vvma x0,ffff"},
    };

    for (unsigned i = 0; i < COUNT_OF(fences); i++) {
        (void)recorded();
        guest_fence(fences[i].function, fences[i].start, fences[i].size, fences[i].asid);
        ASSERT_RECORDED(fences[i].instructions);
    }
}

TEST(registers_are_the_frames) {
    assert_null(arch_vcpu_register(vcpu, 0));
    for (uint32_t n = 1; n < 32; n++)
        assert_ptr_equal(arch_vcpu_register(vcpu, n), &link_frame.x[n]);
    assert_null(arch_vcpu_register(vcpu, 32));
    vcpu->arch.trapped_size = 2;
    arch_vcpu_skip(vcpu);
    assert_int_equal(arch_vcpu_pc(vcpu), PC + 2);
}
