/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of distributor and redistributors: IHI 0069, chapter 12. */
#include "hypervisor/support.h"

#include "hypervisor/arch/arm64/native_guest.h"
#include "hypervisor/no_irq.h"

#include "arch/trap.h"
#include "hypervisor/small_system.h"

#define VCPUS     LINUX_VCPUS
#define FRAME     0x10000u
#define CTLR      0x0000u
#define TYPER     0x0004u
#define IIDR      0x0008u
#define GROUPR    0x0080u
#define SENABLER  0x0100u
#define CENABLER  0x0180u
#define SPENDR    0x0200u
#define CPENDR    0x0280u
#define SACTIVER  0x0300u
#define CACTIVER  0x0380u
#define PRIORITYR 0x0400u
#define CFGR      0x0c00u
#define ROUTER    0x6000u
#define PIDR2     0xffe8u
#define RWP       (1u << 31)

/* small_system.h: 33 is emulated, 40 linked to 48; its level, made the first shared one, to 34. */
#define LEVEL 32u
#define EDGE  40u
#define TIMER MACHINE_TIMER

BEFORE_EACH(begin) {
    small_begin();
    small.interrupts[0].number = LEVEL;
    small_create(&vm, LINUX);
    native_run(4);
}

static uint32_t read(uint64_t offset) {
    return (uint32_t)guest_read(offset, 4);
}

static void put(uint64_t offset, uint32_t value) {
    guest_write(offset, 4, value);
}

static void set_bit(uint64_t bank, uint32_t number) {
    put(bank + number / 32 * 4, 1u << (number % 32));
}

static bool get_bit(uint64_t bank, uint32_t number) {
    return (read(bank + number / 32 * 4) >> (number % 32) & 1) != 0;
}

TEST(they_lie_where_the_system_says) {
    const struct mmio_range *distributor = mmio_find(&vm, GUEST_GICD);
    const struct mmio_range *redistributors = mmio_find(&vm, GUEST_GICR);

    assert_ptr_equal(distributor->device, &arch_interrupts);
    assert_int_equal(distributor->at, GUEST_GICD);
    assert_int_equal(distributor->size, FRAME);
    assert_int_equal(distributor->first, 0);
    assert_ptr_equal(redistributors->device, &arch_interrupts);
    assert_int_equal(redistributors->at, GUEST_GICR);
    assert_int_equal(redistributors->size, VCPUS * 2 * FRAME); /* no fourth vCPU */
    assert_int_equal(redistributors->first, FRAME);
}

TEST(they_say_what_they_are) {
    uint32_t typer = read(TYPER);

    /* 1020 interrupts, CPUNumber, ten bits of INTID, No1N; one security state and no LPIs. */
    assert_int_equal(typer, 31 | (VCPUS - 1) << 5 | 9u << 19 | 1u << 25);
    assert_int_equal(read(PIDR2), 0x30); /* GICv3 */
    assert_int_equal(read(IIDR) & 0xfff, 0x43b);
    for (uint32_t v = 0; v < VCPUS; v++) {
        uint64_t at = privates(v, 0) - FRAME, value = guest_read(at + 8, 8);

        assert_int_equal(value >> 32, v);         /* affinity 0.0.0.v */
        assert_int_equal(value >> 8 & 0xffff, v); /* Processor_Number */
        assert_int_equal(value >> 4 & 1, v == VCPUS - 1);
        assert_int_equal(value & 0xf, 0); /* no LPIs, no vLPIs */
        assert_int_equal(guest_read(at + 12, 4), v);
        assert_int_equal(guest_read(at + 8, 4) & 0xffffffff, value & 0xffffffff);
        assert_int_equal(guest_read(at + PIDR2, 4) >> 4 & 0xf, 3);
        assert_int_equal(guest_read(at + 4, 4) & 0xfff, 0x43b);
        assert_int_equal(guest_read(at, 4), 0);
    }
    /* Writing to them changes nothing. */
    put(TYPER, 0);
    put(IIDR, 0);
    put(PIDR2, 0);
    assert_int_equal(read(TYPER), typer);
    assert_int_equal(read(PIDR2) >> 4 & 0xf, 3);
}

