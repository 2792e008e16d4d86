/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trap.h - decoding traps from a guest (Privileged Architecture 1.13, chapter 18:
 * "Trap Cause Codes", "Transformed Instruction or Pseudoinstruction for mtinst or
 * htinst"). Pure.
 */
#pragma once

#include "trap/trap.h"

/* Exceptions, as in scause. */
#define CAUSE_FETCH_ACCESS    1u
#define CAUSE_ILLEGAL         2u
#define CAUSE_LOAD_MISALIGNED 4u
#define CAUSE_LOAD_ACCESS     5u
#define CAUSE_STORE_ACCESS    7u
#define CAUSE_HARDWARE        19u /* hardware error */
#define CAUSE_GUEST_FETCH     20u /* these three: guest-page faults */
#define CAUSE_GUEST_LOAD      21u
#define CAUSE_GUEST_STORE     23u

/* Of an instruction: its lowest bits are both set if it has 32; all others are compressed. */
#define IS_FULL(i) (((i)&3) == 3)

/*
 * `cause`, `stval`, `htval` and `htinst` as in the registers. `instruction`: for a load's or a
 * store's guest-page fault for which the hart leaves htinst 0, as it may, the trapped instruction,
 * the 16 bits of a compressed one in the low half; 0 if it could not be read. Returns the bytes of
 * an instruction that is emulated. ECALLs do not come here (vectors.S).
 */
unsigned trap_decode(struct trap *trap, uint64_t cause, uint64_t stval, uint64_t htval,
                     uint64_t htinst, uint32_t instruction);
