/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine, step by step; words of list registers by IHI 0069, ICH_LR<n>_EL2. */
#include "hypervisor/support.h"

#include <string.h>

#include "arch/arm64/vgic/vgic.h"
#include "arch/host/host.h"

#define LISTS   4u
#define VCPUS   3u
#define ALL     0xffffu /* ICH_ELRSR_EL2: all empty, also those that there aren't */
#define EOI     (UINT64_C(1) << 41)
#define GROUP1  (UINT64_C(1) << 60)
#define HW      (UINT64_C(1) << 61)
#define PENDING (UINT64_C(1) << 62)
#define ACTIVE  (UINT64_C(1) << 63)

#define SGI      3u
#define TIMER    27u
#define EDGE     40u   /* linked to 48 */
#define LEVEL    41u   /* linked to 41 */
#define EMULATED 42u   /* level */
#define LAST     1019u /* emulated */

static struct vgic vgic;
static uint64_t words[VGIC_LISTS];

static struct vgic_irq *irq_of(uint32_t number) {
    return vgic_irq(&vgic, 0, number);
}

static void enable(uint32_t vcpu, uint32_t number, uint8_t priority) {
    struct vgic_irq *irq = vgic_irq(&vgic, vcpu, number);

    irq->flags |= VGIC_ENABLED | VGIC_GROUP1;
    irq->priority = priority;
}

BEFORE_EACH(begin) {
    host_reset();
    memset(&vgic, 0, sizeof(vgic));
    memset(words, 0, sizeof(words));
    for (uint32_t v = 0; v < SYSTEM_CPUS_MAX; v++)
        vgic.cpus[v].lists = LISTS;
    vgic.vcpu_count = VCPUS;
    for (uint32_t i = 0; i < VCPUS; i++) {
        vgic.machine_cpu[i] = i + 1;
        vgic.cpus[i].privates[TIMER].phys = TIMER;
    }
    vgic_own(&vgic, EDGE, 48, true);
    vgic_own(&vgic, LEVEL, 41, false);
    vgic_own(&vgic, EMULATED, 0, false);
    vgic_own(&vgic, LAST, 0, false);
    vgic_reset(&vgic);
    vgic.control = 3;
    for (uint32_t i = 0; i < VCPUS; i++) {
        enable(i, SGI, 0x80);
        enable(i, TIMER, 0x80);
    }
    enable(0, EDGE, 0x80);
    enable(0, LEVEL, 0x80);
    enable(0, EMULATED, 0x80);
    enable(0, LAST, 0x80);
}

/* Straight into a list register, which must be this one. */
static uint64_t inject(uint32_t vcpu, uint32_t number, uint32_t empty, unsigned expected_list) {
    uint64_t word = 0;
    unsigned list = 99;

    assert_true(vgic_inject(&vgic, vcpu, number, empty, &word, &list));
    assert_int_equal(list, expected_list);
    words[list] = word;
    return word;
}

static void must_wait(uint32_t vcpu, uint32_t number, uint32_t empty) {
    uint64_t word;
    unsigned list;

    vgic.cpus[vcpu].sync = false;
    assert_false(vgic_inject(&vgic, vcpu, number, empty, &word, &list));
}

static bool refill(uint32_t vcpu) {
    vgic_fold(&vgic, vcpu, words);
    for (unsigned i = 0; i < LISTS; i++)
        assert_int_equal(words[i], 0);
    assert_int_equal(vgic.cpus[vcpu].used, 0);
    return vgic_fill(&vgic, vcpu, words);
}

/* How many list registers hold something, and the state of the one that holds this. */
static unsigned held(void) {
    unsigned count = 0;

    for (unsigned i = 0; i < LISTS; i++)
        count += (words[i] & (PENDING | ACTIVE)) != 0;
    return count;
}

static uint64_t state_of(uint32_t number) {
    for (unsigned i = 0; i < LISTS; i++) {
        if ((uint32_t)words[i] == number && (words[i] & (PENDING | ACTIVE)) != 0)
            return words[i] & (PENDING | ACTIVE);
    }
    return 0;
}

