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

/* arch_cpu_kick() of the core with this affinity, by the value of ICC_SGI1R_EL1 for it. */
uint64_t gic_kick_of(uint64_t hwid);
void gic_kick(uint64_t value);

/* This core's redistributor and CPU interface. NULL, or what is wrong. */
const char *gic_cpu_init(const struct system *system, uint32_t cpu);

/* Of any interrupt of this core's, or shared. */
void gic_enable(uint32_t number, bool on);
void gic_set_active(uint32_t number);
void gic_clear_active(uint32_t number);
void gic_set_pending(uint32_t number);
void gic_clear_pending(uint32_t number);
bool gic_is_pending(uint32_t number);

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
