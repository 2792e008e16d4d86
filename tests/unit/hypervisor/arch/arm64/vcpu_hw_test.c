/* SPDX-License-Identifier: Apache-2.0 */
/* The registers behind a vCPU, written to machine.h; their bits by DDI 0487 D19.2. */
#include "hypervisor/support.h"

#include "hypervisor/arch/arm64/native_hw.h"

#include "hypervisor/arch/arm64/fake_firmware.h"
#include "hypervisor/no_irq.h"
#include "hypervisor/small_system.h"

#define VECTORS UINT64_C(0xffff800000080000)
#define FAR     UINT64_C(0xffff0000deadb000)
#define PC      UINT64_C(0xffff800000101234)

static struct vcpu *const vcpu = &vm.vcpus[1];

BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    native_begin(4, 1);
    vm.stage2 = phys(0x7f003000);
    memset(&link_frame, 0xee, sizeof(link_frame));
    set("id_aa64mmfr0_el1", 2);
    arch_vcpu_attach(vcpu);
    link_frame.pc = PC;
    set("vbar_el1", VECTORS);
}

TEST(its_stage_2_and_identity) {
    /* Root and VMID, the VM's own: 0 is nobody's. */
    assert_int_equal(get("vttbr_el2"), 0x7f003000 | UINT64_C(1) << 48);
    vm.index = 5;
    arch_vcpu_attach(vcpu);
    assert_int_equal(get("vttbr_el2") >> 48, 6);
    assert_int_equal(get("vmpidr_el2"), 0x80000001); /* affinity 0.0.0.1 */
    assert_int_equal(get("hcr_el2"), controls_hcr());
    assert_true(host.guest_tlb_flushes > 0);
}

TEST(translation_is_as_wide_as_the_core) {
    static const struct {
        uint64_t range, size, field;
    } cores[] = {{0, 32, 0}, {1, 36, 1}, {2, 39, 2}, {5, 39, 5}, {6, 39, 5}};

    for (unsigned i = 0; i < COUNT_OF(cores); i++) {
        set("id_aa64mmfr0_el1", cores[i].range);
        arch_vcpu_attach(vcpu);
        assert_int_equal(get("vtcr_el2") & 0x3f, 64 - cores[i].size);
        assert_int_equal(get("vtcr_el2") >> 16 & 7, cores[i].field); /* PS: 48 bits at most */
        /* SL0 1 (level 1), write-back both, inner shareable, 4 KiB, RES1. */
        assert_int_equal(get("vtcr_el2") & ~UINT64_C(0x7003f), 0x80003540);
    }
}

static bool inject_abort(uint64_t code, uint64_t address) {
    struct trap trap;

    trap_decode(&trap, code, address, 0, 5, 0);
    return arch_inject_abort(vcpu, &trap);
}

#define DATA  (0x24u << 26 | IL | 7)
#define FETCH (0x20u << 26 | IL | 7)
#define WNR   (1u << 6)
#define SPAN  (1u << 23)
#define EL1H  UINT64_C(0x600003c5) /* with flags */