/* Which vCPU is asked to look again after a change that core 3's vCPU made; NOBODY if none. */
#define NOBODY 0xffu

static uint32_t asked_by_change(uint32_t number) {
    uint32_t asked = NOBODY;

    for (uint32_t i = 0; i < VCPUS; i++) {
        vgic.cpus[i].sync = false;
        host.kicks[vgic.machine_cpu[i]] = 0;
    }
    vgic_changed(&vgic, VCPUS, irq_of(number), number);
    for (uint32_t i = 0; i < VCPUS; i++) {
        assert_int_equal(host.kicks[vgic.machine_cpu[i]], vgic.cpus[i].sync);
        if (vgic.cpus[i].sync) {
            assert_int_equal(asked, NOBODY);
            asked = i;
        }
    }
    return asked;
}

static void set_line(uint32_t number, bool high) {
    struct vgic_irq *irq = irq_of(number);

    irq->flags = (uint8_t)(high ? irq->flags | VGIC_LINE : irq->flags & ~VGIC_LINE);
    vgic_changed(&vgic, 0, irq, number);
}

TEST(interrupts_are_private_or_shared) {
    assert_ptr_equal(vgic_irq(&vgic, 0, 31), &vgic.cpus[0].privates[31]);
    assert_ptr_equal(vgic_irq(&vgic, 2, 0), &vgic.cpus[2].privates[0]);
    assert_ptr_equal(vgic_irq(&vgic, 0, 32), &vgic.shared[0]);
    assert_ptr_equal(vgic_irq(&vgic, 2, LAST), &vgic.shared[LAST - 32]);
    assert_int_equal(vgic.guest_number[48], EDGE);
    assert_int_equal(vgic.guest_number[41], LEVEL);
    assert_int_equal(vgic.guest_number[EMULATED], 0);
    assert_int_equal(vgic.guest_number[0], 0);
}

static void check_reset_state(void) {
    assert_int_equal(vgic.control, 0);
    for (uint32_t n = VGIC_PRIVATES; n < VGIC_END; n++) {
        uint32_t owned = n >= EDGE && n <= EMULATED ? VGIC_OWNED : n == LAST ? VGIC_OWNED : 0;

        assert_int_equal(irq_of(n)->flags, n == EDGE ? owned | VGIC_EDGE : owned);
        assert_int_equal(irq_of(n)->priority | irq_of(n)->vcpu | irq_of(n)->list, 0);
    }
    for (uint32_t i = 0; i < VCPUS; i++) {
        for (uint32_t n = 0; n < VGIC_PRIVATES; n++) {
            const struct vgic_irq *irq = vgic_irq(&vgic, i, n);

            assert_int_equal(irq->flags, n < VGIC_SGIS ? VGIC_OWNED | VGIC_EDGE : VGIC_OWNED);
            assert_int_equal(irq->vcpu, i);
            assert_int_equal(irq->list, 0);
            assert_int_equal(irq->priority, 0);
        }
        for (unsigned n = 0; n < COUNT_OF(vgic.cpus[i].waiting); n++)
            assert_int_equal(vgic.cpus[i].waiting[n], 0);
        assert_int_equal(vgic.cpus[i].used, 0);
        assert_int_equal(vgic.cpus[i].sgis, 0);
        assert_true(vgic.cpus[i].asleep);
    }
    assert_int_equal(irq_of(EDGE)->phys, 48);
    assert_int_equal(vgic_irq(&vgic, 2, TIMER)->phys, TIMER);
}

TEST(a_reset_leaves_nothing_of_the_last_life) {
    inject(0, EDGE, ALL, 0);
    must_wait(0, EDGE, 0xfffe);
    inject(1, TIMER, ALL, 0);
    set_line(EMULATED, true);
    irq_of(LAST)->flags |= VGIC_EDGE | VGIC_ACTIVE | VGIC_PENDING; /* the guest made it an edge */
    irq_of(LEVEL)->vcpu = 2;
    vgic.cpus[1].sgis = 0xff;
    vgic.cpus[2].asleep = false;
    vgic_reset(&vgic);
    check_reset_state();
}

