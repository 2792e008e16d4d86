/* SPDX-License-Identifier: Apache-2.0 */
/* The fast paths: what they do with each physical interrupt, SGI and trap, and when they give up.
 */
#include "hypervisor/support.h"

#include "hypervisor/arch/arm64/native_guest.h"

#include "hypervisor/small_system.h"
#include "vm/alarm.h"
#include "vm/control.h"

#define GROUPR    0x080u
#define SENABLER  0x100u
#define SPENDR    0x200u
#define PRIORITYR 0x400u
#define ROUTER    0x6000u

/* The device's edge: 40 to the guest, 48 to the machine. */
#define EDGE     40u
#define EDGE_BIT (1u << (EDGE - 32))

static unsigned console_calls, timer_calls;

void irq_handle_console(struct vcpu *vcpu) {
    console_calls += vcpu == this_cpu.vcpu ? 1 : 0;
}

void alarm_console(struct vcpu *vcpu) {
    timer_calls += vcpu == this_cpu.vcpu ? 1 : 0;
}

static struct vcpu *const vcpu = &vm.vcpus[0];
static uint64_t *const lists = machine.cores[0].lists;

/* All private ones are on, in group 1; no shared one is. */
BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    native_run(4);
    for (uint32_t v = 0; v < LINUX_VCPUS; v++) {
        guest_write(privates(v, GROUPR), 4, UINT32_MAX);
        guest_write(privates(v, SENABLER), 4, UINT32_MAX);
    }
    guest_write(GROUPR + 4, 4, UINT32_MAX);
    guest_write(0, 4, 3);
    settle_all();
    memset(vcpu->exits, 0, sizeof(vcpu->exits));
    memset(&link_frame, 0xee, sizeof(link_frame));
    console_calls = timer_calls = 0;
    recorded();
}

/* A device's, or a timer's: levels but for the edge, and the hypervisor's own. */
static bool is_level(uint32_t number) {
    return number == 23 || number == 27 || number == 30 || number == 34;
}

static void fire(uint32_t number) {
    struct machine_irq *irq = machine_irq(machine.cpu, number);

    irq->enabled = true;
    irq->line = is_level(number);
    irq->pending = !irq->line;
}

/* It fires, and needs no more than the fast path. */
static void take(uint32_t number) {
    fire(number);
    assert_false(fast_irq());
}

/* The guest takes it, sees to the device and ends it. */
static void handle(uint32_t core, uint32_t number) {
    assert_int_equal(machine_guest_take(core, NULL), number);
    if (is_level(number))
        machine_irq(core, number)->line = false;
    machine_guest_end(core);
}

/* Exactly this cause is counted. */
static void counted(enum exit_cause cause) {
    for (uint32_t i = 0; i < EXIT_CAUSES; i++)
        assert_int_equal(vcpu->exits[i], i == cause);
}

/* How often the VM's lock has been taken. */
static uint32_t locked(void) {
    return vm.arch.vgic.lock.next;
}

/*
 * It stays active until the guest ends it. First by the books; then one test, one drop, one list
 * write, in this order: the same word again, without a lock.
 */
TEST(what_is_the_guests_comes_and_comes_again) {
    static const struct {
        uint32_t phys, number;
        enum exit_cause cause;
    } cases[] = {
        {27, 27, EXIT_TIMER}, {30, 30, EXIT_TIMER}, {23, 23, EXIT_TIMER}, {48, EDGE, EXIT_DEVICE}};

    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        char expected[160] = "";
        uint32_t locks = 0;

        begin();
        guest_write(SENABLER + 4, 4, EDGE_BIT);
        for (unsigned n = 0; n < 4; n++) {
            take(cases[i].phys);
            if (n > 0)
                ASSERT_RECORDED(expected);
            assert_int_equal(locked() - locks, n > 0 ? 0 : locked());
            assert_true(machine_irq(0, cases[i].phys)->active);
            assert_null(machine_broken());
            snprintf(expected, sizeof(expected),
                     "ICC_IAR1_EL1; dsb sy; ICC_EOIR1_EL1=0x%x; ICH_ELRSR_EL2; lr0=0x%llx",
                     cases[i].phys, (unsigned long long)lists[0]);
            handle(0, cases[i].number);
            assert_false(machine_irq(0, cases[i].phys)->active);
            locks = locked();
            recorded();
        }
        assert_int_equal(vcpu->exits[cases[i].cause], 4);
        assert_int_equal(machine.stray_ends + machine.lost_ends + machine.bad_drops, 0);
    }
}

