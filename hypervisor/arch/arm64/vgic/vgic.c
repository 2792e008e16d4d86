/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/vgic/vgic.h"

#include "arch/arm64/gic/gic.h"
#include "arch/cpu.h"

/* ICH_LR<n>_EL2, IHI 0069 section 12.4.8. */
#define LR_PHYS(number)    ((uint64_t)(number) << 32)
#define LR_PRIORITY(value) ((uint64_t)(value) << 48)
#define LR_EOI             (UINT64_C(1) << 41) /* without HW: tell when it ends */
#define LR_GROUP1          (UINT64_C(1) << 60)
#define LR_HW              (UINT64_C(1) << 61)
#define LR_PENDING         (UINT64_C(1) << 62)
#define LR_ACTIVE          (UINT64_C(1) << 63)

/* Behind the least urgent priority: see urgency(). */
#define NOT_DELIVERABLE 0x101u

void vgic_own(struct vgic *vgic, uint32_t number, uint32_t phys, bool edge) {
    struct vgic_irq *irq = &vgic->shared[number - VGIC_PRIVATES];

    irq->flags = (uint8_t)(VGIC_OWNED | (edge ? VGIC_EDGE : 0));
    irq->phys = (uint16_t)phys;
    if (phys != 0)
        vgic->guest_number[phys] = (uint16_t)number;
}

static void reset_irq(struct vgic_irq *irq, uint32_t vcpu) {
    irq->flags &= irq->phys != 0 ? VGIC_OWNED | VGIC_EDGE : VGIC_OWNED;
    irq->priority = 0;
    irq->vcpu = (uint8_t)vcpu;
    irq->holder = (uint8_t)vcpu;
    irq->list = 0;
}

void vgic_reset(struct vgic *vgic) {
    vgic->control = 0;
    for (uint32_t n = 0; n < VGIC_END - VGIC_PRIVATES; n++)
        reset_irq(&vgic->shared[n], 0);
    for (uint32_t i = 0; i < vgic->vcpu_count; i++) {
        struct vgic_cpu *cpu = &vgic->cpus[i];

        for (uint32_t n = 0; n < VGIC_PRIVATES; n++) {
            reset_irq(&cpu->privates[n], i);
            cpu->privates[n].flags = VGIC_OWNED | (n < VGIC_SGIS ? VGIC_EDGE : 0);
        }
        for (uint32_t n = 0; n < sizeof(cpu->waiting) / sizeof(cpu->waiting[0]); n++)
            cpu->waiting[n] = 0;
        cpu->used = 0;
        cpu->asleep = true;
        atomic_store(&cpu->sgis, 0);
        atomic_store(&cpu->sync, false);
    }
}

struct vgic_irq *vgic_irq(struct vgic *vgic, uint32_t vcpu, uint32_t number) {
    return number < VGIC_PRIVATES ? &vgic->cpus[vcpu].privates[number]
                                  : &vgic->shared[number - VGIC_PRIVATES];
}

/* Whether pending is a latch that taking the interrupt clears, rather than a line. */
static bool is_latched(const struct vgic_irq *irq) {
    return (irq->flags & VGIC_EDGE) != 0 || irq->phys != 0;
}

bool vgic_is_pending(const struct vgic_irq *irq) {
    return (irq->flags & VGIC_PENDING) != 0 || (irq->flags & (VGIC_LINE | VGIC_EDGE)) == VGIC_LINE;
}

static bool is_deliverable(const struct vgic *vgic, const struct vgic_irq *irq) {
    uint32_t group = (irq->flags & VGIC_GROUP1) != 0 ? 2 : 1;

    return (irq->flags & VGIC_ENABLED) != 0 && (vgic->control & group) != 0;
}

static void mark_waiting(struct vgic_cpu *cpu, uint32_t number) {
    cpu->waiting[number / 32] |= 1u << (number % 32);
}

static void clear_waiting(struct vgic_cpu *cpu, uint32_t number) {
    cpu->waiting[number / 32] &= ~(1u << (number % 32));
}

/* Whose list registers the interrupt has to do with, now or next. */
static uint32_t concerned(const struct vgic_irq *irq) {
    return irq->list != 0 || (irq->flags & VGIC_ACTIVE) != 0 ? irq->holder : irq->vcpu;
}

void vgic_ask(struct vgic *vgic, uint32_t self, uint32_t vcpu) {
    if (!atomic_exchange(&vgic->cpus[vcpu].sync, true) && vcpu != self)
        arch_cpu_kick(vgic->machine_cpu[vcpu]);
}

