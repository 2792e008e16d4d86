/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of a VM's distributor and redistributors: IHI 0069 chapter 11.
 */
#include "arch/trap.h"

#include "arch/arm64/gic/gic.h"
#include "arch/arm64/vgic/vgic_hw.h"
#include "arch/cpu.h"

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

/* Registers that hold the same few bits of consecutive interrupts. */
enum field {
    GROUP,
    ENABLE_SET,
    ENABLE_CLEAR,
    PENDING_SET,
    PENDING_CLEAR,
    ACTIVE_SET,
    ACTIVE_CLEAR,
    PRIORITY,
    CONFIG,
    ROUTE,
};

struct bank {
    uint16_t start;
    uint16_t end;
    uint8_t bits; /* for each interrupt */
    uint8_t field;
};

static const struct bank banks[] = {
    {0x0080, 0x0100, 1, GROUP},         {0x0100, 0x0180, 1, ENABLE_SET},
    {0x0180, 0x0200, 1, ENABLE_CLEAR},  {0x0200, 0x0280, 1, PENDING_SET},
    {0x0280, 0x0300, 1, PENDING_CLEAR}, {0x0300, 0x0380, 1, ACTIVE_SET},
    {0x0380, 0x0400, 1, ACTIVE_CLEAR},  {0x0400, 0x0800, 8, PRIORITY},
    {0x0c00, 0x0d00, 2, CONFIG},        {0x6000, 0x7fe0, 64, ROUTE},
};

static uint64_t has(const struct vgic_irq *irq, uint32_t flag) {
    return (irq->flags & flag) != 0;
}

static uint64_t read_field(const struct vgic_irq *irq, uint32_t number, uint32_t field) {
    bool linked = irq->phys != 0 && number >= VGIC_PRIVATES;

    switch (field) {
    case GROUP:
        return has(irq, VGIC_GROUP1);
    case ENABLE_SET:
    case ENABLE_CLEAR:
        return has(irq, VGIC_ENABLED);
    case PENDING_SET:
    case PENDING_CLEAR:
        return vgic_is_pending(irq) || (linked && gic_is_pending(irq->phys));
    case ACTIVE_SET:
    case ACTIVE_CLEAR:
        /* In a sibling's list register: what is known is that it has not ended. */
        return has(irq, VGIC_ACTIVE) || irq->list != 0;
    case PRIORITY:
        return irq->priority;
    case CONFIG:
        return has(irq, VGIC_EDGE) << 1;
    case ROUTE:
        return irq->vcpu == VGIC_NO_VCPU ? UINT64_C(0xff00ffffff) : irq->vcpu;
    default:
        return 0;
    }
}

/* The guest lets go of an interrupt that it never ended: the physical one must fire again. */
static void release(const struct vgic_irq *irq, uint32_t self) {
    /* A sibling's timer is active on another core, out of reach. */
    if (irq->phys >= GIC_SPIS || (irq->phys != 0 && irq->vcpu == self))
        gic_clear_active(irq->phys);
}

static void set_enabled(struct vgic_irq *irq, uint32_t number, bool on) {
    if (on)
        irq->flags |= VGIC_ENABLED;
    else
        irq->flags &= (uint8_t)~VGIC_ENABLED;
    /* Linked private ones (timers) stay on in the hardware: each fires at most once unhandled. */
    if (irq->phys != 0 && number >= VGIC_PRIVATES)
        gic_enable(irq->phys, on);
}

static void set_trigger(struct vgic_irq *irq, uint32_t number, bool edge) {
    bool linked = irq->phys != 0;

    /* SGIs are edges, linked private ones levels; what is so already asks nobody. */
    if (number < VGIC_SGIS || (linked && number < VGIC_PRIVATES) || edge == has(irq, VGIC_EDGE))
        return;
    /* Not to be changed while it is enabled (IHI 0069, GICD_ICFGR). */
    if (linked)
        gic_enable(irq->phys, false);
    if (!linked || gic_configure(irq->phys, edge))
        irq->flags ^= VGIC_EDGE;
    if (linked)
        gic_enable(irq->phys, has(irq, VGIC_ENABLED));
}

static void set_route(struct vgic *vgic, struct vgic_irq *irq, uint32_t number, uint64_t affinity) {
    /* Interrupt_Routing_Mode (bit 31) is RES0: GICD_TYPER.No1N. */
    uint64_t vcpu = affinity & UINT64_C(0xff00ffffff);

    /* One that is active, or in a list register, ends where it is. */
    if (irq->vcpu < vgic->vcpu_count && irq->list == 0 && !has(irq, VGIC_ACTIVE))
        vgic->cpus[irq->vcpu].waiting[number / 32] &= ~(1u << (number % 32));
    irq->vcpu = (uint8_t)(vcpu < vgic->vcpu_count ? vcpu : VGIC_NO_VCPU);
    if (irq->phys != 0 && irq->vcpu != VGIC_NO_VCPU)
        gic_route(irq->phys, vgic->machine_cpu[irq->vcpu]);
}

