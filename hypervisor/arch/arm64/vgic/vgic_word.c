/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/vgic/vgic_word.h"

#include "arch/arm64/gic/gic.h"
#include "arch/arm64/vgic/vgic_hw.h"

/* Does something about the physical interrupts behind these. */
static void each(const struct vgic_word *word, uint32_t bits, void (*act)(uint32_t phys)) {
    for (; bits != 0; bits &= bits - 1)
        act(word->phys[__builtin_ctz(bits)]);
}

static void on(uint32_t phys) {
    gic_enable(phys, true);
}

static void off(uint32_t phys) {
    gic_enable(phys, false);
}

/* Those that this core reaches in the machine's controller: no sibling's private ones. */
static uint32_t reached(const struct vgic_access *access) {
    bool is_here = access->frame == 0 || access->frame / 2 - 1 == access->vcpu->index;

    return is_here ? access->word->linked : 0;
}

/* Those that are in siblings' list registers: what is known is that they have not ended. */
static uint32_t elsewhere(const struct vgic_access *access) {
    uint32_t value = access->word->listed;

    for (uint32_t bits = value; bits != 0; bits &= bits - 1) {
        if (access->word->holder[__builtin_ctz(bits)] == access->vcpu->index)
            value &= ~(bits & -bits);
    }
    return value;
}

static void changed(const struct vgic_access *access, uint32_t bits) {
    vgic_changed(access->vcpu->vm, access->vcpu->index, access->word, bits);
}

/* Of a linked level the line tells, if it is in the books or not. */
static uint32_t read_pending(const struct vgic_access *access) {
    const struct vgic_word *word = access->word;
    uint32_t value = vgic_pending(word);
    uint32_t levels = reached(access) & ~word->edge & ~word->by_hand;

    value &= ~levels;
    for (uint32_t bits = reached(access) & ~value; bits != 0; bits &= bits - 1) {
        if (gic_line(word->phys[__builtin_ctz(bits)]))
            value |= bits & -bits;
    }
    return value;
}

uint32_t vgic_word_state(const struct vgic_access *access, enum vgic_bank bank) {
    struct vgic *vgic = &access->vcpu->vm->arch.vgic;
    uint32_t value, others;

    spin_lock(&vgic->lock);
    vgic_lists_fold(access->vcpu);
    others = elsewhere(access);
    value = bank <= VGIC_PENDING_CLEAR ? read_pending(access) : access->word->active | others;
    changed(access, others); /* so that who polls sees it end */
    spin_unlock(&vgic->lock);
    return value;
}

/*
 * Active by hand, where it would be handled; but no list register is held for long for what has no
 * running priority. What is pending here is so at the machine's now, behind the active one: a level
 * by its line.
 */
static void activate(const struct vgic_access *access, uint32_t value) {
    struct vgic_word *word = access->word;
    uint32_t linked = value & word->linked;

    each(word, linked & word->latched & (word->edge | word->by_hand), gic_set_pending);
    word->latched &= ~linked;
    each(word, linked, gic_set_active);
    for (uint32_t bits = value & ~word->active; bits != 0; bits &= bits - 1) {
        unsigned n = (unsigned)__builtin_ctz(bits);

        word->taken[n] = VGIC_NOT_RUNNING;
        if ((word->listed >> n & 1) == 0)
            word->holder[n] = word->route[n] != VGIC_NO_VCPU ? word->route[n] : 0;
    }
    word->active |= value;
}

static void clear_pending(const struct vgic_access *access, uint32_t value) {
    struct vgic_word *word = access->word;

    each(word, value & reached(access), gic_clear_pending);
    word->latched &= ~value;
    word->by_hand &= ~value;
    word->cleared |= value & elsewhere(access);
    if (access->frame != 0)
        atomic_fetch_and(&access->vcpu->vm->arch.vgic.cpus[access->frame / 2 - 1].sgis, ~value);
}

