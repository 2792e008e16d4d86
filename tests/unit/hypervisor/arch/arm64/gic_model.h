/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gic_model.h - one GICv3 with one security state, as IHI 0069 tells it and as its software sees
 * it: nothing of how a hypervisor makes one. Slow, and plain enough to be checked by reading.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MODEL_VCPUS   3u
#define MODEL_END     1020u
#define MODEL_NOWHERE 0xffu
#define MODEL_DEPTH   32u

/* Banks of registers, by their offset: IHI 0069 section 12.8. */
enum model_bank {
    GROUPR = 0x80,
    ISENABLER = 0x100,
    ICENABLER = 0x180,
    ISPENDR = 0x200,
    ICPENDR = 0x280,
    ISACTIVER = 0x300,
    ICACTIVER = 0x380,
    IPRIORITYR = 0x400,
    ICFGR = 0xc00,
    IROUTER = 0x6000,
};

struct model_irq {
    bool there, enabled, group1, edge;
    bool latch; /* an edge, an SGI, or a write: taking it clears it */
    bool line;  /* of a level */
    bool active;
    uint32_t priority, route;
};

struct model_cpu {
    bool on;
    bool split;       /* EOImode */
    bool group_on[2]; /* ICC_IGRPEN<group> */
    uint32_t mask;    /* ICC_PMR */
    uint32_t depth;
    uint32_t running[MODEL_DEPTH]; /* active priorities, the least urgent first */
};

struct model {
    bool group_on[2]; /* GICD_CTLR */
    struct model_cpu cpus[MODEL_VCPUS];
    struct model_irq privates[MODEL_VCPUS][32];
    struct model_irq shared[MODEL_END];
};

extern struct model model;

struct model_irq *model_irq(uint32_t vcpu, uint32_t number);

/* All as a reset leaves it, but for what there is, its trigger and the devices' lines. */
void model_reset(void);

bool model_is_pending(const struct model_irq *irq);

/* Whether the vCPU's CPU interface would signal the interrupt now, alone. */
bool model_may_come(uint32_t vcpu, uint32_t number);

/* The vCPU acknowledges it; drops its most urgent priority; deactivates one. */
void model_take(uint32_t vcpu, uint32_t number);
void model_drop(uint32_t vcpu);
void model_deactivate(uint32_t vcpu, uint32_t number);

/* The interrupt's field in a bank of registers. */
uint64_t model_read(uint32_t vcpu, uint32_t number, enum model_bank bank);
void model_write(uint32_t vcpu, uint32_t number, enum model_bank bank, uint64_t value);

/*
 * ICC_SGI1R_EL1 or ICC_SGI0R_EL1. Only SGIs of that group: the forwarding table knows "Group 0 by
 * SGI1R" for the Secure state alone, and hardware without one does the same.
 */
void model_sgi(uint32_t number, uint32_t targets, bool group1);