TEST(the_control_register) {
    assert_int_equal(read(CTLR), 0x50); /* ARE, DS: fixed */
    put(CTLR, 0xffffffff);
    settle_all();
    assert_int_equal(read(CTLR), 0x53);
    for (uint32_t v = 1; v < VCPUS; v++) {
        put(privates(v, SENABLER), 1u << 5);
        put(privates(v, SPENDR), 1u << 5);
    }
    settle_all();
    put(CTLR, 0x2);
    /* Until the others have taken it out of their list registers, the write is pending. */
    assert_int_equal(read(CTLR), RWP | 0x52);
    assert_true(machine_irq(1, MACHINE_KICK)->pending);
    assert_true(machine_irq(2, MACHINE_KICK)->pending);
    assert_false(machine_irq(3, MACHINE_KICK)->pending);
    assert_false(machine_irq(0, MACHINE_KICK)->pending);
    settle(1);
    assert_int_equal(read(CTLR), RWP | 0x52);
    settle(2);
    assert_int_equal(read(CTLR), 0x52);
    put(CTLR, 0x1); /* they have nothing that this concerns at once */
    settle_all();
    put(CTLR, 0x1);
    assert_int_equal(read(CTLR), 0x51);
}

TEST(a_redistributor_wakes_and_sleeps) {
    for (uint32_t v = 0; v < VCPUS; v++) {
        uint64_t waker = privates(v, 0x14) - FRAME;

        assert_int_equal(guest_read(waker, 4), 6);
        guest_write(waker, 4, 1); /* bit 0 is none of ours */
        assert_int_equal(guest_read(waker, 4), 0);
        guest_write(waker, 4, 2);
        assert_int_equal(guest_read(waker, 4), 6);
    }
}

static bool is_owned(uint32_t number) {
    return number < 32 || number == CONSOLE_IRQ || number == LEVEL || number == EDGE;
}

/*
 * Each bit of the bank can be set and cleared by itself; there are none for others' interrupts,
 * nor, where `here`, for those of siblings' that are in the machine at their cores only.
 */
static void check_set_and_clear(uint64_t set, uint64_t clear, bool here) {
    for (uint32_t number = 32; number < 1024; number += 32) {
        uint32_t mask = 0;

        for (uint32_t bit = 0; bit < 32; bit++)
            mask |= is_owned(number + bit) ? 1u << bit : 0;
        put(set + number / 8, 0xffffffff);
        assert_int_equal(read(set + number / 8), mask);
        assert_int_equal(read(clear + number / 8), mask);
        put(set + number / 8, 0); /* nothing */
        put(clear + number / 8, 0);
        assert_int_equal(read(set + number / 8), mask);
        for (uint32_t bits = mask; bits != 0; bits &= bits - 1) {
            uint32_t bit = bits & -bits;

            put(clear + number / 8, bit);
            assert_int_equal(read(set + number / 8), mask & ~bit);
            put(set + number / 8, bit);
            assert_int_equal(read(set + number / 8), mask);
        }
        put(clear + number / 8, 0xffffffff);
        assert_int_equal(read(set + number / 8), 0);
    }
    /* Private ones are elsewhere: in each vCPU's redistributor. */
    put(set, 0xffffffff);
    assert_int_equal(read(set), 0);
    for (uint32_t v = 0; v < VCPUS; v++) {
        uint32_t mask = here && v != 0 ? ~(1u << 23 | 1u << 27 | 1u << 30) : UINT32_MAX;

        put(privates(v, set), 0xa5a5a5a5);
        assert_int_equal(read(privates(v, clear)), 0xa5a5a5a5 & mask);
        put(privates(v, clear), 0x05050505);
        assert_int_equal(read(privates(v, set)), 0xa0a0a0a0 & mask);
        assert_int_equal(read(privates(v, set + 4)), 0); /* no shared ones there, ... */
        for (uint64_t at = 0; at < GROUPR; at += 4)      /* ... and nothing before the groups */
            assert_int_equal(read(privates(v, at)), 0);
        put(privates(v, set + 4), 0xffffffff);
        assert_int_equal(read(set + 4), 0);
    }
}

TEST(enable_bits) {
    check_set_and_clear(SENABLER, CENABLER, false);
}

TEST(pending_bits) {
    check_set_and_clear(SPENDR, CPENDR, true);
}

TEST(active_bits) {
    check_set_and_clear(SACTIVER, CACTIVER, true);
}