TEST(a_list_register_says_what_it_holds) {
    irq_of(EDGE)->priority = 0xa8;
    assert_int_equal(inject(0, EDGE, ALL, 0),
                     EDGE | UINT64_C(48) << 32 | UINT64_C(0xa8) << 48 | GROUP1 | HW | PENDING);
    irq_of(SGI)->flags &= (uint8_t)~VGIC_GROUP1;
    assert_int_equal(inject(0, SGI, 0xfffe, 1), SGI | UINT64_C(0x80) << 48 | PENDING);
    assert_int_equal(inject(1, TIMER, ALL, 0),
                     TIMER | (uint64_t)TIMER << 32 | UINT64_C(0x80) << 48 | GROUP1 | HW | PENDING);
    /* An emulated level wants to be looked at again when it ends. */
    assert_int_equal(inject(0, EMULATED, 0xfffc, 2),
                     EMULATED | UINT64_C(0x80) << 48 | GROUP1 | EOI | PENDING);
    assert_int_equal(vgic.cpus[0].used, 7);
    assert_int_equal(irq_of(EMULATED)->list, 3);
}

TEST(only_list_registers_that_exist_are_used) {
    must_wait(0, EDGE, 0xfff0);
    assert_true(vgic.cpus[0].sync);
    assert_int_equal(vgic.cpus[0].used, 0);
    begin();
    inject(0, EDGE, 0xfff8, 3);
}

TEST(nothing_is_delivered_that_is_off) {
    irq_of(EDGE)->flags &= (uint8_t)~VGIC_ENABLED;
    must_wait(0, EDGE, ALL);
    assert_true(vgic_is_pending(irq_of(EDGE)));
    assert_false(refill(0));
    assert_int_equal(held(), 0);
    /* Nor by its group. */
    irq_of(EDGE)->flags |= VGIC_ENABLED;
    vgic.control = 1;
    assert_false(refill(0));
    assert_int_equal(held(), 0);
    irq_of(EDGE)->flags &= (uint8_t)~VGIC_GROUP1;
    assert_false(refill(0));
    assert_int_equal(state_of(EDGE), PENDING);
    vgic.control = 2;
    refill(0);
    assert_int_equal(held(), 0);
    vgic.control = 3;
    refill(0);
    assert_int_equal(state_of(EDGE), PENDING);
    assert_false(vgic_is_pending(irq_of(EDGE))); /* the list register has it now */
}

TEST(once_more_while_pending_is_once) {
    inject(0, SGI, ALL, 0);
    must_wait(0, SGI, 0xfffe);
    assert_true(vgic.cpus[0].sync);
    refill(0);
    assert_int_equal(held(), 1);
    assert_int_equal(state_of(SGI), PENDING);
    words[0] = SGI; /* taken and ended */
    refill(0);
    assert_int_equal(held(), 0);
}

TEST(once_more_while_active_comes_after) {
    inject(0, SGI, ALL, 0);
    words[0] ^= PENDING | ACTIVE;
    must_wait(0, SGI, 0xfffe);
    refill(0);
    assert_int_equal(held(), 1);
    assert_int_equal(state_of(SGI), PENDING | ACTIVE);
    /* A linked one can't be both (IHI 0069): it stays active, and comes when that has ended. */
    begin();
    inject(0, EDGE, ALL, 0);
    words[0] ^= PENDING | ACTIVE;
    must_wait(0, EDGE, 0xfffe);
    refill(0);
    assert_int_equal(held(), 1);
    assert_int_equal(state_of(EDGE), ACTIVE);
    /* Its end has to be told, which a link prevents; what comes then ends the physical one. */
    assert_int_equal(words[0] & (HW | EOI), EOI);
    words[0] &= ~ACTIVE;
    refill(0);
    assert_int_equal(state_of(EDGE), PENDING);
    assert_int_equal(words[0] & (HW | EOI), HW);
}