/* The acknowledge is observed before memory is looked at, the drop comes before the list write. */
TEST(what_comes_first_is_loaded_at_once) {
    take(27);
    ASSERT_RECORDED("ICC_IAR1_EL1; dsb sy; ICC_EOIR1_EL1=0x1b; ICH_ELRSR_EL2; "
                    "lr0=0x7000001b0000001b; isb");
}

/* Else a sender's SGI, or what a device did before it fired, might be looked for too early. */
TEST(nothing_happens_before_the_acknowledge_is_observed) {
    static const uint32_t numbers[] = {
        MACHINE_KICK, MACHINE_MAINTENANCE, 26, MACHINE_TIMER, 33, 48, 77, 30};

    for (unsigned i = 0; i < COUNT_OF(numbers); i++) {
        fire(numbers[i]);
        fast_irq();
        assert_int_equal(machine.hasty + machine.bad_drops, 0);
    }
}

static uint64_t syndrome(unsigned op2, unsigned reg, unsigned read) {
    return UINT64_C(0x18) << 26 | IL | 3u << 20 | op2 << 17 | 12u << 10 | reg << 5 | 11u << 1 |
           read;
}

#define SGI1R 5u
#define SGI0R 7u

#define EL1H  0x600003c5u
#define STEP  (1u << 21)
#define BTYPE (3u << 10)

static enum slow_path trap(uint64_t esr, uint64_t pstate) {
    set("esr_el2", esr);
    set("elr_el2", 0x40001000);
    set("spsr_el2", pstate);
    return fast_sync(&link_frame);
}

/* vCPU `sender` writes it to ICC_SGI<n>R_EL1. */
static void send(uint32_t sender, unsigned op2, uint64_t value) {
    enum slow_path path;

    on_core(sender);
    link_frame.x[2] = value;
    path = trap(syndrome(op2, 2, 0), EL1H);
    if (path != SLOW_NOTHING)
        slow(path);
    on_core(0);
}

/* The second time their own list registers take them, without a lock. */
TEST(a_kick_brings_sgis) {
    uint32_t locks = 0;

    for (unsigned i = 0; i < 2; i++) {
        send(1, SGI1R, 3u << 24 | 1);
        send(2, SGI1R, 9u << 24 | 1);
        locks = locked();
        recorded();
        assert_false(fast_irq());
        handle(0, 3);
        handle(0, 9);
        assert_int_equal(vcpu->exits[EXIT_KICK], i + 1);
        assert_false(machine_irq(0, MACHINE_KICK)->active);
    }
    ASSERT_RECORDED("ICC_IAR1_EL1; dsb sy; ICC_EOIR1_EL1=0x0; ICH_ELRSR_EL2; "
                    "lr0=0x5000000000000003; isb; ICH_ELRSR_EL2; "
                    "lr1=0x5000000000000009; isb; ICC_DIR_EL1=0x0");
    assert_int_equal(locked(), locks);
}

/* Those that vectors.S has saved, by make/hypervisor.mk: no others may be looked at. */
#define SAVED 10u

