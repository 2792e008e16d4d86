/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/vgic/vgic.h"

#include "arch/arm64/gic/gic.h"
#include "arch/arm64/vgic/list.h"
#include "arch/cpu.h"
#include "vm/vm.h"

void vgic_ask(struct vcpu *self, uint32_t vcpu, uint32_t what) {
    struct vcpu *target = &self->vm->vcpus[vcpu];

    if ((atomic_fetch_or(&target->work, what) & what) == 0 && target != self)
        arch_cpu_kick(target->cpu);
}

void vgic_changed(struct vcpu *self, struct vgic_word *word, uint32_t bits) {
    uint32_t listed = bits & word->listed;

    word->changed |= listed;
    bits &= vgic_pending(word) | word->active | listed;
    for (; bits != 0; bits &= bits - 1) {
        unsigned n = (unsigned)__builtin_ctz(bits);
        bool held = ((listed | word->active) >> n & 1) != 0;
        uint32_t vcpu = held ? word->holder[n] : word->route[n];

        if (vcpu < self->vm->vcpu_count)
            vgic_ask(self, vcpu, (listed >> n & 1) != 0 ? VGIC_FOLD : VGIC_FILL);
    }
}

void vgic_release(const struct vgic_word *word, uint32_t bits) {
    bits &= word->linked & ~(word->latched | word->active | word->listed);
    for (; bits != 0; bits &= bits - 1)
        gic_write(GICD_ICACTIVER, word->phys[__builtin_ctz(bits)]);
}

/* The word of an interrupt as this vCPU sees it. */
static struct vgic_word *word_of(const struct vcpu *vcpu, uint32_t number) {
    return vgic_word(&vcpu->vm->arch.vgic, vcpu->index, number);
}

/* Where the fast path finds the interrupt's list register. */
static uint8_t *list_of(const struct vcpu *vcpu, uint32_t number) {
    const struct vgic_word *word = word_of(vcpu, number);

    return &vcpu->arch.vgic->list_of[number < VGIC_SGIS ? 1024 + number : word->phys[number % 32]];
}

/* The physical line behind it is high, as is seen while it is active. */
static bool has_line(const struct vgic_word *word, unsigned n) {
    return word->phys[n] != 0 && gic_line(word->phys[n]);
}

/* Out of a list register, which had it in some state and is nobody's then. */
static void fold(struct vcpu *vcpu, unsigned list, uint64_t value) {
    struct vgic_cpu *cpu = vcpu->arch.vgic;
    uint32_t number = (uint32_t)cpu->ready[list], bit = vgic_bit(number);
    struct vgic_word *word = word_of(vcpu, number);
    bool by_hand = (cpu->hand >> list & 1) != 0;
    bool in_use =
        (value & (LIST_PENDING | LIST_ACTIVE)) != 0 || ((word->cleared | word->ended) & bit) != 0;
    unsigned n = number % 32;

    if ((value & LIST_PENDING) != 0 && (word->cleared & bit) == 0) {
        word->by_hand |= by_hand ? bit : 0;
        if (by_hand || (word->edge & bit) != 0 || has_line(word, n))
            word->latched |= bit;
    }
    if ((value & LIST_ACTIVE) != 0 && (word->ended & bit) == 0) {
        word->active |= bit;
        word->taken[n] = (uint8_t)(value >> LIST_PRIORITY);
    }
    word->listed &= ~bit;
    word->changed &= ~bit;
    word->cleared &= ~bit;
    word->ended &= ~bit;
    cpu->used &= ~(1u << list);
    *list_of(vcpu, number) = 0;
    vgic_release(word, in_use ? bit : 0);
    vgic_changed(vcpu, word, bit);
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
static uint32_t most_urgent(struct vcpu *vcpu, bool active_only, bool split) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    uint32_t best = VGIC_END, least = UINT32_MAX;

    for (uint32_t i = 0; i < vgic->words; i++) {
        const struct vgic_word *word = word_of(vcpu, i * 32);
        uint32_t bits = active_only ? 0 : vgic_pending(word) & deliverable(vgic, word);

        for (bits = (bits | word->active) & ~word->listed; bits != 0; bits &= bits - 1) {
            unsigned n = (unsigned)__builtin_ctz(bits);
            bool active = (word->active >> n & 1) != 0;
            uint32_t urgency =
                active ? word->taken[n] * 2u + split * 0x200u : word->priority[n] * 2u + 1;

            if ((active ? word->holder[n] : word->route[n]) == vcpu->index && urgency < least) {
                least = urgency;
                best = i * 32 + n;
            }
        }
    }
    return best;
}

uint32_t vgic_fold(struct vcpu *vcpu, uint64_t words[VGIC_LISTS], uint32_t ended) {
    struct vgic_cpu *cpu = vcpu->arch.vgic;
    uint32_t folded = 0;

    /* The guest has ended what no list register had: the most urgent ones that are active. */
    for (; ended > 0; ended--)
        vgic_deactivate(vcpu, most_urgent(vcpu, true, false));
    for (uint32_t used = cpu->used; used != 0; used &= used - 1) {
        unsigned list = (unsigned)__builtin_ctz(used);
        uint32_t number = (uint32_t)cpu->ready[list];
        uint64_t state = words[list] & (LIST_PENDING | LIST_ACTIVE);

        /* It has ended, and the register stays its own. */
        if (state == 0 && (word_of(vcpu, number)->changed & vgic_bit(number)) == 0 &&
            *list_of(vcpu, number) != 0)
            continue;
        fold(vcpu, list, words[list]);
        words[list] = 0;
        folded |= 1u << list;
    }
    return folded;
}

