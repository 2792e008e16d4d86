/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of a VM's distributor and redistributors: IHI 0069 chapter 11.
 */
#include "arch/trap.h"

#include "arch/arm64/vgic/vgic_word.h"

/* Distributor, and at the same offsets the SGI frame of a redistributor. */
#define GICD_CTLR   0x0000u
#define GICD_TYPER  0x0004u
#define GICD_IIDR   0x0008u
#define GICR_IIDR   0x0004u
#define GICR_TYPER  0x0008u
#define GICR_WAKER  0x0014u
#define GIC_PIDR2   0xffe8u
#define ARCH_GICV3  0x30u
#define IMPLEMENTER 0x43bu /* GICD_IIDR: Arm, as most drivers expect */

#define CTLR_GROUPS 0x3u
#define CTLR_ARE    (1u << 4)
#define CTLR_DS     (1u << 6) /* a machine with one security state */
#define CTLR_RWP    (1u << 31)

#define TYPER_LINES  ((VGIC_END + 31) / 32 - 1) /* ITLinesNumber */
#define TYPER_IDBITS (9u << 19)
#define TYPER_NO1N   (1u << 25)

/* Registers with bits for 32 interrupts begin here; vgic_word.h has those from PENDING on. */
#define GROUP    0x0080u
#define ENABLE   0x0100u
#define PENDING  0x0200u
#define PRIORITY 0x0400u /* bytes, ... */
#define CONFIG   0x0c00u /* ... pairs of bits, ... */
#define ROUTE    0x6000u /* ... and double words, of shared interrupts only */

#define PRIORITY_END 0x0800u
#define CONFIG_END   0x0d00u

/* Which interrupt the register at `at` begins with: none that there is, where no register is. */
static uint32_t first_of(uint32_t at) {
    if (at < PRIORITY)
        return at % 0x80 * 8;
    if (at < PRIORITY_END)
        return at - PRIORITY;
    return at < CONFIG_END ? (at - CONFIG) * 4 : (at - ROUTE) / 8;
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
    struct vgic_word *word = word_of(vcpu, frame, first_of(at));
    unsigned n = first_of(at) % 32;

    if (word == NULL || size < 4)
        return 0;
    /* The upper half of a route holds Aff3, which is 0 for all vCPUs. */
    if (at >= ROUTE && (frame != 0 || at % 8 != 0))
        return 0;
    if (at >= ROUTE)
        return word->route[n] != VGIC_NO_VCPU ? word->route[n]
               : size == 8                    ? UINT64_C(0xff00ffffff)
                                              : 0xffffff;
    if (size != 4)
        return 0;
    if (at >= CONFIG)
        return read_triggers(word, n);
    return vgic_word_state(&(struct vgic_access){vcpu, word, frame}, at / 0x80);
}

static void write_registers(struct vcpu *vcpu, uint32_t frame, uint32_t at, unsigned size,
                            uint64_t value) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    uint32_t number = first_of(at);
    struct vgic_access access = {vcpu, word_of(vcpu, frame, number), frame};

    if (access.word == NULL)
        return;
    spin_lock(&vgic->lock);
    if (at >= GROUP && at < PRIORITY && size == 4)
        vgic_word_write(&access, at / 0x80, (uint32_t)value);
    else if (at >= PRIORITY && at < PRIORITY_END && size <= 4)
        vgic_word_set_priorities(&access, number % 32, size, value);
    else if (at >= CONFIG && at < CONFIG_END && size == 4)
        vgic_word_set_triggers(&access, number % 32, value);
    else if (at >= ROUTE && frame == 0 && at % 8 == 0 && size >= 4)
        vgic_word_set_route(&access, number % 32, value);
    spin_unlock(&vgic->lock);
}

/* The group enables: all vCPUs look again at all that they have. */
static void set_control(struct vcpu *vcpu, uint32_t control) {
    struct vm *vm = vcpu->vm;
    struct vgic *vgic = &vm->arch.vgic;

    spin_lock(&vgic->lock);
    if (control != vgic->control) {
        vgic->control = control;
        for (uint32_t i = 0; i < vm->vcpu_count; i++) {
            vgic->cpus[i].privates.changed |= vgic->cpus[i].privates.listed;
            vgic_ask(vm, vcpu->index, i, VGIC_FOLD);
        }
        for (uint32_t i = 0; i + 1 < vgic->words; i++)
            vgic->shared[i].changed |= vgic->shared[i].listed;
    }
    spin_unlock(&vgic->lock);
}

/* A sibling has yet to take a change into its list registers. */
static uint32_t write_pending(const struct vcpu *vcpu) {
    const struct vm *vm = vcpu->vm;

    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        if (i != vcpu->index && (atomic_load(&vm->vcpus[i].work) & VGIC_FOLD) != 0)
            return CTLR_RWP;
    }
    return 0;
}

static __attribute__((noinline)) uint64_t redistributor_read(struct vcpu *vcpu, uint32_t target,
                                                             uint32_t at, unsigned size) {
    uint64_t last = target + 1 == vcpu->vm->vcpu_count ? 1u << 4 : 0;

    switch (size < 4 ? VGIC_FRAME : at) {
    case GICR_IIDR:
        return IMPLEMENTER;
    case GICR_TYPER:
        return (size == 8 ? (uint64_t)target << 32 : 0) | target << 8 | last;
    case GICR_TYPER + 4:
        return target;
    case GICR_WAKER:
        return vcpu->vm->arch.vgic.cpus[target].asleep ? 0x6 : 0;
    case GIC_PIDR2:
        return ARCH_GICV3;
    default: /* GICR_CTLR among them: no LPIs, and no write is ever pending */
        return 0;
    }
}

static __attribute__((noinline)) uint64_t distributor_read(struct vcpu *vcpu, uint32_t at,
                                                           unsigned size) {
    switch (size < 4 ? VGIC_FRAME : at) {
    case GICD_CTLR:
        return vcpu->vm->arch.vgic.control | CTLR_ARE | CTLR_DS | write_pending(vcpu);
    case GICD_TYPER:
        return TYPER_LINES | (vcpu->vm->vcpu_count - 1) << 5 | TYPER_IDBITS | TYPER_NO1N;
    case GICD_IIDR:
        return IMPLEMENTER;
    default:
        return 0;
    }
}

/* The distributor's frame, then two of each redistributor: arch_vm_create(). The hot ones first. */
static uint64_t read(struct vcpu *vcpu, uint64_t offset, unsigned size) {
    uint32_t frame = (uint32_t)(offset / VGIC_FRAME), at = offset % VGIC_FRAME;
    const struct vgic_word *word;

    if (frame % 2 == 1)
        return redistributor_read(vcpu, frame / 2, at, size);
    if (at < GROUP)
        return frame == 0 ? distributor_read(vcpu, at, size) : 0;
    if (at - PRIORITY < PRIORITY_END - PRIORITY) {
        word = word_of(vcpu, frame, at - PRIORITY);
        if (word != NULL && size == 4)
            return *(const uint32_t *)(const void *)&word->priority[at % 32];
        return word != NULL && size == 1 ? word->priority[at % 32] : 0;
    }
    if (at < PENDING) {
        word = word_of(vcpu, frame, at % 0x80 * 8);
        if (word == NULL || size != 4)
            return 0;
        return at < ENABLE ? word->group : word->enabled;
    }
    if (frame == 0 && at == GIC_PIDR2)
        return size < 4 ? 0 : ARCH_GICV3;
    return read_registers(vcpu, frame, at, size);
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
