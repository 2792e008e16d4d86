/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/vgic/vgic_word.h"

#include "arch/arm64/vgic/vgic_hw.h"

/* The same write to the physical interrupts that these are linked to. */
static void each(const struct vgic_word *word, uint32_t bits, enum gic_bank bank) {
    for (bits &= word->linked; bits != 0; bits &= bits - 1)
        gic_write(bank, word->phys[__builtin_ctz(bits)]);
}

/* All but a sibling's linked private ones: its core alone reaches them in the machine. */
static uint32_t reached(const struct vcpu *vcpu, const struct vgic_word *word) {
    return word->owner == VGIC_NO_VCPU || word->owner == vcpu->index ? UINT32_MAX : ~word->linked;
}

/* Those that are in siblings' list registers: what is known is that they have not ended. */
static uint32_t elsewhere(const struct vcpu *vcpu, const struct vgic_word *word) {
    uint32_t value = 0;

    for (uint32_t bits = word->listed; bits != 0; bits &= bits - 1)
        value |= word->holder[__builtin_ctz(bits)] != vcpu->index ? bits & -bits : 0;
    return value;
}

/* Of a linked level the line tells, if it is in the books or not. */
static uint32_t read_pending(const struct vcpu *vcpu, const struct vgic_word *word) {
    uint32_t linked = word->linked & reached(vcpu, word);
    uint32_t value = vgic_pending(word) & ~(linked & ~word->edge & ~word->by_hand);

    for (uint32_t bits = linked & ~value; bits != 0; bits &= bits - 1)
        value |= gic_line(word->phys[__builtin_ctz(bits)]) ? bits & -bits : 0;
    return value;
}

uint32_t vgic_word_state(struct vcpu *vcpu, struct vgic_word *word, enum gic_bank bank) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    uint32_t value, others;

    spin_lock(&vgic->lock);
    vgic_lists_fold(vcpu);
    others = elsewhere(vcpu, word);
    value = bank <= GICD_ICPENDR ? read_pending(vcpu, word) : word->active | others;
    vgic_changed(vcpu, word, others); /* so that who polls sees it end */
    spin_unlock(&vgic->lock);
    return value;
}

/*
 * Active by hand, where it would be handled; but no list register is held for long for what has no
 * running priority. What is pending here is so at the machine's now, behind the active one: a level
 * by its line.
 */
static void activate(struct vgic_word *word, uint32_t value) {
    each(word, value & word->latched & (word->edge | word->by_hand), GICD_ISPENDR);
    word->latched &= ~(value & word->linked);
    each(word, value, GICD_ISACTIVER);
    for (uint32_t bits = value & ~word->active; bits != 0; bits &= bits - 1) {
        unsigned n = (unsigned)__builtin_ctz(bits);

        word->taken[n] = VGIC_NOT_RUNNING;
        if ((word->listed >> n & 1) == 0)
            word->holder[n] = word->route[n] != VGIC_NO_VCPU ? word->route[n] : 0;
    }
    word->active |= value;
}

void vgic_word_write(struct vcpu *vcpu, struct vgic_word *word, enum gic_bank bank,
                     uint32_t value) {
    uint32_t was = 0;

    value &= word->owned;
    if (bank >= GICD_ISPENDR) {
        vgic_lists_fold(vcpu); /* what this vCPU had there is in the books now */
        value &= reached(vcpu, word);
        was = value & (word->latched | word->active);
    }
    if (bank == GICD_IGROUPR) {
        value ^= word->group;
        word->group ^= value;
    } else if (bank <= GICD_ICENABLER) {
        value &= bank == GICD_ISENABLER ? ~word->enabled : word->enabled;
        word->enabled ^= value;
        /* Private ones (timers) stay on in the hardware: each fires at most once unhandled. */
        if (word->owner == VGIC_NO_VCPU)
            each(word, value, bank);
    } else if (bank == GICD_ISPENDR) {
        word->by_hand |= value & ~word->edge;
        word->latched |= value & ~word->linked;
    } else if (bank == GICD_ICPENDR) {
        each(word, value, bank);
        word->latched &= ~value;
        word->by_hand &= ~value;
        word->cleared |= value & elsewhere(vcpu, word);
        atomic_fetch_and(&word->sgis, ~value);
    } else if (bank == GICD_ISACTIVER) {
        activate(word, value);
    } else {
        word->active &= ~value;
        word->ended |= value & elsewhere(vcpu, word);
    }
    if (was != 0)
        vgic_release(word, was);
    vgic_changed(vcpu, word, value);
    /* Behind that: whoever it comes to goes by the books, which tell that it was pended by hand. */
    if (bank == GICD_ISPENDR)
        each(word, value & ~word->latched, bank);
}

static void set_trigger(struct vgic_word *word, unsigned n, bool edge) {
    uint32_t bit = 1u << n;
    bool linked = (word->linked & bit) != 0;
    /* SGIs are edges, linked private ones levels. */
    bool fixed = word->owner != VGIC_NO_VCPU && (linked || n < VGIC_SGIS);

    if (fixed || edge == ((word->edge & bit) != 0))
        return;
    /* A level is not latched: what was one is pending no more. */
    if ((word->latched & word->linked & ~word->edge & ~word->active & bit) != 0) {
        word->latched &= ~bit;
        vgic_release(word, bit);
    }
    /* Not to be changed while it is enabled (IHI 0069, GICD_ICFGR). */
    each(word, bit, GICD_ICENABLER);
    if (!linked || gic_configure(word->phys[n], edge))
        word->edge ^= bit;
    each(word, bit & word->enabled, GICD_ISENABLER);
}

static void set_route(const struct vm *vm, struct vgic_word *word, unsigned n, uint64_t affinity) {
    /* Interrupt_Routing_Mode (bit 31) is RES0: GICD_TYPER.No1N. */
    uint64_t vcpu = affinity & UINT64_C(0xff00ffffff);

    word->route[n] = (uint8_t)(vcpu < vm->vcpu_count ? vcpu : VGIC_NO_VCPU);
    if (word->phys[n] != 0 && vcpu < vm->vcpu_count)
        gic_route(word->phys[n], vm->vcpus[vcpu].cpu);
}

void vgic_word_set(struct vcpu *vcpu, struct vgic_word *word, uint32_t bank, unsigned first,
                   unsigned count, uint64_t value) {
    uint32_t bits = word->owned & (uint32_t)(((UINT64_C(1) << count) - 1) << first);

    for (uint32_t left = bits; left != 0; left &= left - 1) {
        unsigned n = (unsigned)__builtin_ctz(left);

        if (bank == GICD_IPRIORITYR)
            word->priority[n] = (uint8_t)(value >> (n - first) * 8);
        else if (bank == GICD_ICFGR)
            set_trigger(word, n, (value >> (n - first) * 2 & 2) != 0);
        else
            set_route(vcpu->vm, word, n, value);
    }
    vgic_changed(vcpu, word, bits);
}