TEST(group_bits) {
    put(GROUPR + 4, 0xffffffff);
    assert_int_equal(read(GROUPR + 4),
                     1u << (CONSOLE_IRQ - 32) | 1u << (LEVEL - 32) | 1u << (EDGE - 32));
    put(GROUPR + 4, 1u << (EDGE - 32)); /* no set and clear halves here */
    assert_int_equal(read(GROUPR + 4), 1u << (EDGE - 32));
    put(GROUPR + 8, 0xffffffff);
    assert_int_equal(read(GROUPR + 8), 0);
    for (uint32_t v = 0; v < VCPUS; v++) {
        put(privates(v, GROUPR), 0x12345678 + v);
        assert_int_equal(read(privates(v, GROUPR)), 0x12345678 + v);
    }
    assert_int_equal(read(GROUPR), 0);
}

TEST(priorities_are_bytes) {
    uint64_t at = PRIORITYR + 32; /* 32 to 35, of which two are the VM's */

    guest_write(at, 4, 0xa1b2c3d4);
    assert_int_equal(guest_read(at, 4), 0xc3d4);
    guest_write(at + 1, 1, 0x55);
    assert_int_equal(guest_read(at, 4), 0x55d4);
    assert_int_equal(guest_read(at + 1, 1), 0x55);
    for (uint32_t v = 0; v < VCPUS; v++) {
        for (uint32_t n = 0; n < 32; n++)
            guest_write(privates(v, PRIORITYR + n), 1, 8 * n + v);
        for (uint32_t n = 0; n < 32; n += 4)
            assert_int_equal(read(privates(v, PRIORITYR + n)),
                             0x18100800u + 0x01010101u * (8 * n + v));
    }
    assert_int_equal(read(PRIORITYR), 0);
    assert_int_equal(read(PRIORITYR + 1016), 0);
    put(PRIORITYR + 1020, 0xffffffff); /* 1020 to 1023 do not exist */
    assert_int_equal(read(PRIORITYR + 1020), 0);
}

TEST(the_trigger_is_the_guests_to_choose) {
    assert_int_equal(read(CFGR + 8), 2u << 16); /* 32 to 47: 40 is an edge */
    set_bit(SENABLER, LEVEL);
    recorded();
    put(CFGR + 8, 0xffffffff); /* in the machine, not while it is enabled */
    assert_non_null(strstr(recorded(), "disable 34; edge 34; enable 34"));
    assert_int_equal(read(CFGR + 8), 2u << 16 | 2u << 2 | 2u); /* all that are the VM's */
    assert_true(machine_irq(0, 34)->edge);                     /* in the machine too */
    assert_true(machine_irq(0, 34)->enabled);
    assert_false(machine_irq(0, LEVEL)->edge || machine_irq(0, CONSOLE_IRQ)->edge);
    put(CFGR + 8, 1u << 2); /* the lower bit is RES0 */
    assert_int_equal(read(CFGR + 8), 0);
    assert_false(machine_irq(0, 34)->edge || machine_irq(0, 48)->edge);
    assert_false(machine_irq(0, 48)->enabled);
    /* What the distributor doesn't let be changed reads as it is. */
    machine_irq(0, 34)->fixed = true;
    put(CFGR + 8, 0xffffffff);
    assert_int_equal(read(CFGR + 8), 2u << 16 | 2u << 2);
    /* In the next life it is the board's again. */
    put(CFGR + 8, 0);
    machine_irq(0, 34)->fixed = false;
    put(CFGR + 8, 2);
    arch_vm_reset(&vm);
    assert_int_equal(read(CFGR + 8), 2u << 16);
    assert_true(machine_irq(0, 48)->edge && !machine_irq(0, 34)->edge);
    /* SGIs are edges for ever; of the private peripherals timers and counters are levels. */
    assert_int_equal(read(privates(1, CFGR)), 0xaaaaaaaa);
    put(privates(1, CFGR), 0);
    assert_int_equal(read(privates(1, CFGR)), 0xaaaaaaaa);
    put(privates(1, CFGR + 4), 0xffffffff);
    assert_int_equal(read(privates(1, CFGR + 4)),
                     0xaaaaaaaa & ~(3u << 2 * (TIMER - 16)) & ~(3u << 2 * 14) & ~(3u << 2 * 7));
    assert_int_equal(read(privates(2, CFGR + 4)), 0);
}

