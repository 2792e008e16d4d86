/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a VM's controller, step by step; list registers are words here (vgic.h). */
#include "hypervisor/support.h"

#include "arch/arm64/vgic/list.h"
#include "hypervisor/arch/arm64/machine.h"
#include "hypervisor/small_system.h"

#define LISTS  4u
#define VCPUS  LINUX_VCPUS
#define NOBODY 0xffu
#define EOI    (UINT64_C(1) << 41)
#define STATE  (LIST_PENDING | LIST_ACTIVE)

#define SGI      3u
#define TIMER    27u
#define EDGE     40u   /* linked to 48 */
#define LEVEL    41u   /* linked to 41 */
#define EMULATED 42u   /* level */
#define LAST     1019u /* emulated */

static struct vgic *const vgic = &vm.arch.vgic;
static uint64_t lists[VCPUS][VGIC_LISTS];

static struct vgic_word *word_of(uint32_t number) {
    return vgic_word(vgic, 0, number);
}

static bool is(uint32_t bits, uint32_t number) {
    return (bits & vgic_bit(number)) != 0;
}

static void enable(uint32_t vcpu, uint32_t number, uint8_t priority) {
    struct vgic_word *word = vgic_word(vgic, vcpu, number);

    word->enabled |= vgic_bit(number);
    word->group |= vgic_bit(number);
    word->priority[number % 32] = priority;
}

BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    machine_reset(LISTS);
    memset(lists, 0, sizeof(lists));
    vgic_own(&vm, TIMER, TIMER, false);
    vgic_own(&vm, EDGE, 48, true);
    vgic_own(&vm, LEVEL, 41, false);
    vgic_own(&vm, EMULATED, 0, false);
    vgic_own(&vm, LAST, 0, false);
    vgic_reset(&vm);
    vgic->control = 3;
    for (uint32_t v = 0; v < VCPUS; v++) {
        vm.vcpus[v].power = VCPU_ON;
        vm.vcpus[v].arch.vgic = &vgic->cpus[v];
        vgic->cpus[v].lists = LISTS;
        enable(v, SGI, 0x80);
        enable(v, TIMER, 0x80);
    }
    for (uint32_t n = EDGE; n <= EMULATED; n++)
        enable(0, n, 0x80);
    enable(0, LAST, 0x80);
}

/* ICH_ELRSR_EL2 */
static uint32_t empty(uint32_t vcpu) {
    uint32_t value = 0;

    for (uint32_t i = 0; i < LISTS; i++) {
        uint64_t word = lists[vcpu][i];

        if ((word & STATE) == 0 && ((word & LIST_HW) != 0 || (word & EOI) == 0))
            value |= 1u << i;
    }
    return value;
}

/* A linked one's physical interrupt is active, and it is never pending and active (IHI 0069). */
static void load(uint32_t vcpu, const uint64_t words[VGIC_LISTS], uint32_t written) {
    assert_int_equal(written & ~empty(vcpu), 0);
    for (; written != 0; written &= written - 1) {
        uint64_t word = words[__builtin_ctz(written)];

        assert_int_not_equal(word & STATE, 0);
        assert_false((word & LIST_HW) != 0 && (word & STATE) == STATE);
        lists[vcpu][__builtin_ctz(written)] = word;
    }
}

static bool fill(uint32_t vcpu) {
    uint64_t words[VGIC_LISTS];
    uint32_t written = 0;
    bool more = vgic_fill(&vm.vcpus[vcpu], false, empty(vcpu), words, &written);

    load(vcpu, words, written);
    return more;
}

/* It has come to the core of vCPU `vcpu`: a physical one has become active. In the books now. */
static void come(uint32_t vcpu, uint32_t number) {
    struct vgic_word *word = vgic_word(vgic, vcpu, number);
    uint32_t phys = word->phys[number % 32];

    if (phys != 0)
        machine_irq(0, phys)->active = machine_irq(0, phys)->line = true;
    word->latched |= vgic_bit(number);
    vgic_changed(&vm.vcpus[vcpu], word, vgic_bit(number));
}

/* ... and in a list register. */
static void take(uint32_t vcpu, uint32_t number) {
    come(vcpu, number);
    fill(vcpu);
}