TEST(an_sgi_is_sent_from_each_saved_register) {
    for (unsigned reg = 0; reg < 32; reg++) {
        bool saved = reg < SAVED;

        begin();
        link_frame.x[reg % 31] = 7u << 24 | 0x6;
        assert_int_equal(trap(syndrome(SGI1R, reg, 0), EL1H | STEP | BTYPE),
                         saved ? SLOW_NOTHING : SLOW_TRAP);
        assert_int_equal(vcpu->exits[EXIT_SGI], saved);
        assert_int_equal(get("elr_el2"), saved ? 0x40001004 : 0x40001000);
        /* The instruction has completed: its step is over, and it was no branch. */
        assert_int_equal(get("spsr_el2"), saved ? EL1H : EL1H | STEP | BTYPE);
        for (uint32_t v = 0; v < MACHINE_CORES; v++)
            assert_int_equal(machine_irq(v, MACHINE_KICK)->pending, saved && (v == 1 || v == 2));
        settle_all();
        for (uint32_t v = 1; v < LINUX_VCPUS; v++)
            assert_int_equal(machine_guest_take(v, NULL), saved ? 7 : MACHINE_NONE);
    }
}

TEST(sgis_find_their_targets) {
    static const struct {
        uint64_t value;
        uint32_t targets;
    } cases[] = {
        {0x5, 0x5},
        {UINT64_C(15) << 24 | 0xffff, 0x7}, /* only there are three */
        {0x2, 0x2},                         /* itself */
        {0, 0},
        {UINT64_C(1) << 40, 0x5}, /* all but itself */
        {UINT64_C(1) << 40 | 0x2 | UINT64_C(1) << 16, 0x5},
        /* RES0 bits don't matter. */
        {UINT64_C(0xff) << 56 | UINT64_C(7) << 41 | UINT64_C(0xf) << 28 | 1, 1},
    };
    /* Other clusters, and other ranges of 16, are empty. */
    static const unsigned others[] = {16, 23, 32, 39, 44, 47, 48, 55};

    for (unsigned i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(sgi_targets(&vm.vcpus[1], cases[i].value), cases[i].targets);
    for (unsigned i = 0; i < COUNT_OF(others); i++)
        assert_int_equal(sgi_targets(&vm.vcpus[1], UINT64_C(1) << others[i] | 1), 0);
}

TEST(an_sgi_to_itself_is_there_at_once) {
    link_frame.x[2] = 4u << 24 | 0x1;
    assert_false(trap(syndrome(SGI1R, 2, 0), EL1H));
    assert_int_equal(machine_guest_take(0, NULL), 4);
    assert_false(trap(syndrome(SGI1R, 2, 0), EL1H)); /* also behind itself */
    machine_guest_end(0);
    handle(0, 4);
}

/* More waits than fits: what comes then, less urgent, must not take a place before it. */
TEST(a_waiting_one_is_not_overtaken) {
    for (uint32_t n = 0; n < 8; n++)
        guest_write(privates(0, PRIORITYR + n), 1, 0x10 + 0x10 * n);
    for (uint32_t n = 0; n < 5; n++) /* 4 waits */
        guest_write(privates(0, SPENDR), 4, 1u << n);
    settle(0);
    handle(0, 0);
    send(1, SGI1R, 5u << 24 | 1);
    settle(0);
    handle(0, 1);
    send(1, SGI1R, 6u << 24 | 1);
    settle(0);
    for (uint32_t n = 2; n < 7; n++) {
        handle(0, n);
        settle(0);
    }
}

TEST(work_is_done_before_the_guest_goes_on) {
    vcpu->work = VCPU_SETTLE;
    assert_int_equal(fast_irq(), SLOW_SETTLE); /* a spurious one */
    fire(MACHINE_KICK);
    assert_int_equal(fast_irq(), SLOW_SETTLE);
    for (unsigned i = 0; i < 2; i++) { /* the short way, too */
        fire(27);
        assert_int_equal(fast_irq(), SLOW_SETTLE);
        handle(0, 27);
    }
    link_frame.x[2] = 0;
    assert_int_equal(trap(syndrome(SGI1R, 2, 0), EL1H), SLOW_SETTLE);
    vcpu->work = VGIC_FOLD | VGIC_FILL;
    assert_false(fast_irq());
    assert_int_equal(vcpu->work, 0);
}

TEST(who_is_called_looks_at_its_vms_life) {
    atomic_store(&vm.shared->life, VM_HALT);
    fire(MACHINE_KICK);
    assert_int_equal(fast_irq(), SLOW_SETTLE);
}

/* The guest has ended a level whose line is still high. */
TEST(maintenance_fills_the_list_registers) {
    guest_write(SENABLER + 4, 4, 1u << (CONSOLE_IRQ - 32));
    arch_interrupt_set_level(&vm, CONSOLE_IRQ, true);
    settle(0);
    handle(0, CONSOLE_IRQ);
    assert_int_equal(machine_pending(0), MACHINE_MAINTENANCE);
    assert_false(fast_irq());
    counted(EXIT_MAINTENANCE);
    assert_int_equal(machine_pending(0), MACHINE_NONE); /* deactivated, and its line is low */
    assert_false(machine_irq(0, MACHINE_MAINTENANCE)->active);
    arch_interrupt_set_level(&vm, CONSOLE_IRQ, false);
    settle(0);
    assert_int_equal(machine_guest_take(0, NULL), MACHINE_NONE);
}

TEST(the_hypervisors_own_are_handled_and_deactivated) {
    host.clock = 5;
    alarm_set(ALARM_CONSOLE, 1);
    set("cnthp_ctl_el2", 1);
    take(26);
    assert_int_equal(timer_calls, 1);
    assert_int_equal(get("cnthp_ctl_el2"), 0); /* one shot */
    take(33);
    assert_int_equal(console_calls, 1);
    assert_int_equal(vcpu->exits[EXIT_CONSOLE], 2);
    assert_false(machine_irq(0, 26)->active || machine_irq(0, 33)->active);
    assert_int_equal(machine.bad_drops, 0);
}

TEST(nobodys_is_switched_off) {
    take(77);
    counted(EXIT_OTHER);
    assert_false(machine_irq(0, 77)->enabled || machine_irq(0, 77)->active);
    assert_int_equal(lists[0], 0);
}

TEST(nothing_pending_is_nothing) {
    assert_false(fast_irq());
    counted(EXIT_CAUSES);
    ASSERT_RECORDED("ICC_IAR1_EL1; dsb sy");
}

TEST(what_wakes_a_suspended_vcpu) {
    assert_false(vgic_lists_pending(vcpu));
    take(MACHINE_TIMER);
    assert_true(vgic_lists_pending(vcpu));
    machine_guest_take(0, NULL); /* active: being handled */
    assert_false(vgic_lists_pending(vcpu));
    machine.cores[0].control |= 2; /* UIE: there are more than fit */
    assert_true(vgic_lists_pending(vcpu));
}

/* The machine's core of an off vCPU takes it; it stays pending until that one is started. */
TEST(what_fires_for_an_off_vcpu_waits_for_it) {
    vm.vcpus[2].power = VCPU_OFF;
    guest_write(SENABLER + 4, 4, EDGE_BIT);
    guest_write(ROUTER + 8 * EDGE, 8, 2);
    fire(48);
    settle(2);
    assert_int_equal(machine_copies(0, EDGE), 0);
    assert_true((guest_read(SPENDR + 4, 4) & EDGE_BIT) != 0);
    vm.vcpus[2].power = VCPU_ON;
    on_core(2);
    arch_vcpu_reset(&vm.vcpus[2]);
    arch_vcpu_set_entry(&vm.vcpus[2], 0, 0);
    settle(2);
    machine_guest_open(2);
    handle(2, EDGE);
}

#define AT  (GUEST_GICD + PRIORITYR + EDGE)
#define ISV (UINT64_C(1) << 24)
#define FSC 7u

static enum slow_path access_at(uint64_t at, unsigned size, unsigned reg, uint64_t more,
                                uint64_t pstate) {
    set("far_el2", UINT64_C(0xffff800000000000) | (at & 0xfff));
    set("hpfar_el2", at >> 12 << 4);
    return trap(UINT64_C(0x24) << 26 | IL | ISV | (uint64_t)size << 22 | reg << 16 | more, pstate);
}

TEST(an_emulated_register_is_read_and_written_from_each_saved_register) {
    for (unsigned reg = 0; reg < 32; reg++) {
        bool saved = reg < SAVED;

        begin();
        link_frame.x[reg % 31] = UINT64_C(0xffffffffffffff60);
        assert_int_equal(access_at(AT, 0, reg, FSC | ISS_WNR, EL1H),
                         saved ? SLOW_NOTHING : SLOW_TRAP);
        assert_int_equal(vcpu->exits[EXIT_MMIO], saved);
        assert_int_equal(get("elr_el2"), saved ? 0x40001004 : 0x40001000);
        assert_int_equal(guest_read(PRIORITYR + EDGE, 1), saved ? 0x60 : 0);
        guest_write(PRIORITYR + EDGE, 1, 0xa8);
        assert_int_equal(access_at(AT, 0, reg, FSC, EL1H), saved ? SLOW_NOTHING : SLOW_TRAP);
        for (unsigned n = 0; n < 31; n++) /* zero extended; and nothing else is written */
            assert_int_equal(link_frame.x[n], n != reg % 31 ? UINT64_C(0xeeeeeeeeeeeeeeee)
                                              : saved       ? 0xa8
                                                            : UINT64_C(0xffffffffffffff60));
    }
}

TEST(an_access_is_fast_where_nothing_is_special) {
    static const struct {
        uint64_t at, esr, pstate, sctlr;
        unsigned size;
        bool fast;
    } cases[] = {
        {GUEST_GICD + 4, FSC, EL1H, 0, 2, true},
        {GUEST_GICD + ROUTER + 8 * EDGE, 4, EL1H, 0, 3, true},
        {GUEST_GICR + 8, FSC, EL1H, 0, 3, true},
        {GUEST_GICD + 4, FSC, EL1H ^ 1, 0, 2, true}, /* EL1t */
        {GUEST_GICD + 4, FSC, EL1H, SCTLR_E0E, 2, true},
        {GUEST_GICD + 4, FSC, EL1H, SCTLR_EE, 2, false},
        {GUEST_GICD + 4, FSC, EL1H ^ 5, 0, 2, false}, /* EL0 */
        {GUEST_GICD + 4, FSC, 0x10, 0, 2, false},     /* AArch32: user, ... */
        {GUEST_GICD + 4, FSC, 0x13, 0, 2, false},     /* ... supervisor, ... */
        {GUEST_GICD + 4, FSC, 0x14, 0, 2, false},     /* ... and what would be EL1 */
        {GUEST_GICD + 4, FSC, EL1H | STEP, 0, 2, false},
        {GUEST_GICD + 4, FSC, EL1H | BTYPE, 0, 2, false},
        {GUEST_GICD + 4, FSC | ISS_SSE, EL1H, 0, 2, false},
        {GUEST_GICD + 4, FSC | ISS_CM, EL1H, 0, 2, false},
        {GUEST_GICD + 4, FSC | ISS_S1PTW, EL1H, 0, 2, false},
        {GUEST_GICD + 4, FSC | ISS_FNV, EL1H, 0, 2, false},
        {GUEST_GICD + 4, 0x0f, EL1H, 0, 2, false}, /* a permission fault */
        {GUEST_GICD + 4, 0x10, EL1H, 0, 2, false}, /* an external abort */
        {GUEST_GICD + 2, FSC, EL1H, 0, 2, false},  /* unaligned */
        {GUEST_GICD - 4, FSC, EL1H, 0, 2, false},  /* nothing there */
    };

    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        begin();
        set("sctlr_el1", cases[i].sctlr);
        if (access_at(cases[i].at, cases[i].size, 1, cases[i].esr, cases[i].pstate) !=
            (cases[i].fast ? SLOW_NOTHING : SLOW_TRAP))
            fail_msg("case %u", i);
        assert_int_equal(vcpu->exits[EXIT_MMIO], cases[i].fast);
        assert_int_equal(get("elr_el2"), 0x40001000 + (cases[i].fast ? 4 : 0));
        assert_int_equal(get("spsr_el2"), cases[i].pstate);
    }
}