TEST(routes_are_affinities) {
    uint64_t at = ROUTER + 8 * EDGE;

    assert_int_equal(guest_read(at, 8), 0);
    guest_write(at, 8, 2);
    assert_int_equal(guest_read(at, 8), 2);
    assert_int_equal(machine_irq(0, 48)->cpu, 2);
    guest_write(at, 8, UINT64_C(1) << 31 | 1); /* any of all: there is no such mode */
    assert_int_equal(guest_read(at, 8), 1);
    assert_int_equal(machine_irq(0, 48)->cpu, 1);
    /* A vCPU that isn't there: it waits, and the machine's route stays. */
    guest_write(at, 8, 3);
    assert_int_not_equal(guest_read(at, 8), 3);
    guest_write(at, 8, UINT64_C(1) << 32);
    assert_int_equal(machine_irq(0, 48)->cpu, 1);
    /* The lower half by itself; the upper one holds Aff3, which is 0. */
    guest_write(at, 4, 2);
    guest_write(at + 4, 4, 0);
    assert_int_equal(guest_read(at, 8), 2);
    assert_int_equal(guest_read(at, 4), 2);
    assert_int_equal(guest_read(at + 4, 4), 0);
    guest_write(ROUTER + 8 * 50, 8, 1); /* not the VM's */
    assert_int_equal(guest_read(ROUTER + 8 * 50, 8), 0);
    guest_write(ROUTER, 8, 1); /* private */
    assert_int_equal(guest_read(ROUTER, 8), 0);
    assert_int_equal(guest_read(ROUTER + 8 * 1020, 8), 0);
}

TEST(a_device_is_on_when_the_guest_wants_it) {
    set_bit(SENABLER, EDGE);
    assert_true(machine_irq(0, 48)->enabled);
    assert_false(machine_irq(0, EDGE)->enabled); /* the machine's number counts */
    set_bit(CENABLER, EDGE);
    assert_false(machine_irq(0, 48)->enabled);
    set_bit(SENABLER, LEVEL);
    assert_true(machine_irq(0, 34)->enabled);
    set_bit(SENABLER, 50); /* another VM's */
    set_bit(SENABLER, 48);
    assert_false(machine_irq(0, 50)->enabled);
    assert_false(machine_irq(0, 48)->enabled);
    /* The timer stays on in the machine. */
    put(privates(0, CENABLER), 0xffffffff);
    assert_true(machine_irq(0, TIMER)->enabled);
    assert_true(machine_irq(0, MACHINE_KICK)->enabled);
}

/* A device's interrupt fires; its core has it in a list register of vCPU `vcpu`. */
static void deliver(uint32_t vcpu, uint32_t number, uint32_t phys) {
    on_core(vcpu);
    put(CTLR, 3);
    set_bit(SENABLER, number);
    guest_write(ROUTER + 8 * number, 8, vcpu);
    settle_all();
    machine_irq(0, phys)->line = phys == 34;
    machine_irq(0, phys)->pending = phys != 34;
    settle(vcpu);
    assert_int_equal(machine_guest_pending(vcpu), number);
}

static void take(uint32_t vcpu, uint32_t number) {
    assert_int_equal(machine_guest_take(vcpu, NULL), number);
}

static void nothing_comes(void) {
    settle_all();
    for (uint32_t v = 0; v < VCPUS; v++)
        assert_int_equal(machine_guest_pending(v), MACHINE_NONE);
}

TEST(an_emulated_one_is_no_interrupt_of_the_machines) {
    machine_irq(0, 0)->pending = machine_irq(0, 0)->active = true; /* which it is not linked to */
    assert_false(get_bit(SPENDR, CONSOLE_IRQ));
    set_bit(CPENDR, CONSOLE_IRQ);
    set_bit(SACTIVER, CONSOLE_IRQ);
    set_bit(CACTIVER, CONSOLE_IRQ);
    assert_true(machine_irq(0, 0)->pending && machine_irq(0, 0)->active);
    machine_irq(0, TIMER)->pending = true; /* nor is a sibling's timer this core's */
    put(privates(1, CPENDR), 1u << TIMER);
    assert_true(machine_irq(0, TIMER)->pending);
    arch_interrupt_set_level(&vm, CONSOLE_IRQ, true);
    assert_true(get_bit(SPENDR, CONSOLE_IRQ));
    set_bit(CPENDR, CONSOLE_IRQ); /* a line stays */
    assert_true(get_bit(SPENDR, CONSOLE_IRQ));
    arch_interrupt_set_level(&vm, CONSOLE_IRQ, false);
    assert_false(get_bit(SPENDR, CONSOLE_IRQ));
}

