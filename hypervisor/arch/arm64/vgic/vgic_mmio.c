/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of a VM's distributor and redistributors: IHI 0069 chapter 11.
 */
#include "arch/trap.h"

#include "arch/arm64/vgic/vgic_word.h"

/* Those that the machine's controller has too are in gic.h. */
#define GICD_IIDR   0x0008u
#define GICR_IIDR   0x0004u
#define GIC_PIDR2   0xffe8u
#define ARCH_GICV3  0x30u
#define IMPLEMENTER 0x43bu /* GICD_IIDR: Arm, as most drivers expect */

#define CTLR_GROUPS 0x3u
#define CTLR_DS     (1u << 6) /* a machine with one security state */

#define TYPER_LINES  ((VGIC_END + 31) / 32 - 1) /* ITLinesNumber */
#define TYPER_IDBITS (9u << 19)
#define TYPER_NO1N   (1u << 25)

#define PRIORITY_END (GICD_IPRIORITYR + 0x400)
#define CONFIG_END   (GICD_ICFGR + 0x100)
#define ROUTE_FIRST  (GICD_IROUTER + 8 * VGIC_PRIVATES) /* shared interrupts only */

/* A register of interrupts: the offset at which its kind begins, and which ones it is of. */
struct span {
    uint32_t bank, first, count;
};

static struct span span_of(uint32_t at, unsigned size) {
    if (at >= GICD_IGROUPR && at < GICD_IPRIORITYR && size == 4)
        return (struct span){at & ~0x7fu, at % 0x80 * 8, 32};
    if (at >= GICD_IPRIORITYR && at < PRIORITY_END && size <= 4)
        return (struct span){GICD_IPRIORITYR, at - GICD_IPRIORITYR, size};
    if (at >= GICD_ICFGR && at < CONFIG_END && size == 4)
        return (struct span){GICD_ICFGR, (at - GICD_ICFGR) * 4, 16};
    /* The upper half of a route holds Aff3, which is 0 for all vCPUs. */
    if (at >= ROUTE_FIRST && at % 8 == 0 && size >= 4)
        return (struct span){GICD_IROUTER, (at - GICD_IROUTER) / 8, 1};
    return (struct span){0, VGIC_END, 0};
}

/* The word of interrupt `number`, NULL where the frame has none. */
static inline __attribute__((always_inline)) struct vgic_word *
word_of(struct vcpu *vcpu, uint32_t frame, uint32_t number) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;

    if (frame == 0)
        return number - VGIC_PRIVATES < VGIC_END - VGIC_PRIVATES ? vgic_word(vgic, 0, number)
                                                                 : NULL;
    return number < VGIC_PRIVATES ? &vgic->cpus[frame / 2 - 1].privates : NULL;
}

/* Pairs of bits, the upper one of each being the trigger. */
static uint32_t read_triggers(const struct vgic_word *word, unsigned first) {
    uint32_t value = 0;

    for (uint32_t bits = word->edge >> first & 0xffff; bits != 0; bits &= bits - 1)
        value |= 2u << (2 * __builtin_ctz(bits));
    return value;
}

static __attribute__((noinline)) uint64_t read_registers(struct vcpu *vcpu, uint32_t frame,
                                                         uint32_t at, unsigned size) {
    struct span span = span_of(at, size);
    struct vgic_word *word = word_of(vcpu, frame, span.first);
    uint64_t route;

    if (word == NULL)
        return 0;
    if (span.bank < GICD_IPRIORITYR)
        return vgic_word_state(vcpu, word, span.bank);
    if (span.bank == GICD_ICFGR)
        return read_triggers(word, span.first % 32);
    route = word->route[span.first % 32];
    if (route == VGIC_NO_VCPU)
        route = UINT64_C(0xff00ffffff);
    return size == 8 ? route : (uint32_t)route;
}

static void write_registers(struct vcpu *vcpu, uint32_t frame, uint32_t at, unsigned size,
                            uint64_t value) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    struct span span = span_of(at, size);
    struct vgic_word *word = word_of(vcpu, frame, span.first);

    if (word == NULL)
        return;
    spin_lock(&vgic->lock);
    if (span.bank < GICD_IPRIORITYR)
        vgic_word_write(vcpu, word, span.bank, (uint32_t)value);
    else
        vgic_word_set(vcpu, word, span.bank, span.first % 32, span.count, value);
    spin_unlock(&vgic->lock);
}