TEST(what_is_switched_off_while_active_does_not_come_after) {
    inject(0, SGI, ALL, 0);
    words[0] ^= PENDING | ACTIVE;
    must_wait(0, SGI, 0xfffe);
    irq_of(SGI)->flags &= (uint8_t)~VGIC_ENABLED;
    refill(0);
    assert_int_equal(state_of(SGI), ACTIVE);
    words[0] = 0;
    refill(0);
    assert_int_equal(held(), 0);
    irq_of(SGI)->flags |= VGIC_ENABLED;
    refill(0);
    assert_int_equal(state_of(SGI), PENDING);
}

TEST(the_steady_state_needs_no_second_look) {
    inject(0, LEVEL, ALL, 0);
    inject(0, TIMER, 0xfffe, 1);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t first = words[1];

        words[1] = 0; /* its end; list register 0 may be empty, too */
        vgic.cpus[0].sync = false;
        assert_int_equal(inject(0, TIMER, i == 0 ? 0xfffe : ALL, 1), first);
        assert_false(vgic.cpus[0].sync);
        assert_int_equal(vgic.cpus[0].used, 3);
    }
}

TEST(a_list_register_that_is_free_again_changes_hands) {
    inject(0, TIMER, ALL, 0);
    vgic.cpus[0].sync = false;
    inject(0, EDGE, ALL, 0); /* the timer has ended meanwhile */
    assert_int_equal(irq_of(TIMER)->list, 0);
    assert_int_equal(irq_of(EDGE)->list, 1);
    assert_false(vgic.cpus[0].sync);
    inject(0, TIMER, 0xfffe, 1);
}

TEST(a_line_that_stays_high_comes_again) {
    set_line(EMULATED, true);
    refill(0);
    assert_int_equal(state_of(EMULATED), PENDING);
    words[0] ^= PENDING | ACTIVE;
    refill(0);
    assert_int_equal(state_of(EMULATED), ACTIVE); /* not both: its end is told */
    words[0] &= ~ACTIVE;
    refill(0);
    assert_int_equal(state_of(EMULATED), PENDING);
    /* A line that falls takes it back. */
    set_line(EMULATED, false);
    refill(0);
    assert_int_equal(held(), 0);
}

TEST(a_level_made_pending_by_hand_comes_once) {
    irq_of(EMULATED)->flags |= VGIC_PENDING;
    vgic_changed(&vgic, 0, irq_of(EMULATED), EMULATED);
    refill(0);
    refill(0); /* not taken yet: it stays */
    assert_int_equal(state_of(EMULATED), PENDING);
    words[0] = EMULATED | EOI;
    refill(0);
    assert_int_equal(held(), 0);
    assert_false(vgic_is_pending(irq_of(EMULATED)));
}

TEST(an_edge_has_no_line) {
    irq_of(EMULATED)->flags |= VGIC_EDGE;
    set_line(EMULATED, true);
    assert_false(vgic_is_pending(irq_of(EMULATED)));
    refill(0);
    assert_int_equal(held(), 0);
}

TEST(the_most_urgent_go_first) {
    static const uint8_t priorities[] = {0x90, 0x30, 0xf0, 0x30, 0x10, 0x70, 0xff};
    static const uint32_t order[] = {4, 1, 3, 5, 0, 2, 6}; /* of equals, the lower number */
    uint32_t at = 0;

    for (uint32_t n = 0; n < COUNT_OF(priorities); n++) {
        enable(0, n, priorities[n]);
        must_wait(0, n, 0);
    }
    assert_true(refill(0));
    for (unsigned i = 0; i < LISTS; i++)
        assert_int_equal((uint32_t)words[i], order[at++]);
    words[0] = words[1] = words[2] = 0;
    assert_true(refill(0) == false);
    assert_int_equal((uint32_t)words[0], order[3]);
    for (unsigned i = 1; i < LISTS; i++)
        assert_int_equal((uint32_t)words[i], order[at++]);
    memset(words, 0, sizeof(words));
    assert_false(refill(0));
    assert_int_equal(held(), 0);
}