/* The sibling's list register is not known here, but it is asked: who polls sees it end. */
TEST(a_siblings_is_active_until_it_ends_there) {
    static const uint64_t banks[] = {SPENDR, CPENDR, SACTIVER, CACTIVER};

    for (unsigned i = 0; i < COUNT_OF(banks); i++) {
        begin();
        deliver(2, EDGE, 48);
        take(2, EDGE);
        on_core(0);
        set_bit(CPENDR, EDGE); /* it isn't pending: its handling goes on */
        settle(2);
        assert_true(get_bit(SACTIVER, EDGE));
        assert_true(machine_irq(0, 48)->active);
        settle(2);
        machine_guest_end(2);
        machine.kicks = 0;
        get_bit(SENABLER, EDGE);
        assert_int_equal(machine.kicks, 0);
        for (unsigned n = 0; n < 3; n++)
            get_bit(banks[i], EDGE);
        assert_int_equal(machine.kicks, 1);
        settle(2);
        assert_false(get_bit(banks[i], EDGE));
        assert_false(machine_irq(0, 48)->active);
    }
}

TEST(what_this_vcpu_has_ended_is_not_active) {
    deliver(0, EDGE, 48);
    take(0, EDGE);
    machine_guest_end(0);
    assert_false(get_bit(SACTIVER, EDGE));
}

/* And blocks there; ended by hand, what has come meanwhile is handled. */
TEST(active_by_hand_is_so_where_it_would_be_handled) {
    put(CTLR, 3);
    guest_write(ROUTER + 8 * EDGE, 8, 1);
    set_bit(SENABLER, EDGE);
    set_bit(SACTIVER, EDGE);
    assert_true(machine_irq(0, 48)->active);
    machine_irq(0, 48)->pending = true;
    nothing_comes();
    assert_int_equal(machine.cores[1].lists[0] >> 62, 2);
    set_bit(CACTIVER, EDGE);
    settle_all();
    settle_all();
    take(1, EDGE);
}

TEST(pending_made_active_by_hand_comes_after) {
    deliver(0, EDGE, 48);
    set_bit(SACTIVER, EDGE);
    nothing_comes();
    assert_true(get_bit(SPENDR, EDGE) && get_bit(SACTIVER, EDGE));
    set_bit(CACTIVER, EDGE);
    settle_all();
    take(0, EDGE);
    machine_guest_end(0);
    nothing_comes();
}

/* Before its core has looked, of one that it has pending, and of one that it has ended. */
TEST(a_siblings_is_made_active_and_ended_by_hand) {
    for (unsigned ended = 0; ended < 2; ended++) {
        begin();
        deliver(2, EDGE, 48);
        if (ended != 0) {
            take(2, EDGE);
            machine_guest_end(2);
        }
        on_core(0);
        set_bit(SACTIVER, EDGE);
        set_bit(CACTIVER, EDGE);
        assert_true(machine_irq(0, 48)->active);
        settle_all();
        assert_int_equal(machine_guest_pending(2), ended != 0 ? MACHINE_NONE : EDGE);
        assert_int_equal(machine_irq(0, 48)->active, ended == 0);
    }
}

/* Then its line counts again. */
TEST(an_sgi_on_its_way_can_be_cleared) {
    for (unsigned cleared = 0; cleared < 2; cleared++) {
        put(CTLR, 3);
        put(privates(0, SENABLER), 1u << 5);
        on_core(1);
        vgic_send_sgi(&vm.vcpus[1], UINT64_C(5) << 24 | 1, false);
        if (cleared != 0)
            put(privates(0, CPENDR), 1u << 5);
        settle_all();
        assert_int_equal(machine_guest_pending(0), cleared != 0 ? MACHINE_NONE : 5);
        begin();
    }
}

/* What has come while its group was off, and is gone with its line. */
static void latch(uint32_t number, uint32_t phys) {
    put(CTLR, 0);
    machine_irq(0, phys)->line = true;
    settle_all();
    assert_true(machine_irq(0, phys)->active &&
                get_bit(number < 32 ? privates(0, SPENDR) : SPENDR, number));
    machine_irq(0, phys)->line = false;
}