/* All that is pending or active is folded, and the most urgent goes in again. */
static bool refill(uint32_t vcpu) {
    vgic_fold(&vm.vcpus[vcpu], lists[vcpu], 0);
    for (unsigned i = 0; i < LISTS; i++)
        assert_int_equal(lists[vcpu][i] & STATE, 0);
    vm.vcpus[vcpu].work = 0;
    return fill(vcpu);
}

/* The state of the list register that holds this one; 0: none does. */
static uint64_t state_of(uint32_t vcpu, uint32_t number) {
    uint64_t state = 0;

    for (unsigned i = 0; i < LISTS; i++) {
        if ((uint32_t)lists[vcpu][i] == number && (lists[vcpu][i] & STATE) != 0) {
            assert_int_equal(state, 0);
            state = lists[vcpu][i] & STATE;
        }
    }
    return state;
}

static unsigned held(uint32_t vcpu) {
    unsigned count = 0;

    for (unsigned i = 0; i < LISTS; i++)
        count += (lists[vcpu][i] & STATE) != 0;
    return count;
}

TEST(list_registers_have_these_words) {
    assert_int_equal(list_word(27, 27, true, true), UINT64_C(0x3000001b0000001b));
    assert_int_equal(list_word(1019, 0, false, true), UINT64_C(1) << 41 | 1019); /* EOI */
    assert_int_equal(list_word(3, 0, true, false), UINT64_C(1) << 60 | 3);
    assert_int_equal(LIST_PENDING, UINT64_C(1) << 62);
    assert_int_equal(LIST_ACTIVE, UINT64_C(1) << 63);
    assert_int_equal(LIST_PRIORITY, 48);
}

TEST(interrupts_are_private_or_shared) {
    assert_ptr_equal(vgic_word(vgic, 2, 31), &vgic->cpus[2].privates);
    assert_ptr_equal(vgic_word(vgic, 2, 32), &vgic->shared[0]);
    assert_ptr_equal(vgic_word(vgic, 1, LAST), &vgic->shared[30]);
    assert_int_equal(vgic->words, 32);
}

TEST(a_reset_leaves_nothing_of_the_last_life) {
    static struct vgic fresh;

    vgic_reset(&vm);
    fresh = *vgic;
    begin();
    for (uint32_t v = 0; v < VCPUS; v++) {
        struct vgic_word *word = &vgic->cpus[v].privates;

        take(v, TIMER);
        word->sgis = 0xff;
        vgic->cpus[v].asleep = false;
        vm.vcpus[v].work = VCPU_SETTLE | VGIC_FOLD | VGIC_FILL;
        word->line = word->latched = word->active = word->ended = word->changed = word->cleared = 8;
    }
    for (uint32_t i = 0; i < VGIC_END / 32; i++)
        vgic->shared[i].active = vgic->shared[i].listed = vgic->shared[i].owned;
    word_of(EMULATED)->edge |= vgic_bit(EMULATED); /* the guest made it one */
    word_of(LEVEL)->route[LEVEL % 32] = 2;
    vgic_reset(&vm);
    assert_int_equal(vgic->control, 0);
    for (uint32_t n = 0; n < VGIC_END; n += 32) {
        for (uint32_t v = 0; v < (n == 0 ? VCPUS : 1); v++) {
            const struct vgic_word *word = vgic_word(vgic, v, n), *wanted = vgic_word(&fresh, v, n);

            assert_memory_equal(word, wanted, offsetof(struct vgic_word, taken));
            assert_memory_equal(word->phys, wanted->phys, sizeof(word->phys));
        }
    }
    for (uint32_t v = 0; v < VCPUS; v++) {
        assert_int_equal(vgic->cpus[v].used, 0);
        assert_true(vgic->cpus[v].asleep);
        assert_int_equal(vgic->cpus[v].list_of[TIMER], 0);
        assert_int_equal(vgic->cpus[v].privates.route[SGI], v);
        assert_int_equal(vm.vcpus[v].work, VCPU_SETTLE);
    }
}