/* What trap_test.c knows in full, by the guest's own registers. */
TEST(exceptions_are_injected) {
    static const struct {
        uint64_t code, from, sctlr, mmfr1, pfr1; /* 0: an instruction that is undefined */
        uint64_t esr, vector, pstate;
    } cases[] = {
        {DATA | WNR, EL1H, SPAN, 0, 0, 0x25u << 26 | IL | WNR | 0x10, 0x200, EL1H},
        {FETCH, EL1H, SPAN, 0, 0, 0x21u << 26 | IL | 0x10, 0x200, EL1H},
        {DATA, 0x80000000, 0, 1u << 20, 0, 0x24u << 26 | IL | 0x10, 0x400, /* EL0, PAN */
         0x80000000 | 1u << 22 | 0x3c5},
        {0, EL1H, SPAN, 0, 0, IL, 0x200, EL1H},
        {0, EL1H, SPAN | UINT64_C(1) << 44, 0, 1u << 4, IL, 0x200, EL1H | 1u << 12}, /* SSBS */
    };

    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        begin();
        link_frame.pstate = cases[i].from;
        set("far_el1", 42);
        set("sctlr_el1", cases[i].sctlr);
        set("id_aa64mmfr1_el1", cases[i].mmfr1);
        set("id_aa64pfr1_el1", cases[i].pfr1);
        if (cases[i].code == 0)
            arch_inject_undefined(vcpu);
        else
            assert_true(inject_abort(cases[i].code, FAR));
        assert_int_equal(get("far_el1"), cases[i].code == 0 ? 42 : FAR);
        assert_int_equal(get("elr_el1"), PC);
        assert_int_equal(get("spsr_el1"), cases[i].from);
        assert_int_equal(get("esr_el1"), cases[i].esr);
        assert_int_equal(arch_vcpu_pc(vcpu), VECTORS + cases[i].vector);
        assert_int_equal(link_frame.pstate, cases[i].pstate);
    }
}

TEST(a_vector_that_cannot_be_fetched_is_the_end) {
    static const uint64_t offsets[] = {0, 0x200, 0x7ff};

    for (unsigned i = 0; i < COUNT_OF(offsets); i++)
        assert_false(inject_abort(FETCH, VECTORS + offsets[i]));
    assert_int_equal(arch_vcpu_pc(vcpu), PC);
    assert_true(inject_abort(DATA, VECTORS + 0x200)); /* data there can be missing */
    assert_true(inject_abort(FETCH, VECTORS + 0x800));
    assert_true(inject_abort(FETCH, VECTORS - 4));
}

TEST(registers_are_the_frames) {
    for (uint32_t n = 0; n < 31; n++)
        assert_ptr_equal(arch_vcpu_register(vcpu, n), &link_frame.x[n]);
    assert_null(arch_vcpu_register(vcpu, 31));
    arch_vcpu_skip(vcpu);
    assert_int_equal(arch_vcpu_pc(vcpu), PC + 4);
    vm.clock_offset = 12345;
    vcpu->work = 0;
    arch_vcpu_set_entry(vcpu, GUEST_MEMORY, 0x77);
    assert_int_equal(arch_vcpu_pc(vcpu), GUEST_MEMORY);
    assert_int_equal(link_frame.x[0], 0x77);
    assert_int_equal(get("cntvoff_el2"), 12345);
    assert_int_equal(vcpu->work, VGIC_FILL); /* what waits goes in before its guest does */
}