/* What this vCPU had in its list registers is in the books now. */
static void write_state(const struct vgic_access *access, enum vgic_bank bank, uint32_t value) {
    struct vgic_word *word = access->word;
    uint32_t here = reached(access), was = value & (word->latched | word->active);

    if (bank == VGIC_PENDING_SET) {
        each(word, value & here & ~word->latched, gic_set_pending);
        word->by_hand |= value & here & ~word->edge;
        word->latched |= value & ~word->linked;
    } else if (bank == VGIC_PENDING_CLEAR) {
        clear_pending(access, value);
    } else if (bank == VGIC_ACTIVE_SET) {
        activate(access, value & (here | ~word->linked));
    } else {
        word->active &= ~value;
        word->ended |= value & elsewhere(access);
    }
    /* What is neither any more: the physical one may fire again. */
    each(word, was & ~(word->latched | word->active | word->listed) & here, gic_clear_active);
}

void vgic_word_write(const struct vgic_access *access, enum vgic_bank bank, uint32_t value) {
    struct vgic_word *word = access->word;

    value &= word->owned;
    if (bank == VGIC_GROUP) {
        value ^= word->group;
        word->group ^= value;
    } else if (bank <= VGIC_ENABLE_CLEAR) {
        value &= bank == VGIC_ENABLE_SET ? ~word->enabled : word->enabled;
        word->enabled ^= value;
        /* Private ones (timers) stay on in the hardware: each fires at most once unhandled. */
        if (access->frame == 0)
            each(word, value & word->linked, bank == VGIC_ENABLE_SET ? on : off);
    } else {
        vgic_lists_fold(access->vcpu);
        write_state(access, bank, value);
    }
    changed(access, value);
}

void vgic_word_set_priorities(const struct vgic_access *access, unsigned first, unsigned size,
                              uint64_t value) {
    struct vgic_word *word = access->word;
    uint32_t bits = 0;

    for (unsigned n = first; n < first + size; n++, value >>= 8) {
        if ((word->owned >> n & 1) == 0 || word->priority[n] == (uint8_t)value)
            continue;
        word->priority[n] = (uint8_t)value;
        bits |= 1u << n;
    }
    changed(access, bits);
}

static void set_trigger(struct vgic_word *word, unsigned n, bool edge) {
    uint32_t bit = 1u << n;
    bool linked = (word->linked & bit) != 0;

    if (edge == ((word->edge & bit) != 0))
        return;
    /* A level is not latched: what was one is pending no more. */
    if ((word->latched & word->linked & ~word->edge & ~word->active & bit) != 0) {
        word->latched &= ~bit;
        gic_clear_active(word->phys[n]);
    }
    /* Not to be changed while it is enabled (IHI 0069, GICD_ICFGR). */
    if (linked)
        off(word->phys[n]);
    if (!linked || gic_configure(word->phys[n], edge))
        word->edge ^= bit;
    if (linked && (word->enabled & bit) != 0)
        on(word->phys[n]);
}

void vgic_word_set_triggers(const struct vgic_access *access, unsigned first, uint64_t value) {
    struct vgic_word *word = access->word;
    /* SGIs are edges, linked private ones levels. */
    uint32_t fixed = access->frame == 0 ? 0 : word->linked | ((1u << VGIC_SGIS) - 1);

    for (unsigned n = first; n < first + 16; n++, value >>= 2) {
        if (((word->owned & ~fixed) >> n & 1) != 0)
            set_trigger(word, n, (value & 2) != 0);
    }
    changed(access, word->owned & UINT32_C(0xffff) << first);
}

void vgic_word_set_route(const struct vgic_access *access, unsigned n, uint64_t affinity) {
    const struct vm *vm = access->vcpu->vm;
    struct vgic_word *word = access->word;
    /* Interrupt_Routing_Mode (bit 31) is RES0: GICD_TYPER.No1N. */
    uint64_t vcpu = affinity & UINT64_C(0xff00ffffff);

    if ((word->owned >> n & 1) == 0)
        return;
    word->route[n] = (uint8_t)(vcpu < vm->vcpu_count ? vcpu : VGIC_NO_VCPU);
    if (word->phys[n] != 0 && vcpu < vm->vcpu_count)
        gic_route(word->phys[n], vm->vcpus[vcpu].cpu);
    changed(access, 1u << n);
}