#define HVC (UINT64_C(0x16) << 26 | IL)
#define SMC (UINT64_C(0x17) << 26 | IL)

/* HVC returns behind itself; a trapped SMC has to be moved on from. */
TEST(calls_are_made_on_the_fast_path) {
    static const struct {
        uint64_t esr;
        uint32_t function, answer;
        enum slow_path path;
    } cases[] = {
        {HVC, 0x84000000, 0x10001, SLOW_NOTHING}, /* PSCI_VERSION */
        {SMC, 0x84000000, 0x10001, SLOW_NOTHING},
        {HVC, 0x8400ffff, UINT32_MAX, SLOW_NOTHING}, /* nothing's */
        {HVC | 1, 0x84000000, 0x84000000, SLOW_TRAP},
        {SMC | 0x8000, 0x84000000, 0x84000000, SLOW_TRAP},
        {HVC ^ IL, 0x84000000, 0x84000000, SLOW_TRAP},
        {HVC, 0x84000001, 0, SLOW_SETTLE}, /* CPU_SUSPEND, CPU_OFF, SYSTEM_OFF and _RESET */
        {HVC, 0x84000002, 0, SLOW_SETTLE},
        {SMC, 0x84000008, 0, SLOW_SETTLE},
        {SMC, 0x84000009, 0, SLOW_SETTLE},
    };

    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        bool made = cases[i].path != SLOW_TRAP, moved = made && cases[i].esr == SMC;

        begin();
        memset(&link_frame.x[1], 0, 3 * sizeof(link_frame.x[0]));
        link_frame.x[0] = cases[i].function;
        if (trap(cases[i].esr, EL1H | STEP | BTYPE) != cases[i].path)
            fail_msg("case %u", i);
        assert_int_equal((uint32_t)link_frame.x[0], cases[i].answer);
        assert_int_equal(vcpu->exits[EXIT_HYPERCALL], made);
        assert_int_equal(get("elr_el2"), moved ? 0x40001004 : 0x40001000);
        assert_int_equal(get("spsr_el2"), moved ? EL1H : EL1H | STEP | BTYPE);
        for (unsigned n = 4; n < 31; n++)
            assert_int_equal(link_frame.x[n], UINT64_C(0xeeeeeeeeeeeeeeee));
    }
}

TEST(all_else_takes_the_slow_path) {
    static const uint64_t slow[] = {
        UINT64_C(0x00) << 26 | IL,     /* unknown */
        UINT64_C(0x12) << 26 | IL,     /* HVC of AArch32 */
        UINT64_C(0x20) << 26 | IL,     /* a fetch */
        UINT64_C(0x24) << 26 | IL | 7, /* a data abort that tells no more */
        UINT64_C(0x25) << 26 | IL | ISV | 7, UINT64_C(0x3f) << 26,
    };

    for (unsigned i = 0; i < COUNT_OF(slow); i++)
        assert_int_equal(trap(slow[i], EL1H), SLOW_TRAP);
    assert_int_equal(trap(syndrome(SGI1R, 2, 1), EL1H), SLOW_TRAP); /* a read */
    assert_int_equal(trap(syndrome(6, 2, 0), EL1H), SLOW_TRAP);     /* ICC_ASGI1R_EL1 */
    assert_int_equal(trap(syndrome(SGI0R, 2, 0), EL1H), SLOW_TRAP);
    counted(EXIT_CAUSES);
    assert_int_equal(get("elr_el2"), 0x40001000);
}
