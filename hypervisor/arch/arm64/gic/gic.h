/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gic.h - the physical interrupt controller (GICv3, IHI 0069): the distributor
 * at SPACE_GICD, this core's redistributor at SPACE_GICR, and the CPU interface.
 *
 * Distributor registers of which a word serves several interrupts are written
 * through their set and clear halves only, so cores need no lock. Of those without
 * such halves, group and priority are written once, at boot, by arch_machine_init(),
 * and the trigger by gic_configure(). The contract's arch_machine_init() and
 * arch_cpu_kick() are here as well.
 */
#pragma once

#include "config/system.h"
#include "mem/hypervisor_space.h"

#define SPACE_GICD SPACE_ARCH
#define SPACE_GICR (SPACE_ARCH + 16 * PAGE_SIZE)

#define GIC_KICK     0u    /* the SGI by which the hypervisor's cores call each other */
#define GIC_SPIS     32u   /* the first shared interrupt */
#define GIC_SPECIAL  1020u /* INTIDs from here to 1023 mean "none" */
#define GIC_PRIORITY 0xa0u /* of all physical interrupts */

/* Registers that the machine's controller and a guest's both have: IHI 0069, 12.9 and 12.11. */
#define GICD_CTLR  0x0000u
#define GICD_TYPER 0x0004u
#define GICR_TYPER 0x0008u
#define GICR_WAKER 0x0014u

#define GICD_CTLR_ARE (1u << 4)
#define GICD_CTLR_RWP (1u << 31)

/*
 * Those of which a word has a bit for each of 32 interrupts, by their offset in the distributor,
 * and in a redistributor's second frame.
 */
enum gic_bank {
    GICD_IGROUPR = 0x080,
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_ISPENDR = 0x200,
    GICD_ICPENDR = 0x280,
    GICD_ISACTIVER = 0x300,
    GICD_ICACTIVER = 0x380,
};

/* Behind them: bytes, pairs of bits and double words. */
#define GICD_IPRIORITYR 0x0400u
#define GICD_ICFGR      0x0c00u
#define GICD_IROUTER    0x6000u

/* arch_cpu_kick() of the core with this affinity, by the value of ICC_SGI1R_EL1 for it. */
uint64_t gic_kick_of(uint64_t hwid);
void gic_kick(uint64_t value);

/* This core's redistributor and CPU interface. NULL, or what is wrong. */
const char *gic_cpu_init(const struct system *system, uint32_t cpu);

/* Writes the bit of an interrupt, this core's own or shared: a set or a clear half. */
void gic_write(enum gic_bank bank, uint32_t number);

/* The line of an interrupt that is a level, and active: it is not latched then (IHI 0069 4.1.2). */
bool gic_line(uint32_t number);

/* Until the distributor acts on what was disabled before; boundedly, and then it is taken for true.
 */
void gic_wait(void);

/*
 * A shared interrupt's trigger. Its word has other VMs' interrupts too, so it is changed under a
 * lock that is tried, boundedly. False: it is not, or this distributor doesn't let it be, so.
 */
bool gic_configure(uint32_t number, bool edge);

/* A shared interrupt goes to the machine's core `cpu`. */
void gic_route(uint32_t number, uint32_t cpu);