TEST(it_says_whether_more_are_waiting) {
    for (uint32_t n = 0; n < LISTS; n++) {
        enable(0, n, 0x80);
        must_wait(0, n, 0);
    }
    assert_false(refill(0)); /* all of them fit exactly */
    assert_int_equal(held(), LISTS);
    must_wait(0, EDGE, 0);
    assert_true(refill(0));
    irq_of(EDGE)->flags &= (uint8_t)~VGIC_ENABLED;
    assert_false(refill(0)); /* what can't be delivered doesn't count */
}

TEST(a_more_urgent_one_takes_a_place) {
    for (uint32_t n = 0; n < LISTS; n++) {
        enable(0, n, 0x80);
        inject(0, n, ALL << n, n);
    }
    irq_of(EDGE)->priority = 0x20;
    must_wait(0, EDGE, 0);
    assert_true(refill(0));
    assert_int_equal((uint32_t)words[0], EDGE);
    assert_int_equal(held(), LISTS);
    /* But not from one that is active: only its list register can end it. */
    words[3] ^= PENDING | ACTIVE;
    enable(0, 9, 0);
    must_wait(0, 9, 0);
    assert_true(refill(0));
    assert_int_equal(words[0] & ACTIVE, ACTIVE);
    assert_int_equal((uint32_t)words[1], 9);
    assert_int_equal((uint32_t)words[2], EDGE);
}

TEST(every_number_can_wait) {
    for (uint32_t n = 32; n < VGIC_END; n++) {
        if (irq_of(n)->flags == 0)
            vgic_own(&vgic, n, 0, false);
        enable(0, n, 0x80);
        irq_of(n)->vcpu = 1;
        must_wait(1, n, 0);
        vgic_fold(&vgic, 1, words);
        vgic_fill(&vgic, 1, words);
        assert_int_equal(held(), 1);
        assert_int_equal((uint32_t)words[0], n);
        words[0] = 0;
    }
}

TEST(a_change_concerns_its_target) {
    struct vgic_irq *irq = irq_of(EMULATED);

    irq->vcpu = 2;
    irq->flags |= VGIC_LINE;
    assert_int_equal(asked_by_change(EMULATED), 2);
    assert_int_equal(vgic.cpus[2].waiting[EMULATED / 32], 1u << (EMULATED % 32));
    irq->flags &= (uint8_t)~VGIC_LINE;
    assert_int_equal(asked_by_change(EMULATED), 2);
    assert_int_equal(vgic.cpus[2].waiting[EMULATED / 32], 0);
    irq->vcpu = VGIC_NO_VCPU;
    irq->flags |= VGIC_LINE;
    assert_int_equal(asked_by_change(EMULATED), NOBODY);
    irq->vcpu = VCPUS;
    assert_int_equal(asked_by_change(EMULATED), NOBODY);
}

TEST(a_change_concerns_who_holds_it) {
    struct vgic_irq *irq = irq_of(EDGE);

    inject(0, EDGE, ALL, 0);
    irq->vcpu = 2; /* moved by the guest */
    assert_int_equal(asked_by_change(EDGE), 0);
    host.kicks[1] = 0;
    /* Folded there, it goes where it belongs, and that core is told. */
    vgic_fold(&vgic, 0, words);
    assert_int_equal(vgic.cpus[0].waiting[EDGE / 32], 0);
    assert_int_equal(vgic.cpus[2].waiting[EDGE / 32], 1u << (EDGE % 32));
    assert_true(vgic.cpus[2].sync);
    assert_int_equal(host.kicks[3], 1);
    assert_int_equal(host.kicks[1], 0);
    vgic_fill(&vgic, 2, words);
    assert_int_equal(state_of(EDGE), PENDING);
    assert_int_equal(irq->holder, 2);
}