TEST(a_reset_leaves_nothing) {
    static const struct {
        const char *name;
        uint64_t before, value;
    } after[] = {
        {"ICH_VMCR_EL2", UINT64_MAX, 0},
        {"ICH_AP1R0_EL2", UINT64_MAX, 0},
        {"pmcntenclr_el0", 0, UINT32_MAX},
        {"pmcr_el0", 6u << 11 | 1, 6}, /* off, and the counters to zero */
        {"pmselr_el0", 3, 0},
        {"osdlr_el1", 1, 0},
        {"oslar_el1", 0, 1},
        {"mdccint_el1", 3u << 29, 0},
        {"dbgclaimclr_el1", 0, 0xff},
        {"ICC_SRE_EL1", 0, 7},
    };

    machine_irq(1, 27)->active = machine_irq(1, 30)->active = machine_irq(1, 23)->active = true;
    machine_irq(1, 27)->pending = true;
    vcpu->arch.vgic->privates.latched = vcpu->arch.vgic->privates.active = 1u << 27 | 1u << 5;
    vcpu->arch.vgic->privates.holder[5] = 1;
    machine.cores[1].lists[2] = UINT64_C(3) << 62;
    for (unsigned i = 0; i < COUNT_OF(after); i++)
        set(after[i].name, after[i].before);
    set("id_aa64dfr0_el1", 5u << 8 | 5u << 12 | 3u << 20);
    memset(machine.event_types, 0xff, sizeof(machine.event_types));
    host.guest_tlb_flushes = 0;
    recorded();
    arch_vcpu_reset(vcpu);
    assert_non_null(strstr(recorded(), "debug 6 4")); /* breakpoints and watchpoints */
    for (uint32_t n = 0; n < 31; n++)
        assert_int_equal(link_frame.x[n], 0);
    assert_int_equal(link_frame.pc, 0);
    assert_int_equal(link_frame.pstate, 0x3c5);     /* EL1h, all masked */
    assert_int_equal(get("sctlr_el1") & 0x1005, 0); /* no MMU, no caches */
    for (unsigned i = 0; i < COUNT_OF(after); i++)
        assert_int_equal(get(after[i].name), after[i].value);
    assert_int_equal(machine.cores[1].control, 1);
    assert_int_equal(machine.cores[1].lists[2], 0);
    assert_false(machine_irq(1, 27)->active || machine_irq(1, 30)->active);
    assert_false(machine_irq(1, 27)->pending); /* a timer's is gone here and there; an SGI waits */
    assert_int_equal(vcpu->arch.vgic->privates.latched, 1u << 5);
    assert_int_equal(vcpu->arch.vgic->privates.active, 1u << 5);
    assert_int_equal(vcpu->arch.vgic->privates.taken[5], VGIC_NOT_RUNNING);
    assert_false(machine_irq(1, 23)->active);
    for (unsigned i = 0; i < 32; i++)
        assert_int_equal(machine.event_types[i], i < 6 ? 0 : UINT64_MAX);
    assert_int_equal(host.guest_tlb_flushes, 1);
    /* A core without a PMU has none of its registers; without its interrupt SGI 0 is no device's.
     */
    begin();
    small.table.board.pmu_irq = 0;
    memset(&vm.arch, 0, sizeof(vm.arch));
    arch_vm_create(&vm, &small.system);
    assert_int_equal(vm.arch.vgic.guest_number[0], 0);
    assert_int_equal(vm.arch.vgic.cpus[0].privates.linked & 1, 0);
    machine_irq(1, 0)->active = true;
    set("id_aa64dfr0_el1", 0xfu << 8);
    arch_vcpu_reset(vcpu);
    assert_int_equal(get("pmcntenclr_el0"), 0);
    assert_true(machine_irq(1, 0)->active);
}

/* SMCCC_ARCH_WORKAROUND_2 is the core's state, not the VM's: a new life finds it on. */
TEST(a_reset_switches_the_mitigation_on) {
    fake_firmware = (struct fake_firmware){.answer = {(uint64_t)-1}};
    arch_vcpu_reset(vcpu);
    assert_int_equal(fake_firmware.calls, 1);
    ASSERT_EACH(fake_firmware.asked, 0x80007fff, 1);
}

TEST(a_vm_has_its_devices_interrupts) {
    struct vgic *vgic = &vm.arch.vgic;
    const struct vgic_word *shared = vgic_word(vgic, 0, 32);

    assert_int_equal(vgic->cpus[1].lists, 4);
    assert_int_equal(vgic->cpus[0].lists, 0); /* each core says it for itself */
    machine.list_count = 2;
    arch_vcpu_attach(vcpu);
    assert_int_equal(vgic->cpus[1].lists, 2);
    assert_ptr_equal(vcpu->arch.vgic, &vgic->cpus[1]);
    for (uint32_t n = 0; n < COUNT_OF(vgic->guest_number); n++) /* not the hypervisor's own 33 */
        assert_int_equal(vgic->guest_number[n], n == 48                                    ? 40
                                                : n == 23 || n == 27 || n == 30 || n == 34 ? n
                                                                                           : 0);
    for (uint32_t v = 0; v < LINUX_VCPUS; v++) {
        assert_int_equal(vgic->cpus[v].privates.owned, UINT32_MAX);
        assert_int_equal(vgic->cpus[v].privates.linked, 1u << 23 | 1u << 27 | 1u << 30);
        assert_int_equal(vgic->cpus[v].privates.phys[27], 27);
    }
    assert_int_equal(shared->owned, 1u << 1 | 1u << 2 | 1u << 8);
    assert_int_equal(shared->linked, 1u << 2 | 1u << 8);
    assert_int_equal(shared->edge, 1u << 8);
    assert_int_equal(shared->phys[40 - 32], 48);
    assert_int_equal(vgic->words, 2);
}

