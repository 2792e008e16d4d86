/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vgic.h - the state machine of a VM's interrupt controller (GICv3; Arm IHI
 * 0069, chapters 4, 8 and 11). Pure: it works on the words of the list
 * registers, which vgic_hw.c reads and writes.
 *
 * Each vCPU's pending interrupts are in its list registers, or marked in its
 * `waiting` bitmap until one is free. Only the vCPU's own core touches its list
 * registers; who changes something for another vCPU sets that one's `sync` and
 * kicks its core. An interrupt linked to a physical one is deactivated there by
 * the guest's own end of interrupt, without an exit.
 */
#pragma once

#include <stdatomic.h>

#include "abi/system_image.h"
#include "lib/address.h"
#include "lib/spinlock.h"

#define VGIC_SGIS     16u
#define VGIC_PRIVATES 32u      /* SGIs and PPIs */
#define VGIC_END      1020u    /* INTIDs below exist */
#define VGIC_FRAME    0x10000u /* bytes: the distributor is one, each redistributor two */
#define VGIC_LISTS    16u      /* list registers at most; ICH_VTR_EL2.ListRegs */
#define VGIC_NO_VCPU  0xffu

#define VGIC_OWNED   (1u << 0) /* the VM has this interrupt; others read as zero */
#define VGIC_ENABLED (1u << 1)
#define VGIC_GROUP1  (1u << 2)
#define VGIC_EDGE    (1u << 3)
#define VGIC_PENDING                                                                               \
    (1u << 4)                 /* latched: an edge, a physical interrupt taken, a register write    \
                               */
#define VGIC_LINE   (1u << 5) /* an emulated device asserts it */
#define VGIC_ACTIVE (1u << 6) /* valid outside list registers only */
#define VGIC_ENDED  (1u << 7) /* by register, while a sibling's list register has it */

struct vgic_irq {
    uint8_t flags;
    uint8_t priority;
    uint8_t vcpu;   /* its target; VGIC_NO_VCPU where the guest routed it nowhere */
    uint8_t list;   /* 1 + the list register it is in; 0: none */
    uint8_t holder; /* whose list register; and who has it active: it ends where it began */
    uint16_t phys;  /* the physical interrupt it is linked to; 0: none */
};

struct vgic_cpu {
    struct vgic_irq privates[VGIC_PRIVATES];
    uint32_t waiting[VGIC_END / 32 + 1]; /* pending or active, in no list register */
    uint16_t list_irq[VGIC_LISTS];       /* INTID in each used list register */
    uint32_t lists;                      /* list registers that its core has, 2 at least */
    uint32_t used;                       /* bitmap of list registers handed out */
    bool asleep;                         /* GICR_WAKER.ProcessorSleep */
    _Atomic uint32_t sgis;               /* sent by siblings, not yet seen here */
    _Atomic bool sync;                   /* list registers must be brought up to date */
};

struct vgic {
    struct spinlock lock; /* of all but sgis and sync */
    uint32_t control;     /* GICD_CTLR group enables, bits 0 and 1 */
    uint32_t vcpu_count;
    uint32_t machine_cpu[SYSTEM_CPUS_MAX]; /* of each vCPU */
    uint16_t guest_number[VGIC_END];       /* of a physical SPI; 0: not this VM's */
    struct vgic_irq shared[VGIC_END - VGIC_PRIVATES];
    struct vgic_cpu cpus[SYSTEM_CPUS_MAX];
};

/* The VM has interrupt `number`, linked to `phys` or (0) emulated. At boot. */
void vgic_own(struct vgic *vgic, uint32_t number, uint32_t phys, bool edge);

/* The state that a reset leaves. Touches no physical interrupt. */
void vgic_reset(struct vgic *vgic);

/* The interrupt as vCPU `vcpu` sees it; number < VGIC_END. */
struct vgic_irq *vgic_irq(struct vgic *vgic, uint32_t vcpu, uint32_t number);

/*
 * All below: with the lock held.
 *
 * A physical interrupt, or an SGI, for this core's vCPU is pending now. Returns
 * true if a list register takes it at once: write *word to list register *list.
 * `empty` is ICH_ELRSR_EL2. False: it waits; if `sync` got set, vgic_fill() is due.
 */
bool vgic_inject(struct vgic *vgic, uint32_t vcpu, uint32_t number, uint32_t empty, uint64_t *word,
                 unsigned *list);

/* Takes everything out of the vCPU's list registers (their words as just read, 0 afterwards). */
void vgic_fold(struct vgic *vgic, uint32_t vcpu, uint64_t words[VGIC_LISTS]);

/*
 * Puts the most urgent waiting interrupts into the list registers that vgic_fold()
 * emptied. True if more wait than fit: the core wants an underflow interrupt.
 */
bool vgic_fill(struct vgic *vgic, uint32_t vcpu, uint64_t words[VGIC_LISTS]);

/*
 * Something about the interrupt has changed (pending, enabled, ...): has the vCPU
 * that it concerns bring its list registers up to date. `self` is the caller's.
 */
void vgic_changed(struct vgic *vgic, uint32_t self, struct vgic_irq *irq, uint32_t number);

/* Has vCPU `vcpu` bring its list registers up to date; needs no lock. */
void vgic_ask(struct vgic *vgic, uint32_t self, uint32_t vcpu);

/* Whether the interrupt is pending, in a list register or not, as far as is known here. */
bool vgic_is_pending(const struct vgic_irq *irq);

/* ICC_SGI1R_EL1 or ICC_SGI0R_EL1 as vCPU `sender` wrote it: the SGI, and a bitmap of vCPUs. */
uint32_t vgic_sgi_targets(const struct vgic *vgic, uint32_t sender, uint64_t value, uint32_t *sgi);