TEST(nobody_is_kicked_twice_or_by_itself) {
    vgic_ask(&vgic, 0, 1);
    vgic_ask(&vgic, 2, 1);
    assert_true(vgic.cpus[1].sync);
    assert_int_equal(host.kicks[2], 1);
    vgic.cpus[1].sync = false; /* it has looked */
    vgic_ask(&vgic, 2, 1);
    assert_int_equal(host.kicks[2], 2);
    vgic_ask(&vgic, 0, 0);
    assert_true(vgic.cpus[0].sync);
    assert_int_equal(host.kicks[1], 0);
}

TEST(an_active_one_ends_where_it_began) {
    struct vgic_irq *irq = irq_of(EDGE);

    inject(0, EDGE, ALL, 0);
    words[0] ^= PENDING | ACTIVE;
    irq->vcpu = 2;
    vgic_fold(&vgic, 0, words);
    vgic_fill(&vgic, 0, words);
    assert_int_equal(state_of(EDGE), ACTIVE);
    assert_int_equal(vgic.cpus[2].waiting[EDGE / 32], 0);
    /* Another one comes meanwhile, at the new core: it waits for the end. */
    vgic.cpus[0].sync = vgic.cpus[2].sync = false;
    must_wait(2, EDGE, ALL);
    assert_int_equal(host.kicks[1], 1);
    words[0] &= ~ACTIVE;
    vgic.cpus[2].sync = false;
    vgic_fold(&vgic, 0, words);
    assert_int_equal(vgic.cpus[2].waiting[EDGE / 32], 1u << (EDGE % 32));
    assert_int_equal(host.kicks[3], 1);
}

TEST(what_is_routed_nowhere_waits_for_a_route) {
    irq_of(EDGE)->vcpu = VGIC_NO_VCPU;
    must_wait(0, EDGE, ALL);
    refill(0);
    assert_int_equal(held(), 0);
    assert_true(vgic_is_pending(irq_of(EDGE)));
    irq_of(EDGE)->vcpu = 0;
    vgic_changed(&vgic, 0, irq_of(EDGE), EDGE);
    refill(0);
    assert_int_equal(state_of(EDGE), PENDING);
    /* Also if its list register still remembers it. */
    words[0] = 0;
    irq_of(EDGE)->vcpu = VGIC_NO_VCPU;
    must_wait(0, EDGE, ALL);
}

static uint32_t targets(uint64_t value, uint32_t *sgi) {
    return vgic_sgi_targets(&vgic, 1, value, sgi);
}

TEST(sgis_find_their_targets) {
    static const unsigned others[] = {16, 23, 32, 39, 44, 47, 48, 55};
    uint32_t sgi;

    assert_int_equal(targets(UINT64_C(5) << 24 | 0x5, &sgi), 0x5);
    assert_int_equal(sgi, 5);
    assert_int_equal(targets(UINT64_C(15) << 24 | 0xffff, &sgi), 0x7); /* only there are three */
    assert_int_equal(sgi, 15);
    assert_int_equal(targets(0x2, &sgi), 0x2); /* itself */
    assert_int_equal(sgi, 0);
    assert_int_equal(targets(0, &sgi), 0);
    assert_int_equal(targets(UINT64_C(1) << 40, &sgi), 0x5); /* all but itself */
    assert_int_equal(targets(UINT64_C(1) << 40 | 0x2 | UINT64_C(1) << 16, &sgi), 0x5);
    /* Other clusters, and other ranges of 16, are empty. */
    for (unsigned i = 0; i < COUNT_OF(others); i++)
        assert_int_equal(targets(UINT64_C(1) << others[i] | 1, &sgi), 0);
    /* RES0 bits don't matter. */
    assert_int_equal(
        targets(UINT64_C(0xff) << 56 | UINT64_C(7) << 41 | UINT64_C(0xf) << 28 | 1, &sgi), 1);
}