TEST(a_vms_reset_quiets_its_devices_only) {
    for (uint32_t n = 32; n < 64; n++)
        *machine_irq(0, n) =
            (struct machine_irq){.enabled = true, .pending = true, .active = true, .cpu = 2};
    arch_interrupts_off(&vm.vcpus[1]); /* not its task */
    assert_true(machine_irq(0, 34)->enabled && machine_irq(0, 48)->enabled);
    recorded();
    arch_interrupts_off(&vm.vcpus[0]);
    ASSERT_RECORDED("disable 34; disable 48; gic wait"); /* and none comes when vCPUs are reset */
    arch_vm_reset(&vm);
    for (uint32_t n = 32; n < 64; n++) {
        const struct machine_irq *irq = machine_irq(0, n);
        bool own = n == 34 || n == 48;

        assert_int_equal(irq->enabled, !own);
        assert_int_equal(irq->active, !own);
        assert_int_equal(irq->pending, !own);
        assert_int_equal(irq->cpu, own ? 0 : 2);
    }
}

static bool pending(void) {
    return vgic_pending(vgic_word(&vm.arch.vgic, 0, CONSOLE_IRQ)) != 0;
}

TEST(a_line_is_told_to_whom_it_concerns) {
    struct vgic_word *word = vgic_word(&vm.arch.vgic, 0, CONSOLE_IRQ);

    word->route[CONSOLE_IRQ - 32] = 2;
    arch_interrupt_set_level(&vm, CONSOLE_IRQ, true);
    assert_true(pending());
    assert_true(machine_irq(2, MACHINE_KICK)->pending);
    assert_int_equal(vm.vcpus[2].work, VGIC_FILL);
    machine.kicks = 0;
    vm.vcpus[2].work = 0;
    arch_interrupt_set_level(&vm, CONSOLE_IRQ, true); /* the same again is no change */
    assert_int_equal(machine.kicks, 0);
    arch_interrupt_set_level(&vm, CONSOLE_IRQ, false); /* nobody has it yet: nothing to take back */
    assert_false(pending());
    assert_int_equal(machine.kicks, 0);
    /* An edge stays although the line falls. */
    word->edge |= vgic_bit(CONSOLE_IRQ);
    arch_interrupt_set_level(&vm, CONSOLE_IRQ, true);
    arch_interrupt_set_level(&vm, CONSOLE_IRQ, false);
    assert_true(pending());
    /* Its own core needs no kick. */
    word->route[CONSOLE_IRQ - 32] = 1;
    machine.kicks = 0;
    arch_interrupt_set_level(&vm, CONSOLE_IRQ, true);
    assert_int_equal(machine.kicks, 0);
    assert_int_equal(vm.vcpus[1].work, VGIC_FILL);
}

/* Read, written back empty, and synchronized before anything asks which ones are. */
TEST(a_reset_folds_first_and_then_empties_all) {
    const char *order;

    recorded();
    vgic_cpu_reset(vcpu);
    order = recorded();
    assert_non_null(strstr(order, "lr0=0x0; lr1=0x0; lr2=0x0; lr3=0x0; ICH_AP0R0_EL2=0x0; "
                                  "ICH_AP1R0_EL2=0x0; ICH_VMCR_EL2=0x0; ICH_HCR_EL2=0x1; isb"));
}
