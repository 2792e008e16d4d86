/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imsic.h - interrupt files (RISC-V Advanced Interrupt Architecture 1.0, chapter 3): of
 * each core the supervisor's is the hypervisor's, and guest file 1 its vCPU's, which
 * uses it without the hypervisor.
 */
#pragma once

#include "lib/address.h"

/* Identities in the hypervisor's files. */
#define IMSIC_KICK    1u /* as an ACLINT SSWI is set by: kick_hw.c */
#define IMSIC_CONSOLE 2u
#define IMSIC_SYNC    3u /* never enabled: looked for by imsic_take() */

/* The only guest file in use. */
#define IMSIC_GUEST_FILE 1u

struct system;

/*
 * Maps all cores' files of the hypervisor and the guest files of this core's VM, and brings this
 * core's own file to a defined state. NULL or what is wrong.
 */
const char *imsic_cpu_init(const struct system *system, uint32_t cpu);

/* Takes what is pending in this core's own file; 0: nothing is. */
uint32_t imsic_claim(void);

/* Whether an identity below 64 is pending in this core's own file; no more then. */
bool imsic_take(uint32_t identity);

/* Where the register is that takes identities for a core's own file: 32 bits. */
uint64_t imsic_bell(uint32_t cpu);

/* To the guest file of a core of this core's VM. An identity that it does not have is ignored. */
void imsic_send(uint32_t cpu, uint32_t identity);

/*
 * The guest file of this core, hstatus.VGEIN = 1: nothing enabled or delivered and, if `pending`,
 * nothing pending.
 */
void imsic_guest_reset(bool pending);