static void write_field(struct vgic *vgic, uint32_t self, struct vgic_irq *irq, uint32_t number,
                        uint32_t field, uint64_t value) {
    bool priority_or_route = field == PRIORITY || field == ROUTE;

    /* Writing 0 to a set or clear register does nothing. */
    if (field != GROUP && field != CONFIG && !priority_or_route && value == 0)
        return;
    switch (field) {
    case GROUP:
        irq->flags = (uint8_t)((irq->flags & ~VGIC_GROUP1) | (value != 0 ? VGIC_GROUP1 : 0));
        break;
    case ENABLE_SET:
    case ENABLE_CLEAR:
        set_enabled(irq, number, field == ENABLE_SET);
        break;
    case PENDING_SET:
        irq->flags |= VGIC_PENDING;
        break;
    case PENDING_CLEAR:
        if (irq->phys != 0 && number >= VGIC_PRIVATES)
            gic_clear_pending(irq->phys);
        if (has(irq, VGIC_PENDING) && !has(irq, VGIC_ACTIVE))
            release(irq, self);
        irq->flags &= (uint8_t)~VGIC_PENDING;
        break;
    case ACTIVE_SET:
        if (irq->list == 0 && !has(irq, VGIC_ACTIVE))
            irq->holder = irq->vcpu < vgic->vcpu_count ? irq->vcpu : 0;
        irq->flags |= VGIC_ACTIVE;
        break;
    case ACTIVE_CLEAR:
        if (has(irq, VGIC_ACTIVE))
            release(irq, self);
        irq->flags &= (uint8_t)~VGIC_ACTIVE;
        irq->flags |= irq->list != 0 ? VGIC_ENDED : 0;
        break;
    case PRIORITY:
        irq->priority = (uint8_t)value;
        break;
    case CONFIG:
        set_trigger(irq, number, (value & 2) != 0);
        break;
    default: /* ROUTE */
        set_route(vgic, irq, number, value);
        break;
    }
}

/* One access to a bank: the interrupts that it covers, private ones of a vCPU or shared ones. */
struct access {
    const struct bank *bank;
    uint32_t first;
    uint32_t count;
    uint32_t vcpu;
    bool shared;
};

/* False where there is no such register: it reads as zero, and writes to it are ignored. */
static bool locate(struct access *access, uint64_t offset, unsigned size, uint32_t vcpu,
                   bool shared) {
    for (unsigned i = 0; i < sizeof(banks) / sizeof(banks[0]); i++) {
        const struct bank *bank = &banks[i];

        if (offset < bank->start || offset >= bank->end)
            continue;
        *access = (struct access){bank, (uint32_t)(offset - bank->start) * 8 / bank->bits,
                                  size * 8 / bank->bits, vcpu, shared};
        /* Private interrupts have no route; its upper half holds Aff3, which is 0 for all vCPUs. */
        if (bank->field == ROUTE && (!shared || offset % 8 != 0))
            return false;
        access->count += access->count == 0 ? 1 : 0;
        return true;
    }
    return false;
}

/* NULL where this frame or this VM has no such interrupt. */
static struct vgic_irq *select_irq(struct vgic *vgic, const struct access *access, uint32_t i) {
    uint32_t number = access->first + i;
    struct vgic_irq *irq;

    if (number >= VGIC_END || (number >= VGIC_PRIVATES) != access->shared)
        return NULL;
    irq = vgic_irq(vgic, access->vcpu, number);
    return has(irq, VGIC_OWNED) ? irq : NULL;
}

static uint64_t read_irqs(struct vcpu *vcpu, const struct access *access) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    uint32_t field = access->bank->field;
    uint64_t value = 0;

    spin_lock(&vgic->lock);
    vgic_lists_fold(vcpu);
    for (uint32_t i = 0; i < access->count; i++) {
        const struct vgic_irq *irq = select_irq(vgic, access, i);

        if (irq == NULL)
            continue;
        value |= read_field(irq, access->first + i, field) << (i * access->bank->bits);
        if (field >= PENDING_SET && field <= ACTIVE_CLEAR && irq->list != 0)
            vgic_ask(vgic, vcpu->index, irq->holder); /* so that who polls sees it end */
    }
    spin_unlock(&vgic->lock);
    return value;
}