/* The group enables: who has something that they concern looks again. */
static void set_control(struct vcpu *vcpu, uint32_t control) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;

    spin_lock(&vgic->lock);
    if (control != vgic->control) {
        vgic->control = control;
        for (uint32_t i = 0; i < vcpu->vm->vcpu_count; i++)
            vgic_changed(vcpu, &vgic->cpus[i].privates, UINT32_MAX);
        for (uint32_t i = 0; i + 1 < vgic->words; i++)
            vgic_changed(vcpu, &vgic->shared[i], UINT32_MAX);
    }
    spin_unlock(&vgic->lock);
}

/* Someone has yet to take a change into its list registers. */
static uint32_t write_pending(const struct vm *vm) {
    uint32_t work = 0;

    for (uint32_t i = 0; i < vm->vcpu_count; i++)
        work |= atomic_load(&vm->vcpus[i].work);
    return (work & VGIC_FOLD) != 0 ? GICD_CTLR_RWP : 0;
}

/* What there is one of in the distributor, or in the first frame of a redistributor. */
static __attribute__((noinline)) uint64_t read_other(struct vcpu *vcpu, uint64_t offset,
                                                     unsigned size) {
    const struct vgic *vgic = &vcpu->vm->arch.vgic;
    uint32_t target = (uint32_t)(offset / (2 * VGIC_FRAME)), last = vcpu->vm->vcpu_count - 1;

    switch (size < 4 ? VGIC_FRAME : offset % (2 * VGIC_FRAME)) {
    case GICD_CTLR:
        return vgic->control | GICD_CTLR_ARE | CTLR_DS | write_pending(vcpu->vm);
    case GICD_TYPER:
        return TYPER_LINES | last << 5 | TYPER_IDBITS | TYPER_NO1N;
    case GICD_IIDR:
    case VGIC_FRAME + GICR_IIDR:
        return IMPLEMENTER;
    case VGIC_FRAME + GICR_TYPER:
        return (size == 8 ? (uint64_t)target << 32 : 0) | target << 8 | (target == last ? 0x10 : 0);
    case VGIC_FRAME + GICR_TYPER + 4:
        return target;
    case VGIC_FRAME + GICR_WAKER:
        return vgic->cpus[target].asleep ? 0x6 : 0;
    case VGIC_FRAME + GIC_PIDR2:
        return ARCH_GICV3;
    default: /* GICR_CTLR among them: no LPIs, and no write is ever pending */
        return 0;
    }
}

/* The distributor's frame, then two of each redistributor: arch_vm_create(). The hot ones first. */
static uint64_t read(struct vcpu *vcpu, uint64_t offset, unsigned size) {
    uint32_t frame = (uint32_t)(offset / VGIC_FRAME), at = offset % VGIC_FRAME;
    const struct vgic_word *word;

    if (frame % 2 == 1 || offset < GICD_IGROUPR)
        return read_other(vcpu, offset, size);
    if (at >= GICD_IPRIORITYR && at < PRIORITY_END) {
        word = word_of(vcpu, frame, at - GICD_IPRIORITYR);
        if (word != NULL && size == 4)
            return *(const uint32_t *)(const void *)&word->priority[at % 32];
        return word != NULL && size == 1 ? word->priority[at % 32] : 0;
    }
    if (at >= GICD_IGROUPR && at < GICD_ISPENDR) {
        word = word_of(vcpu, frame, at % 0x80 * 8);
        if (word == NULL || size != 4)
            return 0;
        return at < GICD_ISENABLER ? word->group : word->enabled;
    }
    return offset == GIC_PIDR2 ? ARCH_GICV3 : read_registers(vcpu, frame, at, size);
}

static void write(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value) {
    uint32_t frame = (uint32_t)(offset / VGIC_FRAME), at = offset % VGIC_FRAME;

    if (frame == 0 && at == GICD_CTLR)
        set_control(vcpu, (uint32_t)value & CTLR_GROUPS);
    else if (frame % 2 == 0)
        write_registers(vcpu, frame, at, size, value);
    else if (at == GICR_WAKER)
        vcpu->vm->arch.vgic.cpus[frame / 2].asleep = (value & 2) != 0;
}

const struct mmio_device arch_interrupts = {read, write};
