/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.h - four cores with a GICv3, as far as the hypervisor's interrupt code can see one: the
 * distributor behind gic.h, the physical CPU interface and the list registers behind system
 * registers; and on the other side of the list registers the CPU interface of a guest. By IHI 0069
 * (chapters 4, 6, 12), not by the code under test. Five bits of priority, all of them preempt.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi/system_image.h"

#define MACHINE_CORES 4u
#define MACHINE_NONE  1023u
#define MACHINE_DEPTH 32u
#define MACHINE_END   128u /* no interrupt from here on fires */

#define MACHINE_KICK        0u
#define MACHINE_MAINTENANCE 25u
#define MACHINE_TIMER       27u

struct machine_irq {
    bool enabled, pending, active;
    bool line; /* of a level: pending while it is high */
    uint32_t cpu;
    bool edge;
    bool fixed; /* its trigger is the hardware's own */
};

struct machine_core {
    struct machine_irq privates[32];
    uint32_t acknowledged; /* a physical one, whose priority was not dropped; or MACHINE_NONE */
    uint64_t lists[16];
    uint64_t stale[16];            /* what ICH_ELRSR_EL2 still answers for ... */
    uint32_t unsynchronized;       /* ... these, written since the last ISB */
    uint64_t control;              /* ICH_HCR_EL2 */
    uint64_t interface;            /* ICH_VMCR_EL2: the guest's masks, groups and EOImode */
    uint32_t running[2];           /* ICH_AP<group>R0_EL2 */
    uint32_t taken[MACHINE_DEPTH]; /* INTIDs that the guest has taken and not ended, ... */
    bool group1[MACHINE_DEPTH];    /* ... and as which group */
    uint32_t depth;
};

struct machine {
    uint32_t cpu; /* the core that runs hypervisor code now */
    uint32_t list_count;
    struct machine_core cores[MACHINE_CORES];
    struct machine_irq shared[1020];
    bool unobserved;     /* acknowledged, and no DSB since */
    uint32_t hasty;      /* how often a core went on without one */
    uint32_t kicks;      /* ever sent */
    bool disabling;      /* something was disabled, and nobody has waited for it since */
    bool no_dir_trap;    /* ICH_VTR_EL2.TDS is 0 */
    bool eager_count;    /* EOIcount counts with EOImode 1, too, as QEMU's does */
    uint32_t lost_ends;  /* the guest ended what its list register has with another priority */
    uint32_t stray_ends; /* a physical interrupt was ended that was not active */
    uint64_t looks;      /* how often list registers were read */
    uint32_t bad_drops;  /* ICC_EOIR1_EL1 of another one than was acknowledged; DIR before it */
    uint32_t lines;      /* DC instructions, ... */
    uintptr_t line;      /* ... and where the last one was */
    struct {
        const char *name;
        uint64_t value;
    } registers[128];         /* those that only keep what is written, ... */
    uint64_t event_types[32]; /* PMEVTYPER<n>_EL0, behind PMSELR_EL0 */
    uint64_t hcr_res1;        /* ... but for these bits of HCR_EL2 */
};

extern struct machine machine;

/* All off; each core's own interrupts that the hypervisor uses are on. */
void machine_reset(uint32_t list_count);

struct machine_irq *machine_irq(uint32_t core, uint32_t number);

/* The physical interrupt that core `core` would take now, or MACHINE_NONE. */
uint32_t machine_pending(uint32_t core);

/* The guest opens its interface: all priorities, both groups, EOImode 0. As after a reset here. */
void machine_guest_open(uint32_t core);

/* What the guest's acknowledge register would say: an INTID, or MACHINE_NONE. */
uint32_t machine_guest_pending(uint32_t core);

/*
 * The guest of this core reads its acknowledge register: an INTID, or MACHINE_NONE.
 * *group1: as which group the interrupt came, if that is asked.
 */
uint32_t machine_guest_take(uint32_t core, bool *group1);

/* The guest ends what it took last: ICC_EOIR<group>_EL1. */
void machine_guest_end(uint32_t core);

/* ICC_DIR_EL1, with EOImode 1. False: it traps. */
bool machine_guest_deactivate(uint32_t core, uint32_t number);

/* A rule that the list registers of all cores break, now that their guests go on; or NULL. */
const char *machine_broken(void);

/* How many list registers of all cores hold the interrupt (a private one: of this core). */
uint32_t machine_copies(uint32_t core, uint32_t number);

/* What the hypervisor is told of list registers: ICH_ELRSR_EL2; ICH_MISR_EL2, or any bit of it. */
uint32_t machine_empty_lists(const struct machine_core *core);
bool machine_wants_maintenance(const struct machine_core *core);

/* The barriers. What needs one and has none shows: see `unsynchronized` and `unobserved`. */
void machine_isb(void);
void machine_dsb(const char *domain);

/* A DC instruction; "zva" clears its block. */
void machine_dc(const char *operation, const void *at);

/* System registers by name, as fake_sysreg.h and a test read and write them. */
uint64_t machine_sysreg_read(const char *name);
void machine_sysreg_write(const char *name, uint64_t value);
