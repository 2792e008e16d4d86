/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vgic.h - the state of a VM's interrupt controller (GICv3; Arm IHI 0069, chapters 4, 8 and 11), as
 * the registers have it: a word for 32 interrupts, a bit each. Pure: list registers are words here,
 * which vgic_hw.c reads and writes.
 *
 * An interrupt is in one of three places:
 *
 *     distributor ──take──► books ──load──► list      take: the core acknowledges a physical one
 *          ▲                  │  ▲            │       load: vgic_fill(), into a list register
 *          ├─────dropped──────┘  └────fold────┤       fold: vgic_fold(), out of it
 *          └───────────ended by the guest─────┘
 *
 * distributor  Nothing is here. A physical one waits at the machine's. Written by hardware.
 * books        Latched, or active. Written with the VM's lock held, by any core of the VM.
 * list         Listed: a list register of its holder's has it. Written by that core alone.
 *
 * A physical interrupt is active as long as the one that is linked to it is in the books or,
 * pending or active, in a list register. So a line that has fallen can be seen, as a bit of the
 * machine's distributor, and so one that comes again can only be new. A register stays its
 * interrupt's when it is empty; when that comes again, its core writes what is `ready` and needs no
 * lock. So `listed` is a promise to the holder: who changes anything about the interrupt posts that
 * (`changed`, `cleared`, `ended`) and asks the holder to fold.
 */
#pragma once

#include <stdatomic.h>

#include "abi/system_image.h"
#include "lib/address.h"
#include "lib/spinlock.h"

#define VGIC_SGIS        16u
#define VGIC_PRIVATES    32u   /* SGIs and PPIs */
#define VGIC_END         1020u /* INTIDs below exist */
#define VGIC_LISTS       16u   /* list registers at most; ICH_VTR_EL2.ListRegs */
#define VGIC_NO_VCPU     0xffu
#define VGIC_NOT_RUNNING 0xffu    /* taken[] of what was made active by hand, or before an off */
#define VGIC_FRAME       0x10000u /* bytes of registers: one of the distributor, two a redistributor */

/* In `work` of struct vcpu. Set with the lock held, or by its own core. */
#define VGIC_FOLD 2u /* what is in its list registers has changed: vgic_fold(), then ... */
#define VGIC_FILL 4u /* ... or the books have something for it: vgic_fill() */

struct vcpu;
struct vm;

/* 32 interrupts: private ones of a vCPU, or shared ones. All bits are of `owned`. */
struct vgic_word {
    uint32_t owned;  /* the VM has it; others read as zero */
    uint32_t linked; /* to a physical one */
    uint32_t owner;  /* the vCPU that they are private to, or VGIC_NO_VCPU */
    uint32_t edge;   /* as in GICD_ICFGR */
    /* From here to route[] all is 0 after a reset, but for the routes of private ones. */
    uint32_t enabled; /* as in GICD_ISENABLER, GICD_IGROUPR */
    uint32_t group;
    uint32_t line;    /* an emulated device asserts it */
    uint32_t latched; /* books: pending, by an edge, a physical one taken, or a register write */
    uint32_t active;  /* books */
    uint32_t by_hand; /* levels that a register write has made pending: no line tells */
    uint32_t listed;
    uint32_t changed;      /* posted to the holder: the register is not its own any more, ... */
    uint32_t cleared;      /* ... it is not pending any more, ... */
    uint32_t ended;        /* ... not active any more */
    _Atomic uint32_t sgis; /* sent by siblings, not yet seen by its vCPU */
    uint32_t unused;       /* 64 bytes up to here, 256 in all: found by a shift */
    uint8_t priority[32];
    uint8_t route[32];  /* its vCPU; VGIC_NO_VCPU where the guest routed it nowhere */
    uint8_t taken[32];  /* the priority that it is active with; VGIC_NOT_RUNNING */
    uint8_t holder[32]; /* while it is listed or active: whose list register, and who ends it */
    uint16_t phys[32];  /* the physical interrupt it is linked to; 0: none */
};