TEST(a_level_that_has_come_is_no_edge_afterwards) {
    set_bit(SENABLER, LEVEL);
    latch(LEVEL, 34);
    put(CFGR + LEVEL / 16 * 4, 2u << (LEVEL % 16 * 2));
    assert_false(machine_irq(0, 34)->active);
    put(CTLR, 3);
    nothing_comes();
}

TEST(a_timer_that_has_come_does_not_outlive_its_vcpu) {
    put(privates(0, SENABLER), 1u << TIMER);
    latch(TIMER, TIMER);
    arch_vcpu_reset(&vm.vcpus[0]);
    assert_int_equal(vm.arch.vgic.cpus[0].privates.latched, 0);
    assert_false(machine_irq(0, TIMER)->active);
    put(CTLR, 3);
    nothing_comes();
}

TEST(a_level_that_is_pended_by_hand_can_be_cleared) {
    set_bit(SPENDR, LEVEL);
    set_bit(CPENDR, LEVEL);
    deliver(0, LEVEL, 34);
    machine_irq(0, 34)->line = false;
    assert_false(get_bit(SPENDR, LEVEL));
    nothing_comes();
    assert_false(machine_irq(0, 34)->active);
}

TEST(active_by_hand_takes_no_place_from_what_is_pending) {
    put(CTLR, 3);
    put(privates(0, SENABLER), 1u << 5);
    put(privates(0, SACTIVER), 0xf); /* all four list registers */
    put(privates(0, SPENDR), 1u << 5);
    settle(0);
    take(0, 5);
}

static void check_nothing_is_broken(void) {
    for (uint32_t n = 32; n < VGIC_END; n++) {
        const struct vgic_word *word = vgic_word(&vm.arch.vgic, 0, n);

        if (n % 32 == 0)
            assert_int_equal((word->enabled | word->group | word->edge | word->line |
                              word->latched | word->active | word->listed | word->changed |
                              word->cleared | word->ended) &
                                 ~word->owned,
                             0);
        assert_int_equal((word->owned & vgic_bit(n)) != 0, is_owned(n));
        /* Only the VM's own devices are touched in the machine. */
        if (n != 34 && n != 48)
            assert_false(machine_irq(0, n)->enabled || machine_irq(0, n)->active ||
                         machine_irq(0, n)->pending || machine_irq(0, n)->cpu != 0);
    }
    for (uint32_t core = 0; core < MACHINE_CORES; core++)
        assert_true(machine_irq(core, TIMER)->enabled && machine_irq(core, MACHINE_KICK)->enabled);
    assert_false(machine_irq(3, MACHINE_KICK)->pending); /* the other VM's core */
}

TEST(hostile_accesses_do_no_harm) {
    struct random random = {23};

    for (uint32_t i = 0; i < 60000; i++) {
        unsigned size = 1u << random_below(&random, 4);
        uint64_t frame = random_below(&random, 2 * VCPUS + 1) * FRAME;
        uint64_t offset = random_below(&random, FRAME);

        if (random_below(&random, 2) == 0) /* more often where there is something */
            offset %= 0xd00;
        offset = (frame + offset) & ~(uint64_t)(size - 1);
        on_core(random_below(&random, VCPUS));
        if (random_below(&random, 3) != 0)
            guest_write(offset, size,
                        random_next(&random) >> (64 - 8 * size) &
                            (random_below(&random, 2) == 0 ? UINT64_MAX : random_next(&random)));
        else
            guest_read(offset, size);
        settle(this_cpu.vcpu->index);
        if (i % 256 == 0)
            check_nothing_is_broken();
    }
    check_nothing_is_broken();
}

TEST(every_offset_can_be_accessed) {
    for (unsigned size = 1; size <= 8; size *= 2) {
        for (uint64_t offset = 0; offset < (2 * VCPUS + 1) * FRAME; offset += size) {
            if (offset >= FRAME && offset % FRAME == 0x1000)
                offset += FRAME - 0x2000; /* there is nothing */
            guest_write(offset, size, UINT64_MAX >> (64 - 8 * size));
            guest_read(offset, size);
        }
    }
    check_nothing_is_broken();
}