static void write_irqs(struct vcpu *vcpu, const struct access *access, uint64_t value) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    uint32_t bits = access->bank->bits;
    uint64_t mask = bits == 64 ? ~UINT64_C(0) : (UINT64_C(1) << bits) - 1;

    spin_lock(&vgic->lock);
    vgic_lists_fold(vcpu);
    for (uint32_t i = 0; i < access->count; i++) {
        struct vgic_irq *irq = select_irq(vgic, access, i);

        if (irq == NULL)
            continue;
        write_field(vgic, vcpu->index, irq, access->first + i, access->bank->field,
                    value >> (i * bits) & mask);
        vgic_changed(vgic, vcpu->index, irq, access->first + i);
    }
    spin_unlock(&vgic->lock);
}

/* The group enables: all vCPUs have to look again. */
static void set_control(struct vcpu *vcpu, uint32_t control) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;

    spin_lock(&vgic->lock);
    vgic->control = control;
    spin_unlock(&vgic->lock);
    for (uint32_t i = 0; i < vgic->vcpu_count; i++)
        vgic_ask(vgic, vcpu->index, i);
}

/* A sibling has yet to take a change into its list registers. */
static uint32_t write_pending(const struct vcpu *vcpu) {
    const struct vgic *vgic = &vcpu->vm->arch.vgic;

    for (uint32_t i = 0; i < vgic->vcpu_count; i++) {
        if (i != vcpu->index && atomic_load(&vgic->cpus[i].sync))
            return CTLR_RWP;
    }
    return 0;
}

static uint64_t distributor_read(struct vcpu *vcpu, uint64_t offset, unsigned size) {
    const struct vgic *vgic = &vcpu->vm->arch.vgic;
    struct access access;

    switch (offset) {
    case GICD_CTLR:
        return vgic->control | CTLR_ARE | CTLR_DS | write_pending(vcpu);
    case GICD_TYPER:
        return TYPER_LINES | (vgic->vcpu_count - 1) << 5 | TYPER_IDBITS | TYPER_NO1N;
    case GICD_IIDR:
        return IMPLEMENTER;
    case GIC_PIDR2:
        return ARCH_GICV3;
    default:
        return locate(&access, offset, size, 0, true) ? read_irqs(vcpu, &access) : 0;
    }
}

static void distributor_write(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value) {
    struct access access;

    if (offset == GICD_CTLR)
        set_control(vcpu, (uint32_t)value & CTLR_GROUPS);
    else if (locate(&access, offset, size, 0, true))
        write_irqs(vcpu, &access, value);
}

static uint64_t redistributor_read(struct vcpu *vcpu, uint64_t offset, unsigned size) {
    const struct vgic *vgic = &vcpu->vm->arch.vgic;
    uint32_t target = (uint32_t)(offset / (2 * VGIC_FRAME));
    uint64_t last = target + 1 == vgic->vcpu_count ? 1u << 4 : 0;
    struct access access;

    offset %= 2 * VGIC_FRAME;
    if (offset >= VGIC_FRAME)
        return locate(&access, offset - VGIC_FRAME, size, target, false) ? read_irqs(vcpu, &access)
                                                                         : 0;
    switch (offset) {
    case GICR_IIDR:
        return IMPLEMENTER;
    case GICR_TYPER:
        return (uint64_t)target << 32 | target << 8 | last;
    case GICR_TYPER + 4:
        return target;
    case GICR_WAKER:
        return vgic->cpus[target].asleep ? 0x6 : 0;
    case GIC_PIDR2:
        return ARCH_GICV3;
    default: /* GICR_CTLR among them: no LPIs, and no write is ever pending */
        return 0;
    }
}

static void redistributor_write(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value) {
    struct vgic *vgic = &vcpu->vm->arch.vgic;
    uint32_t target = (uint32_t)(offset / (2 * VGIC_FRAME));
    struct access access;

    offset %= 2 * VGIC_FRAME;
    if (offset >= VGIC_FRAME && locate(&access, offset - VGIC_FRAME, size, target, false))
        write_irqs(vcpu, &access, value);
    else if (offset == GICR_WAKER)
        vgic->cpus[target].asleep = (value & 2) != 0;
}

/* One frame of the distributor, and behind it those of the redistributors: arch_vm_create(). */
static uint64_t read(struct vcpu *vcpu, uint64_t offset, unsigned size) {
    return offset < VGIC_FRAME ? distributor_read(vcpu, offset, size)
                               : redistributor_read(vcpu, offset - VGIC_FRAME, size);
}

static void write(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value) {
    if (offset < VGIC_FRAME)
        distributor_write(vcpu, offset, size, value);
    else
        redistributor_write(vcpu, offset - VGIC_FRAME, size, value);
}

const struct mmio_device arch_interrupts = {read, write};
