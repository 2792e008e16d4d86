/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/vgic/vgic.h"

#include "arch/arm64/gic/gic.h"
#include "arch/arm64/vgic/list.h"
#include "arch/cpu.h"
#include "vm/vm.h"

void vgic_ask(struct vm *vm, uint32_t self, uint32_t vcpu, uint32_t what) {
    if ((atomic_fetch_or(&vm->vcpus[vcpu].work, what) & what) == 0 && vcpu != self)
        arch_cpu_kick(vm->vcpus[vcpu].cpu);
}

void vgic_changed(struct vm *vm, uint32_t self, struct vgic_word *word, uint32_t bits) {
    uint32_t listed = bits & word->listed;

    word->changed |= listed;
    bits &= vgic_pending(word) | word->active | listed;
    for (; bits != 0; bits &= bits - 1) {
        unsigned n = (unsigned)__builtin_ctz(bits);
        bool held = ((listed | word->active) >> n & 1) != 0;
        uint32_t vcpu = held ? word->holder[n] : word->route[n];

        if (vcpu < vm->vcpu_count)
            vgic_ask(vm, self, vcpu, (listed >> n & 1) != 0 ? VGIC_FOLD : VGIC_FILL);
    }
}

/* Where the fast path finds the list register of interrupt `n` of the word. */
static uint8_t *list_of(struct vgic_cpu *cpu, const struct vgic_word *word, unsigned n) {
    bool is_sgi = word == &cpu->privates && n < VGIC_SGIS;

    return &cpu->list_of[is_sgi ? 1024 + n : word->phys[n]];
}

/* The list register is nobody's any more. */
static void let_go(struct vgic *vgic, uint32_t vcpu, unsigned list) {
    struct vgic_cpu *cpu = &vgic->cpus[vcpu];
    uint32_t number = cpu->number[list];
    struct vgic_word *word = vgic_word(vgic, vcpu, number);

    cpu->used &= ~(1u << list);
    *list_of(cpu, word, number % 32) = 0;
    word->listed &= ~vgic_bit(number);
}

/* The physical line behind it is high, as is seen while it is active. */
static bool has_line(const struct vgic_word *word, unsigned n) {
    return word->phys[n] != 0 && gic_line(word->phys[n]);
}

/* Out of a list register, which had it in some state. */
static void fold(struct vm *vm, uint32_t vcpu, unsigned list, uint64_t value) {
    struct vgic *vgic = &vm->arch.vgic;
    uint32_t number = vgic->cpus[vcpu].number[list], bit = vgic_bit(number);
    struct vgic_word *word = vgic_word(vgic, vcpu, number);
    bool by_hand = (vgic->cpus[vcpu].hand >> list & 1) != 0;
    bool in_use = (value & (LIST_PENDING | LIST_ACTIVE)) != 0;
    unsigned n = number % 32;

    if ((value & LIST_PENDING) != 0 && (word->cleared & bit) == 0) {
        word->by_hand |= by_hand ? word->linked & bit : 0;
        if (by_hand || (word->edge & bit) != 0 || has_line(word, n))
            word->latched |= bit;
    }
    if ((value & LIST_ACTIVE) != 0 && (word->ended & bit) == 0) {
        word->active |= bit;
        word->taken[n] = list_priority(value);
    }
    in_use = in_use || ((word->cleared | word->ended) & bit) != 0;
    if (in_use && (word->linked & ~(word->latched | word->active) & bit) != 0)
        gic_clear_active(word->phys[n]);
    word->changed &= ~bit;
    word->cleared &= ~bit;
    word->ended &= ~bit;
    let_go(vgic, vcpu, list);
    vgic_changed(vm, vcpu, word, bit);
}

/* What of a word may be delivered, if it is pending. */
static uint32_t deliverable(const struct vgic *vgic, const struct vgic_word *word) {
    uint32_t groups = ((vgic->control & 1) != 0 ? ~word->group : 0) |
                      ((vgic->control & 2) != 0 ? word->group : 0);

    return word->enabled & groups;
}

/*
 * The most urgent one in the books that is active on the vCPU or, unless `active_only`, may be
 * delivered to it; VGIC_END: none. Of equals the active one, then the first. `split`: all active
 * ones come last.
 */