void vgic_changed(struct vgic *vgic, uint32_t self, struct vgic_irq *irq, uint32_t number) {
    uint32_t vcpu = concerned(irq);

    clear_waiting(&vgic->cpus[irq->holder], number);
    if (vcpu >= vgic->vcpu_count)
        return;
    clear_waiting(&vgic->cpus[vcpu], number);
    if (irq->list == 0 && (vgic_is_pending(irq) || (irq->flags & VGIC_ACTIVE) != 0))
        mark_waiting(&vgic->cpus[vcpu], number);
    vgic_ask(vgic, self, vcpu);
}

/*
 * The guest has finished with what was in this list register, unless `flags` say
 * otherwise. It may be for another vCPU meanwhile.
 */
static void retire(struct vgic *vgic, uint32_t vcpu, unsigned list, uint8_t flags) {
    struct vgic_cpu *cpu = &vgic->cpus[vcpu];
    uint32_t number = cpu->list_irq[list];
    struct vgic_irq *irq = vgic_irq(vgic, vcpu, number);

    cpu->used &= ~(1u << list);
    irq->list = 0;
    if ((irq->flags & VGIC_ENDED) != 0 && (flags & VGIC_ACTIVE) != 0) {
        flags &= (uint8_t)~VGIC_ACTIVE;
        if (irq->phys != 0)
            gic_clear_active(irq->phys);
    }
    irq->flags &= (uint8_t)~VGIC_ENDED;
    if (!is_latched(irq))
        irq->flags &= (uint8_t)~VGIC_PENDING;
    irq->flags |= flags;
    if (vgic_is_pending(irq) || (irq->flags & VGIC_ACTIVE) != 0)
        vgic_changed(vgic, vcpu, irq, number);
}

/* The word of a list register that holds the interrupt in `state`. */
static uint64_t word_of(const struct vgic_irq *irq, uint32_t number, uint64_t state) {
    uint64_t word = number | LR_PRIORITY(irq->priority) | state;
    /* Pending once more: its end must be told, and the next end is the physical one's. */
    bool again = (state & LR_ACTIVE) != 0 && (irq->flags & VGIC_PENDING) != 0;

    if ((irq->flags & VGIC_GROUP1) != 0)
        word |= LR_GROUP1;
    if (irq->phys != 0 && !again)
        word |= LR_HW | LR_PHYS(irq->phys);
    else if (again || !is_latched(irq))
        word |= LR_EOI;
    return word;
}

/* Moves the interrupt's state into a list register; returns the register's word. */
static uint64_t load(struct vgic *vgic, uint32_t vcpu, uint32_t number, unsigned list,
                     uint64_t state) {
    struct vgic_cpu *cpu = &vgic->cpus[vcpu];
    struct vgic_irq *irq = vgic_irq(vgic, vcpu, number);

    if (is_latched(irq) && (state & LR_PENDING) != 0)
        irq->flags &= (uint8_t)~VGIC_PENDING;
    irq->flags &= (uint8_t)~VGIC_ACTIVE;
    irq->list = (uint8_t)(list + 1);
    irq->holder = (uint8_t)vcpu;
    cpu->list_irq[list] = (uint16_t)number;
    cpu->used |= 1u << list;
    clear_waiting(cpu, number);
    return word_of(irq, number, state);
}

bool vgic_inject(struct vgic *vgic, uint32_t vcpu, uint32_t number, uint32_t empty, uint64_t *word,
                 unsigned *list) {
    struct vgic_cpu *cpu = &vgic->cpus[vcpu];
    struct vgic_irq *irq = vgic_irq(vgic, vcpu, number);

    if (irq->list != 0 && irq->holder == vcpu && (empty & (1u << (irq->list - 1))) != 0) {
        /* The steady state: its last one has ended, and nothing else has taken its place. */
        if ((irq->flags & VGIC_PENDING) == 0 && irq->phys != 0 && irq->vcpu == vcpu &&
            is_deliverable(vgic, irq)) {
            *list = irq->list - 1u;
            *word = word_of(irq, number, LR_PENDING);
            return true;
        }
        retire(vgic, vcpu, irq->list - 1u, 0);
    }
    irq->flags |= VGIC_PENDING;
    empty &= (1u << cpu->lists) - 1;
    if (concerned(irq) != vcpu || irq->list != 0 || (irq->flags & VGIC_ACTIVE) != 0 ||
        !is_deliverable(vgic, irq) || empty == 0) {
        vgic_changed(vgic, vcpu, irq, number);
        return false;
    }
    *list = (unsigned)__builtin_ctz(empty);
    if ((cpu->used & (1u << *list)) != 0)
        retire(vgic, vcpu, *list, 0);
    *word = load(vgic, vcpu, number, *list, LR_PENDING);
    return true;
}