/* Pending and active at once: what has no link shows both, a linked one waits for its end. */
TEST(once_more_while_pending_or_active) {
    static const uint32_t numbers[] = {SGI, EMULATED};

    for (unsigned i = 0; i < COUNT_OF(numbers); i++) {
        begin();
        word_of(EMULATED)->edge |= vgic_bit(EMULATED);
        take(0, numbers[i]);
        take(0, numbers[i]);
        assert_true((vm.vcpus[0].work & VGIC_FOLD) != 0);
        refill(0);
        assert_int_equal(held(0), 1);
        assert_int_equal(state_of(0, numbers[i]), LIST_PENDING);
        lists[0][0] ^= STATE; /* taken */
        take(0, numbers[i]);
        refill(0);
        assert_int_equal(state_of(0, numbers[i]), STATE);
        take(0, numbers[i]);
        /* Switched off, or moved, it does not come after. */
        word_of(numbers[i])->enabled = i == 0 ? 0 : UINT32_MAX;
        word_of(EMULATED)->route[EMULATED % 32] = 1;
        refill(0);
        assert_int_equal(state_of(0, numbers[i]), LIST_ACTIVE);
        lists[0][0] &= ~STATE;
        refill(0);
        assert_int_equal(held(0), 0);
        word_of(numbers[i])->enabled = UINT32_MAX;
        word_of(EMULATED)->route[EMULATED % 32] = 0;
        vgic_changed(&vm.vcpus[0], word_of(numbers[i]), vgic_bit(numbers[i]));
        refill(0);
        assert_int_equal(state_of(0, numbers[i]), LIST_PENDING);
    }
}

/* Pending with another priority than it is active with: then its end is told. */
TEST(what_one_word_cannot_say_waits_for_its_end) {
    take(0, SGI);
    lists[0][0] ^= STATE;
    word_of(SGI)->priority[SGI] = 0x40;
    take(0, SGI);
    refill(0);
    assert_int_equal(lists[0][0],
                     SGI | EOI | UINT64_C(0x80) << LIST_PRIORITY | LIST_GROUP1 | LIST_ACTIVE);
    assert_int_equal(vgic->cpus[0].list_of[1024 + SGI], 0);
    lists[0][0] &= ~STATE;
    refill(0);
    assert_int_equal(lists[0][0],
                     SGI | UINT64_C(0x40) << LIST_PRIORITY | LIST_GROUP1 | LIST_PENDING);
    assert_int_equal(vgic->cpus[0].list_of[1024 + SGI], 1);
}

#define P LIST_PENDING
#define A LIST_ACTIVE

/*
 * Out of a list register in some state, with the line as it is, and what siblings have posted:
 * whether it is pending or active in the books then, or its physical one is active still.
 */
static const struct {
    uint32_t number;
    uint64_t state;
    bool line, cleared, ended;
    bool latched, active, phys;
} folds[] = {
    {LEVEL, P, true, false, false, true, false, true},    /* a line that is high is latched, */
    {LEVEL, P, false, false, false, false, false, false}, /* ... one that has fallen is not; */
    {LEVEL, A, true, false, false, false, true, true},    /* active, it can't be seen */
    {LEVEL, A, false, false, false, false, true, true},
    {TIMER, P, true, false, false, true, false, true},
    {TIMER, P, false, false, false, false, false, false},
    {EDGE, P, false, false, false, true, false, true}, /* an edge keeps its latch */
    {EDGE, A, false, false, false, false, true, true},
    {EMULATED, P, false, false, false, false, false, false}, /* what its line says is known */
    {EMULATED, A, false, false, false, false, true, false},
    {EMULATED, P | A, false, false, false, false, true, false},
    {SGI, P, false, false, false, true, false, false},
    {SGI, P | A, false, false, false, true, true, false},
    {EDGE, P, false, true, false, false, false, false}, /* cleared by a sibling, ... */
    {EDGE, A, false, true, false, false, true, true},   /* ... but it had been taken */
    {SGI, P | A, false, true, false, false, true, false},
    {EDGE, A, false, false, true, false, false, false}, /* ended by a sibling, ... */
    {EDGE, P, false, false, true, true, false, true},   /* ... but it isn't taken yet */
    {SGI, P | A, false, false, true, true, false, false},
    {LEVEL, A, true, false, true, false, false, false}, /* it will fire again */
    {EDGE, 0, false, true, true, false, false, false},  /* ended by its guest meanwhile */
};