static uint32_t most_urgent(struct vgic *vgic, uint32_t vcpu, bool active_only, bool split) {
    uint32_t best = VGIC_END, least = UINT32_MAX;

    for (uint32_t i = 0; i < vgic->words; i++) {
        const struct vgic_word *word = vgic_word(vgic, vcpu, i * 32);
        uint32_t bits = active_only ? 0 : vgic_pending(word) & deliverable(vgic, word);

        for (bits = (bits | word->active) & ~word->listed; bits != 0; bits &= bits - 1) {
            unsigned n = (unsigned)__builtin_ctz(bits);
            bool active = (word->active >> n & 1) != 0;
            uint32_t urgency =
                active ? word->taken[n] * 2u + split * 0x200u : word->priority[n] * 2u + 1;

            if ((active ? word->holder[n] : word->route[n]) == vcpu && urgency < least) {
                least = urgency;
                best = i * 32 + n;
            }
        }
    }
    return best;
}

uint32_t vgic_fold(struct vm *vm, uint32_t vcpu, uint64_t words[VGIC_LISTS], uint32_t ended) {
    struct vgic *vgic = &vm->arch.vgic;
    struct vgic_cpu *cpu = &vgic->cpus[vcpu];
    uint32_t folded = 0;

    /* The guest has ended what no list register had: the most urgent ones that are active. */
    for (uint32_t number; ended > 0; ended--) {
        number = most_urgent(vgic, vcpu, true, false);
        if (number != VGIC_END)
            vgic_deactivate(vm, vcpu, number);
    }
    for (uint32_t used = cpu->used; used != 0; used &= used - 1) {
        unsigned list = (unsigned)__builtin_ctz(used);
        uint32_t number = cpu->number[list];
        const struct vgic_word *word = vgic_word(vgic, vcpu, number);
        uint64_t state = words[list] & (LIST_PENDING | LIST_ACTIVE);

        /* It has ended, and the register stays its own. */
        if (state == 0 && (word->changed & vgic_bit(number)) == 0 &&
            *list_of(cpu, word, number % 32) != 0)
            continue;
        fold(vm, vcpu, list, words[list]);
        words[list] = 0;
        folded |= 1u << list;
    }
    return folded;
}

void vgic_forget_priorities(struct vm *vm, uint32_t vcpu) {
    struct vgic *vgic = &vm->arch.vgic;

    for (uint32_t i = 0; i < vgic->words; i++) {
        struct vgic_word *word = vgic_word(vgic, vcpu, i * 32);

        for (unsigned n = 0; n < 32; n++)
            word->taken[n] = word->holder[n] == vcpu ? VGIC_NOT_RUNNING : word->taken[n];
    }
}

void vgic_deactivate(struct vm *vm, uint32_t vcpu, uint32_t number) {
    struct vgic_word *word = vgic_word(&vm->arch.vgic, vcpu, number);
    uint32_t bit = vgic_bit(number);

    if ((word->active & bit) == 0 || word->holder[number % 32] != vcpu)
        return;
    word->active &= ~bit;
    if ((word->linked & ~word->latched & bit) != 0)
        gic_clear_active(word->phys[number % 32]);
    vgic_changed(vm, vcpu, word, bit);
}

/* Takes one out of the books that is pending by a line which has fallen. */
static bool drop_fallen(struct vgic_word *word, unsigned n) {
    uint32_t bit = 1u << n;

    if ((word->linked & ~(word->active | word->edge | word->by_hand) & bit) == 0 ||
        has_line(word, n))
        return false;
    word->latched &= ~bit;
    gic_clear_active(word->phys[n]);
    return true;
}