void vgic_forget_priorities(struct vcpu *vcpu) {
    for (uint32_t i = 0; i < vcpu->vm->arch.vgic.words; i++) {
        struct vgic_word *word = word_of(vcpu, i * 32);

        for (uint32_t bits = word->active; bits != 0; bits &= bits - 1) {
            unsigned n = (unsigned)__builtin_ctz(bits);

            if (word->holder[n] == vcpu->index)
                word->taken[n] = VGIC_NOT_RUNNING;
        }
    }
}

void vgic_deactivate(struct vcpu *vcpu, uint32_t number) {
    struct vgic_word *word = word_of(vcpu, number);
    uint32_t bit = vgic_bit(number);

    if ((word->active & bit) == 0 || word->holder[number % 32] != vcpu->index)
        return;
    word->active &= ~bit;
    vgic_release(word, bit);
    vgic_changed(vcpu, word, bit);
}

/* Takes one out of the books that is pending by a line which has fallen. */
static bool drop_fallen(struct vgic_word *word, unsigned n) {
    uint32_t bit = 1u << n;

    if ((word->linked & ~(word->active | word->edge | word->by_hand) & bit) == 0 ||
        has_line(word, n))
        return false;
    word->latched &= ~bit;
    vgic_release(word, bit);
    return true;
}

/*
 * Moves the interrupt's state into one of the `empty` list registers, which is nobody's if there is
 * such a one. Returns a bitmap of it.
 */
static uint32_t load(struct vcpu *vcpu, uint32_t number, uint32_t empty,
                     uint64_t words[VGIC_LISTS]) {
    struct vgic_cpu *cpu = vcpu->arch.vgic;
    uint32_t unused = empty & ~cpu->used, bit = vgic_bit(number);
    unsigned list = (unsigned)__builtin_ctz(unused != 0 ? unused : empty), n = number % 32;
    struct vgic_word *word = word_of(vcpu, number);
    bool active = (word->active & bit) != 0;
    bool may_come =
        (deliverable(&vcpu->vm->arch.vgic, word) & bit) != 0 && word->route[n] == vcpu->index;
    bool again = active && may_come && (word->latched & ~word->linked & bit) != 0 &&
                 word->taken[n] == word->priority[n];
    /* Its end is to be told: a level is looked at again, and what can't be put into one word comes.
     */
    bool tell = (word->linked & bit) == 0 &&
                ((word->edge & bit) == 0 || (active && !again && (word->latched & bit) != 0));
    uint64_t base = list_word(number, word->phys[n], (word->group & bit) != 0, tell);

    if (unused == 0)
        fold(vcpu, list, 0);
    cpu->used |= 1u << list;
    cpu->hand &= ~(1u << list);
    cpu->ready[list] = base | LIST_PENDING | (uint64_t)word->priority[n] << LIST_PRIORITY;
    if (may_come && !tell && (word->by_hand & bit) == 0 &&
        ((word->linked & bit) != 0 || number < VGIC_SGIS))
        *list_of(vcpu, number) = (uint8_t)(list + 1);
    word->listed |= bit;
    word->holder[n] = (uint8_t)vcpu->index;
    word->active &= ~bit;
    words[list] = active ? base | LIST_ACTIVE | (again ? LIST_PENDING : 0) |
                               (uint64_t)word->taken[n] << LIST_PRIORITY
                         : cpu->ready[list];
    if (!active || again) {
        cpu->hand |= (word->by_hand & bit) != 0 ? 1u << list : 0;
        word->latched &= ~bit;
        word->by_hand &= ~bit;
    }
    return 1u << list;
}

uint32_t vgic_load(struct vcpu *vcpu, uint32_t number, uint32_t empty, uint64_t words[VGIC_LISTS]) {
    const struct vgic_word *word = word_of(vcpu, number);
    uint32_t free = ~(word->listed | word->active) & vgic_bit(number);

    if (empty == 0 || atomic_load(&vcpu->power) != VCPU_ON ||
        word->route[number % 32] != vcpu->index ||
        (deliverable(&vcpu->vm->arch.vgic, word) & free) == 0)
        return 0;
    return load(vcpu, number, empty, words);
}

uint32_t vgic_fill(struct vcpu *vcpu, bool split, uint32_t empty, uint64_t words[VGIC_LISTS],
                   uint32_t *written) {
    uint32_t number, list, pending = 0;

    while ((number = most_urgent(vcpu, false, split)) != VGIC_END) {
        struct vgic_word *word = word_of(vcpu, number);

        if (drop_fallen(word, number % 32))
            continue;
        if (empty == 0)
            return LIST_HCR_LRENPIE | LIST_HCR_UIE | LIST_HCR_TDIR | pending;
        pending |= (word->active & vgic_bit(number)) != 0 ? 0 : LIST_HCR_NPIE;
        list = load(vcpu, number, empty, words);
        empty &= ~list;
        *written |= list;
    }
    return 0;
}