TEST(folding) {
    for (unsigned i = 0; i < COUNT_OF(folds); i++) {
        uint32_t number = folds[i].number, bit = vgic_bit(number);
        struct vgic_word *word;

        begin();
        word = word_of(number);
        word->line |= number == EMULATED ? bit : 0;
        if (number != EMULATED)
            take(0, number);
        fill(0);
        word->line = 0;
        assert_int_equal(state_of(0, number), P);
        lists[0][0] = (lists[0][0] & ~STATE) | folds[i].state;
        if (word->phys[number % 32] != 0) {
            machine_irq(0, word->phys[number % 32])->line = folds[i].line;
            machine_irq(0, word->phys[number % 32])->active = folds[i].state != 0;
        }
        word->cleared |= folds[i].cleared ? bit : 0;
        word->ended |= folds[i].ended ? bit : 0;
        word->changed |= bit;
        assert_int_equal(vgic_fold(&vm.vcpus[0], lists[0], 0), 1);
        if (is(word->latched, number) != folds[i].latched ||
            is(word->active, number) != folds[i].active ||
            (word->phys[number % 32] != 0 &&
             machine_irq(0, word->phys[number % 32])->active != folds[i].phys))
            fail_msg("case %u: latched %x, active %x", i, word->latched, word->active);
        assert_int_equal((word->listed | word->changed | word->cleared | word->ended) & bit, 0);
        assert_int_equal(lists[0][0] | vgic->cpus[0].used, 0);
    }
}

/* Empty, it stays its own, until something is posted or another one needs the place. */
TEST(an_empty_register_stays_its_interrupts) {
    for (unsigned posted = 0; posted < 2; posted++) {
        begin();
        take(0, TIMER);
        assert_int_equal(vgic->cpus[0].ready[0], lists[0][0]);
        lists[0][0] &= ~STATE;
        word_of(TIMER)->changed |= posted != 0 ? vgic_bit(TIMER) : 0;
        assert_int_equal(vgic_fold(&vm.vcpus[0], lists[0], 0), posted);
        assert_int_equal(vgic->cpus[0].list_of[TIMER], posted == 0);
        assert_int_equal(is(word_of(TIMER)->listed, TIMER), posted == 0);
        take(0, EDGE);
        assert_int_equal((uint32_t)lists[0][posted == 0], EDGE); /* unused ones go first */
    }
    begin();
    take(0, TIMER);
    lists[0][0] &= ~STATE;
    for (uint32_t n = 0; n < LISTS; n++) {
        enable(0, n, 0x80);
        take(0, n);
    }
    assert_int_equal((uint32_t)lists[0][0], 3);
    assert_int_equal(vgic->cpus[0].list_of[1024 + 3], 1);
    assert_int_equal(vgic->cpus[0].list_of[TIMER], 0);
    assert_false(is(word_of(TIMER)->listed, TIMER));
}

TEST(the_most_urgent_go_first) {
    static const uint8_t priorities[] = {0x90, 0x30, 0xf0, 0x30, 0x10, 0x70, 0xff};
    static const uint32_t order[] = {4, 1, 3, 5, 0, 2, 6}; /* of equals, the lower number */
    uint32_t at = 0;

    for (uint32_t n = 0; n < COUNT_OF(priorities); n++) {
        enable(0, n, priorities[n]);
        come(0, n);
    }
    assert_true(fill(0)); /* more waits than fits */
    for (; at < LISTS; at++)
        assert_int_equal((uint32_t)lists[0][at], order[at]);
    lists[0][0] = lists[0][1] = lists[0][2] = 0;
    assert_false(fill(0)); /* all of them fit exactly */
    assert_int_equal((uint32_t)lists[0][3], order[3]);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal((uint32_t)lists[0][i], order[at++]);
    come(0, TIMER);
    assert_true(refill(0));
    vgic->cpus[0].privates.enabled &= ~vgic_bit(6); /* what can't be delivered doesn't count */
    assert_false(refill(0));
}

/* What ICH_HCR_EL2 has to tell of while more waits than fits: by EOImode, and for what. */
TEST(what_waits_is_told_of) {
    const uint32_t told = LIST_HCR_LRENPIE | LIST_HCR_UIE | LIST_HCR_TDIR;

    for (unsigned split = 0; split < 2; split++) {
        for (unsigned active = 0; active < 2; active++) {
            uint64_t words[VGIC_LISTS];
            uint32_t written = 0;

            begin();
            come(0, TIMER);
            assert_int_equal(vgic_fill(&vm.vcpus[0], split != 0, 1, words, &written), 0);
            vgic_fold(&vm.vcpus[0], (uint64_t[VGIC_LISTS]){words[0] ^ (active != 0 ? STATE : 0)},
                      0);
            assert_int_equal(vgic_fill(&vm.vcpus[0], split != 0, 0, words, &written), told);
        }
    }
}

