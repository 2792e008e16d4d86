/* SPDX-License-Identifier: Apache-2.0 */
/* The slow way of a trap: registers of machine.h in, and what becomes of the guest, or of all. */
#include "hypervisor/support.h"

#include "hypervisor/arch/arm64/native_hw.h"

#include "hypervisor/arch/arm64/fake_firmware.h"
#include "hypervisor/no_irq.h"
#include "hypervisor/small_system.h"
#include "trap/mmio.h"
#include "vm/control.h"

#define PC      UINT64_C(0x40101230)
#define VECTORS UINT64_C(0x40080000)
#define HVC     (UINT64_C(0x16) << 26 | IL)
#define SMC     (UINT64_C(0x17) << 26 | IL)
#define ABORT   (UINT64_C(0x24) << 26 | IL)
#define SERROR  (UINT64_C(0x2f) << 26 | IL)
#define LOAD    (ABORT | 1u << 24 | 2u << 22) /* of a word, into x0 */

static unsigned accesses;

static uint64_t count(struct vcpu *reader, uint64_t offset, unsigned size) {
    accesses++;
    return reader == this_cpu.vcpu && size == 4 ? offset : 0;
}

static const struct mmio_device counter = {.read = count};

static struct vcpu *const vcpu = &vm.vcpus[1];

BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    native_begin(4, 1);
    fake_firmware = (struct fake_firmware){0};
    vcpu->power = VCPU_ON;
    accesses = 0;
    vm.ranges[VM_CONSOLE] = (struct mmio_range){CONSOLE_AT, 0x1000, &counter, 0};
    arch_vcpu_attach(vcpu);
    memset(&link_frame, 0, sizeof(link_frame));
    set("vbar_el1", VECTORS);
    set("sctlr_el1", 1u << 23);
}

static void sync(uint64_t esr, uint64_t pstate) {
    set("esr_el2", esr);
    set("elr_el2", PC);
    set("spsr_el2", pstate);
    slow(SLOW_TRAP);
}

/* The preferred return address of HVC is behind it, of a trapped SMC it is SMC's own. */
TEST(an_immediate_is_undefined_where_it_stands) {
    static const uint32_t immediates[] = {1, 0xc, 0xf, 0x10, 0x4c, 0x8f, 0xffff};

    for (unsigned i = 0; i < COUNT_OF(immediates); i++) {
        begin();
        sync(HVC | immediates[i], 0xc05);
        assert_int_equal(get("elr_el1"), PC - 4);
        assert_int_equal(get("esr_el1"), IL);
        assert_int_equal(link_frame.pc, VECTORS + 0x200);
        begin();
        sync(SMC | immediates[i], 0xc05);
        assert_int_equal(get("elr_el1"), PC);
        assert_int_equal(get("spsr_el1"), 0xc05); /* not executed: BTYPE stays */
        assert_int_equal(link_frame.pc, VECTORS + 0x200);
        assert_int_equal(accesses, 0);
    }
}

static void settle(void *unused) {
    (void)unused;
    slow(SLOW_SETTLE);
}

static unsigned waits;

static void wake(void) {
    if (++waits == 3)
        control()->vms[LINUX].life = VM_POWER_OFF;
}

/* CPU_SUSPEND: while there is nothing to take; it does not keep a life from ending. */
TEST(a_suspended_vcpu_waits) {
    set("elr_el2", PC);
    vcpu->arch.suspended = true;
    machine.cores[1].control |= 2; /* UIE: more pend than fit */
    slow(SLOW_SETTLE);
    assert_false(vcpu->arch.suspended);
    assert_int_equal(link_frame.pc, PC);
    vcpu->arch.suspended = true;
    machine.cores[1].control = 1;
    waits = 0;
    host.on_wait = wake;
    host.waits_allowed = 3;
    vm.barrier.broken = 1; /* it meets nobody */
    assert_int_equal(host_run(settle, NULL), HOST_HALTED);
    assert_int_equal(waits, 3);
}

/* ICC_DIR_EL1 with what the guest likes: INTIDs that there aren't, or that are not active. */
TEST(a_deactivation_of_nothing_is_nothing) {
    static const uint64_t numbers[] = {0, 31, 32, 40, 1019, 1020, 1023, 0xffffff, UINT64_MAX};

    for (unsigned i = 0; i < COUNT_OF(numbers); i++) {
        link_frame.x[3] = numbers[i];
        sync(UINT64_C(0x18) << 26 | IL | 3u << 20 | 1u << 17 | 12u << 10 | 3u << 5 | 11u << 1, 5);
        assert_int_equal(link_frame.pc, PC + 4);
        assert_int_equal(get("esr_el1"), 0);
    }
}

/* A trapped MSR or MRS by name, of x3 or, as 31, of XZR; whether it was emulated. */
static bool sysreg(uint32_t name, uint64_t rt, uint64_t value) {
    begin();
    link_frame.x[3] = value;
    sync(UINT64_C(0x18) << 26 | IL | name | rt << 5, 5);
    return get("esr_el1") == 0 && link_frame.pc == PC + 4;
}