struct vgic_cpu {
    /* Its own core's alone: the fast path, without the lock. */
    uint64_t ready[VGIC_LISTS];        /* whose list register it is; the word if it comes again */
    uint8_t list_of[1024 + VGIC_SGIS]; /* by physical interrupt, then SGIs: 1 + list register */
    uint32_t used;                     /* bitmap: those that are someone's */
    uint32_t hand;                     /* bitmap: those that no line, but a register write pended */
    uint32_t lists;                    /* that its core has, 2 at least */
    uint64_t kick;                     /* what its core is kicked by: gic_kick() */
    bool asleep;                       /* GICR_WAKER.ProcessorSleep */
    struct vgic_word privates;
};

struct vgic {
    struct spinlock lock;
    uint32_t control;                       /* GICD_CTLR group enables, bits 0 and 1 */
    uint32_t words;                         /* that the VM has interrupts in, the private one too */
    uint16_t guest_number[1024];            /* of a physical interrupt; 0: not this VM's */
    struct vgic_word shared[VGIC_END / 32]; /* from the second word on */
    struct vgic_cpu cpus[SYSTEM_CPUS_MAX];
};

/* The word of the interrupt as vCPU `vcpu` sees it; number < VGIC_END. */
static inline struct vgic_word *vgic_word(struct vgic *vgic, uint32_t vcpu, uint32_t number) {
    return number < VGIC_PRIVATES ? &vgic->cpus[vcpu].privates : &vgic->shared[number / 32 - 1];
}

static inline uint32_t vgic_bit(uint32_t number) {
    return 1u << (number % 32);
}

/* What is pending in the books, or by its line; whether it may be delivered or not. */
static inline uint32_t vgic_pending(const struct vgic_word *word) {
    return word->latched | (word->line & ~word->edge);
}

/* The VM has interrupt `number`, of each vCPU if it is private, linked to `phys` or (0) emulated.
 */
void vgic_own(struct vm *vm, uint32_t number, uint32_t phys, bool edge);

/* The state that a reset leaves. Touches no physical interrupt. */
void vgic_reset(struct vm *vm);

/*
 * Has a vCPU do `what`, VGIC_FOLD or VGIC_FILL. `self`, here and below, is the caller's; another
 * one's core is kicked.
 */
void vgic_ask(struct vcpu *self, uint32_t vcpu, uint32_t what);

/* All below: with the lock held, and what is told of a vCPU on its own core. */

/* Something about these interrupts has changed: asks those that they concern. */
void vgic_changed(struct vcpu *self, struct vgic_word *word, uint32_t bits);

/* What has been in the books or in a list, and is in neither any more: at the machine's it may fire
 * again. */
void vgic_release(const struct vgic_word *word, uint32_t bits);

/*
 * Takes all that is pending or active out of the vCPU's list registers. `words` as just read;
 * returns a bitmap of those that have become 0. `ended` is ICH_HCR_EL2.EOIcount.
 */
uint32_t vgic_fold(struct vcpu *vcpu, uint64_t words[VGIC_LISTS], uint32_t ended);

/*
 * Puts what is latched, and waits behind nothing, into one of the list registers that are `empty`.
 * Returns a bitmap of it; 0: it stays in the books.
 */
uint32_t vgic_load(struct vcpu *vcpu, uint32_t number, uint32_t empty, uint64_t words[VGIC_LISTS]);

/*
 * Puts what is for the vCPU, the most urgent first, into list registers that are `empty`. Which
 * ones in *written, what in `words`. `split`: with EOImode 1, where an active one has dropped its
 * priority, but keeps its place. Returns 0, or what ICH_HCR_EL2 has to tell of, since more waits
 * than fits.
 */
uint32_t vgic_fill(struct vcpu *vcpu, bool split, uint32_t empty, uint64_t words[VGIC_LISTS],
                   uint32_t *written);

/* The vCPU has no running priority any more, whatever is active. */
void vgic_forget_priorities(struct vcpu *vcpu);

/* The guest ends what is active, in the vCPU's books; VGIC_END: nothing. */
void vgic_deactivate(struct vcpu *vcpu, uint32_t number);