TEST(a_more_urgent_one_takes_a_place_but_not_an_active_ones) {
    for (uint32_t n = 0; n < LISTS; n++) {
        enable(0, n, 0x80);
        take(0, n);
    }
    word_of(EDGE)->priority[EDGE % 32] = 0x20;
    come(0, EDGE);
    assert_true(refill(0));
    assert_int_equal((uint32_t)lists[0][0], EDGE);
    assert_int_equal(held(0), LISTS);
    lists[0][3] ^= STATE; /* taken before it was masked, at 0x80 */
    enable(0, 9, 0);
    come(0, 9);
    assert_true(refill(0));
    assert_int_equal((uint32_t)lists[0][0], 9);
    assert_int_equal((uint32_t)lists[0][1], EDGE);
    assert_int_equal(lists[0][2] & STATE, A);
}

/* Which vCPU is asked to do `what` by a change that a sibling has made; NOBODY if none. */
static uint32_t asked_by_change(uint32_t number, uint32_t what) {
    uint32_t asked = NOBODY;

    for (uint32_t v = 0; v < VCPUS; v++)
        vm.vcpus[v].work = host.kicks[v] = 0;
    vgic_changed(&(struct vcpu){.vm = &vm}, word_of(number), vgic_bit(number));
    for (uint32_t v = 0; v < VCPUS; v++) {
        assert_int_equal(host.kicks[v], vm.vcpus[v].work != 0);
        if (vm.vcpus[v].work != 0) {
            assert_int_equal(vm.vcpus[v].work, what);
            assert_int_equal(asked, NOBODY);
            asked = v;
        }
    }
    return asked;
}

TEST(a_change_concerns_its_target_or_who_holds_it) {
    uint8_t *route = &word_of(EDGE)->route[EDGE % 32];

    assert_int_equal(asked_by_change(EDGE, 0), NOBODY); /* there is nothing of it here */
    come(0, EDGE);
    *route = 2;
    assert_int_equal(asked_by_change(EDGE, VGIC_FILL), 2);
    *route = VGIC_NO_VCPU;
    assert_int_equal(asked_by_change(EDGE, 0), NOBODY);
    *route = 0;
    fill(0);
    *route = 2; /* listed: its holder has to give it away first, ... */
    assert_int_equal(asked_by_change(EDGE, VGIC_FOLD), 0);
    vgic_fold(&vm.vcpus[0], lists[0], 0);
    assert_int_equal(vm.vcpus[2].work, VGIC_FILL); /* ... who tells the next */
    assert_int_equal(host.kicks[2], 1);
    fill(2);
    assert_int_equal(state_of(2, EDGE), P);
    lists[2][0] ^= STATE; /* active, it ends where it began */
    *route = 1;
    assert_int_equal(asked_by_change(EDGE, VGIC_FOLD), 2);
    vgic_fold(&vm.vcpus[2], lists[2], 0);
    assert_int_equal(asked_by_change(EDGE, VGIC_FILL), 2);
    fill(1);
    assert_int_equal(held(1), 0);
    fill(2);
    assert_int_equal(state_of(2, EDGE), A);
}

TEST(nobody_is_kicked_twice_or_by_itself) {
    vgic_ask(&vm.vcpus[0], 1, VGIC_FILL);
    vgic_ask(&vm.vcpus[2], 1, VGIC_FILL);
    assert_int_equal(host.kicks[1], 1);
    vgic_ask(&vm.vcpus[2], 1, VGIC_FOLD); /* something else */
    assert_int_equal(vm.vcpus[1].work, VGIC_FOLD | VGIC_FILL);
    vm.vcpus[1].work = 0; /* it has looked */
    host.kicks[1] = 0;
    vgic_ask(&vm.vcpus[2], 1, VGIC_FILL);
    assert_int_equal(host.kicks[1], 1);
    vgic_ask(&vm.vcpus[0], 0, VGIC_FILL);
    assert_int_equal(vm.vcpus[0].work, VGIC_FILL);
    assert_int_equal(host.kicks[0], 0);
}