TEST(few_system_registers_are_there) {
    for (uint32_t rt = 3; rt <= 31; rt += 28) {
        for (unsigned op2 = 5; op2 <= 7; op2++) { /* ICC_SGI1R, ICC_ASGI1R, ICC_SGI0R */
            assert_true(sysreg(SYSREG(3, 0, 12, 11, op2), rt, 0));
            assert_false(sysreg(SYSREG(3, 0, 12, 11, op2) | SYSREG_READ, rt, 0));
        }
        assert_false(sysreg(SYSREG(3, 0, 12, 11, 1) | SYSREG_READ, rt, 0)); /* ICC_DIR */
        assert_true(sysreg(SYSREG(3, 0, 1, 0, 1), rt, 777));                /* ACTLR_EL1 */
        assert_int_equal(link_frame.x[3], 777);
        assert_true(sysreg(SYSREG(3, 0, 1, 0, 1) | SYSREG_READ, rt, 777));
        assert_int_equal(link_frame.x[3], rt == 31 ? 777 : 0);
        for (unsigned id = 0; id < 128; id++) {
            uint32_t name = SYSREG(3, 0, 0, id / 8, id % 8);

            assert_false(sysreg(name, rt, 777));
            assert_int_equal(sysreg(name | SYSREG_READ, rt, 777), id >= 8 && id < 64);
            assert_int_equal(link_frame.x[3] == 777, rt == 31 || id < 8 || id >= 64);
        }
    }
    assert_false(sysreg(SYSREG(3, 3, 0, 1, 0) | SYSREG_READ, 3, 0));
    assert_false(sysreg(SYSREG(3, 0, 1, 1, 1) | SYSREG_READ, 3, 0));
}

/* After an MMIO exit, HPFAR_EL2 still says where that was. */
TEST(a_permission_fault_is_no_access_to_the_last_device) {
    set("far_el2", 0x18);
    set("hpfar_el2", 0x9000 << 4);
    sync(LOAD | 0x07, 5);
    assert_int_equal(accesses, 1);
    assert_int_equal(link_frame.x[0], 0x18);
    assert_int_equal(link_frame.pc, PC + 4);
    set("far_el2", 0x40000018);
    sync(LOAD | 1u << 6 | 0x0f, 5);
    assert_int_equal(accesses, 1);
    assert_int_equal(get("esr_el1"), UINT64_C(0x25) << 26 | IL | 1u << 6 | 0x10);
    assert_int_equal(get("far_el1"), 0x40000018);
}

TEST(only_little_endian_a64_is_emulated) {
    static const struct {
        uint64_t pstate, sctlr;
        unsigned emulated;
    } cases[] = {{5, 0, 1},        {5, 1u << 25, 0}, {4, 1u << 25, 0}, {5, 1u << 24, 1}, /* EL1 */
                 {0, 1u << 25, 1}, {0, 1u << 24, 0}, {0, 0, 1},        {0x10, 0, 0}};    /* EL0 */

    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        begin();
        set("far_el2", 0x18);
        set("hpfar_el2", 0x9000 << 4);
        set("sctlr_el1", cases[i].sctlr);
        sync(LOAD | 0x07, cases[i].pstate);
        assert_int_equal(accesses, cases[i].emulated);
    }
}

static void serror(void *esr) {
    sync(*(const uint64_t *)esr, 5);
}

/* What stops: nothing but this VM (which then waits for its siblings), or, told first, all cores.
 */
static void fails(uint64_t esr, bool ras, bool everyone) {
    begin();
    vm.vcpu_count = 1; /* it meets nobody */
    this_cpu.vcpu = &vm.vcpus[0];
    arch_vcpu_attach(this_cpu.vcpu);
    set("id_aa64pfr0_el1", (uint64_t)ras << 28);
    assert_int_equal(host_run(serror, &esr), everyone ? HOST_HALTED : HOST_WAITED);
    assert_int_equal(atomic_load(&control()->halt), everyone);
    assert_int_equal(machine_irq(3, MACHINE_KICK)->pending, everyone); /* another VM's core */
    assert_int_equal(host.flushes, 1);
}

TEST(an_uncontained_serror_is_everyones) {
    /* AET, of DFSC 0x11: UC and what is reserved; UEU, UEO, UER and CE are contained. Erratum
     * 1349291: an uncontained error of Neoverse N1's may be told as UEU. */
    for (uint64_t aet = 0; aet < 8; aet++) {
        bool is = aet == 0 || aet == 4 || aet == 5 || aet == 7;

        fails(SERROR | aet << 10 | 0x11, true, is);
        assert_int_equal(trap_is_uncontained(SERROR | aet << 10 | 0x11, 0x413fd0c1),
                         is || aet == 1);
    }
    fails(SERROR | 1u << 24 | 1u << 10 | 0x11, true, true); /* IDS: who knows */
    fails(SERROR | 1u << 10, true, true);                   /* no other DFSC has an AET */
    assert_true(host_reported("vm linux: halting the system: vcpu 0 pc 0x40101230: an uncontained "
                              "SError, ESR 0xbe000400"));
    /* Without RAS there is nothing to read in it, and the VM that has the core has the error. */
    fails(SERROR | 0x11, false, false);
    fails(SERROR | 1u << 24 | 2, false, false);
}