void vgic_fold(struct vgic *vgic, uint32_t vcpu, uint64_t words[VGIC_LISTS]) {
    struct vgic_cpu *cpu = &vgic->cpus[vcpu];

    for (unsigned list = 0; list < cpu->lists; list++) {
        const struct vgic_irq *irq;
        uint8_t flags = 0;

        uint64_t word = words[list];

        words[list] = 0;
        if ((cpu->used & (1u << list)) == 0)
            continue;
        irq = vgic_irq(vgic, vcpu, cpu->list_irq[list]);
        if ((word & LR_ACTIVE) != 0)
            flags |= VGIC_ACTIVE;
        if ((word & LR_PENDING) != 0)
            flags |= is_latched(irq) ? VGIC_PENDING : irq->flags & VGIC_PENDING;
        retire(vgic, vcpu, list, flags);
    }
}

/* How urgent a waiting interrupt is; smaller is sooner. Active ones always keep a place. */
static uint32_t urgency(const struct vgic *vgic, const struct vgic_irq *irq) {
    if ((irq->flags & VGIC_ACTIVE) != 0)
        return 0;
    if (vgic_is_pending(irq) && is_deliverable(vgic, irq))
        return 1u + irq->priority;
    return NOT_DELIVERABLE;
}

/* The most urgent waiting interrupt that could be delivered, or VGIC_END; counts them all. */
static uint32_t most_urgent(struct vgic *vgic, uint32_t vcpu, uint32_t *count) {
    const struct vgic_cpu *cpu = &vgic->cpus[vcpu];
    uint32_t best = NOT_DELIVERABLE;
    uint32_t found = VGIC_END;

    *count = 0;
    for (uint32_t n = 0; n < sizeof(cpu->waiting) / sizeof(cpu->waiting[0]); n++) {
        for (uint32_t bits = cpu->waiting[n]; bits != 0; bits &= bits - 1) {
            uint32_t number = n * 32 + (uint32_t)__builtin_ctz(bits);
            uint32_t urgent = urgency(vgic, vgic_irq(vgic, vcpu, number));

            *count += urgent < NOT_DELIVERABLE ? 1 : 0;
            if (urgent < best) {
                best = urgent;
                found = number;
            }
        }
    }
    return found;
}

bool vgic_fill(struct vgic *vgic, uint32_t vcpu, uint64_t words[VGIC_LISTS]) {
    uint32_t count = 0;

    for (unsigned list = 0; list < vgic->cpus[vcpu].lists; list++) {
        uint32_t number = most_urgent(vgic, vcpu, &count);
        const struct vgic_irq *irq;
        uint64_t state;

        if (number == VGIC_END)
            return false;
        irq = vgic_irq(vgic, vcpu, number);
        state = (irq->flags & VGIC_ACTIVE) != 0 ? LR_ACTIVE : LR_PENDING;
        /* Not for a linked one (IHI 0069, ICH_LR.HW); a line is looked at again at its end. */
        if (state == LR_ACTIVE && irq->phys == 0 && (irq->flags & VGIC_PENDING) != 0 &&
            is_deliverable(vgic, irq))
            state |= LR_PENDING;
        words[list] = load(vgic, vcpu, number, list, state);
    }
    most_urgent(vgic, vcpu, &count);
    return count > 0;
}

uint32_t vgic_sgi_targets(const struct vgic *vgic, uint32_t sender, uint64_t value, uint32_t *sgi) {
    uint32_t all = (1u << vgic->vcpu_count) - 1;

    *sgi = (uint32_t)(value >> 24) & 0xf;
    if ((value & (UINT64_C(1) << 40)) != 0) /* IRM: all but the sender */
        return all & ~(1u << sender);
    /* Aff3 [55:48], RS [47:44], Aff2 [39:32], Aff1 [23:16]: vCPUs are 0.0.0.n, n < 16. */
    if ((value & UINT64_C(0x00fff0ff00ff0000)) != 0)
        return 0;
    return (uint32_t)value & 0xffff & all;
}