/* Moves the interrupt's state into a list register; returns the register's word. */
static uint64_t load(struct vm *vm, uint32_t vcpu, uint32_t number, unsigned list) {
    struct vgic *vgic = &vm->arch.vgic;
    struct vgic_cpu *cpu = &vgic->cpus[vcpu];
    struct vgic_word *word = vgic_word(vgic, vcpu, number);
    uint32_t bit = vgic_bit(number),
             hand = (word->linked & bit) != 0 ? word->by_hand : word->latched;
    unsigned n = number % 32;
    bool active = (word->active & bit) != 0;
    bool may_come = (deliverable(vgic, word) & bit) != 0 && word->route[n] == vcpu;
    bool again = active && may_come && (word->latched & ~word->linked & bit) != 0 &&
                 word->taken[n] == word->priority[n];
    /* Its end is to be told: a level is looked at again, and what can't be put into one word comes.
     */
    bool tell = (word->linked & bit) == 0 &&
                ((word->edge & bit) == 0 || (active && !again && (word->latched & bit) != 0));
    uint64_t base = list_word(number, word->phys[n], (word->group & bit) != 0, tell);

    if ((cpu->used >> list & 1) != 0)
        fold(vm, vcpu, list, 0);
    cpu->number[list] = (uint16_t)number;
    cpu->used |= 1u << list;
    cpu->hand &= ~(1u << list);
    cpu->ready[list] = base | LIST_PENDING | LIST_PRIORITY(word->priority[n]);
    if (may_come && !tell && (word->by_hand & bit) == 0 &&
        ((word->linked & bit) != 0 || number < VGIC_SGIS))
        *list_of(cpu, word, n) = (uint8_t)(list + 1);
    word->listed |= bit;
    word->holder[n] = (uint8_t)vcpu;
    word->active &= ~bit;
    if (!active || again) {
        cpu->hand |= (hand & bit) != 0 ? 1u << list : 0;
        word->latched &= ~bit;
        word->by_hand &= ~bit;
    }
    if (!active)
        return cpu->ready[list];
    return base | LIST_ACTIVE | (again ? LIST_PENDING : 0) | LIST_PRIORITY(word->taken[n]);
}

/* A list register of those, one that is nobody's if there is one; now this interrupt's. */
static unsigned load_any(struct vm *vm, uint32_t vcpu, uint32_t number, uint32_t empty,
                         uint64_t words[VGIC_LISTS]) {
    uint32_t unused = empty & ~vm->arch.vgic.cpus[vcpu].used;
    unsigned list = (unsigned)__builtin_ctz(unused != 0 ? unused : empty);

    words[list] = load(vm, vcpu, number, list);
    return list;
}

uint32_t vgic_take(struct vm *vm, uint32_t self, uint32_t number, uint32_t empty,
                   uint64_t words[VGIC_LISTS]) {
    struct vgic *vgic = &vm->arch.vgic;
    struct vgic_word *word = vgic_word(vgic, self, number);
    uint32_t bit = vgic_bit(number);
    bool is_here = word->route[number % 32] == self && vm->vcpus[self].power == VCPU_ON;

    word->latched |= bit;
    if (is_here && empty != 0 &&
        (deliverable(vgic, word) & ~word->listed & ~word->active & bit) != 0)
        return 1u << load_any(vm, self, number, empty, words);
    vgic_changed(vm, self, word, bit);
    return 0;
}

uint32_t vgic_fill(struct vm *vm, uint32_t vcpu, bool split, uint32_t empty,
                   uint64_t words[VGIC_LISTS], uint32_t *written) {
    struct vgic *vgic = &vm->arch.vgic;
    uint32_t number, list, pending = 0;

    while ((number = most_urgent(vgic, vcpu, false, split)) != VGIC_END) {
        struct vgic_word *word = vgic_word(vgic, vcpu, number);

        if (drop_fallen(word, number % 32))
            continue;
        if (empty == 0)
            return LIST_HCR_LRENPIE | LIST_HCR_UIE | LIST_HCR_TDIR | pending;
        pending |= (word->active & vgic_bit(number)) != 0 ? 0 : LIST_HCR_NPIE;
        list = 1u << load_any(vm, vcpu, number, empty, words);
        empty &= ~list;
        *written |= list;
    }
    return 0;
}

uint32_t vgic_sgi_targets(const struct vm *vm, uint32_t sender, uint64_t value) {
    uint32_t all = (1u << vm->vcpu_count) - 1;

    if ((value & (UINT64_C(1) << 40)) != 0) /* IRM: all but the sender */
        return all & ~(1u << sender);
    /* Aff3 [55:48], RS [47:44], Aff2 [39:32], Aff1 [23:16]: vCPUs are 0.0.0.n, n < 16. */
    return (value & UINT64_C(0x00fff0ff00ff0000)) == 0 ? (uint32_t)value & 0xffff & all : 0;
}
