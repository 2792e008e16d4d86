/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/trap.h"

/* Fields of a 32-bit instruction. */
#define OPCODE(i) ((i)&0x7f)
#define RD(i)     ((i) >> 7 & 0x1f)
#define FUNCT3(i) ((i) >> 12 & 7)
#define RS1(i)    ((i) >> 15 & 0x1f)
#define RS2(i)    ((i) >> 20 & 0x1f)

#define OPCODE_LOAD  0x03u
#define OPCODE_STORE 0x23u

/* FUNCT3 of both: log2 of the size, and what of a load is not sign-extended. */
#define B        0u
#define H        1u
#define W        2u
#define D        3u
#define UNSIGNED 4u

/* Of htinst. */
#define TRANSFORMED    1u /* else a pseudo-instruction: an access to the guest's page tables */
#define ADDRESS_OFFSET RS1

/* Fills in what a load or store does; false if there is no such, or the cause says the other. */
static bool describe(struct mmio_access *mmio, bool store, uint32_t funct3, uint32_t reg) {
    mmio->size = (uint8_t)(1u << (funct3 & D));
    mmio->width = 8;
    mmio->sign_extend = !store && (funct3 & UNSIGNED) == 0;
    mmio->reg = (uint8_t)reg;
    return mmio->write == store && funct3 <= (store ? D : W | UNSIGNED);
}

static bool describe_full(struct mmio_access *mmio, uint32_t full) {
    if (OPCODE(full) == OPCODE_STORE)
        return describe(mmio, true, FUNCT3(full), RS2(full));
    return OPCODE(full) == OPCODE_LOAD && describe(mmio, false, FUNCT3(full), RD(full));
}

/* Quadrants 0 and, off the stack pointer, 2. */
static bool describe_compressed(struct mmio_access *mmio, uint32_t compressed) {
    bool is_near = (compressed & 3) == 0;
    uint32_t near = 8 + (compressed >> 2 & 7); /* rd' and rs2' */
    uint32_t size = compressed >> 13 & 3;
    bool store = (compressed & 1u << 15) != 0;
    uint32_t far = store ? compressed >> 2 & 0x1f : RD(compressed);
    bool is_half, bit_6 = (compressed & 1u << 6) != 0;

    if ((compressed & 1) == 0 && size >= W) /* C.LW, C.LD, C.SW, C.SD, and with SP */
        return (store || is_near || far != 0) && describe(mmio, store, size, is_near ? near : far);
    /* Zcb's: C.LBU; C.LHU, C.LH; C.SB; C.SH. */
    store = (compressed & 1u << 11) != 0;
    is_half = (compressed & 1u << 10) != 0;
    if ((compressed & 0xf003) != 0x8000 || (store && is_half && bit_6))
        return false;
    return describe(mmio, store, (is_half ? H : B) | (store || (is_half && bit_6) ? 0 : UNSIGNED),
                    near);
}

/*
 * A load or store to where stage 2 has nothing. Misaligned ones that fault in their
 * middle are not emulated; nor is what the cause contradicts: a sibling has changed the
 * instruction meanwhile. htinst has a compressed one expanded.
 */
static bool decode_access(struct mmio_access *mmio, uint64_t htinst, uint32_t instruction) {
    if (htinst != 0)
        return (htinst & TRANSFORMED) != 0 && ADDRESS_OFFSET(htinst) == 0 &&
               describe_full(mmio, (uint32_t)htinst | 3);
    return IS_FULL(instruction) ? describe_full(mmio, instruction)
                                : describe_compressed(mmio, instruction & 0xffff);
}

unsigned trap_decode(struct trap *trap, uint64_t cause, uint64_t stval, uint64_t htval,
                     uint64_t htinst, uint32_t instruction) {
    *trap = (struct trap){.reason = TRAP_OUTSIDE, .address = stval, .code = cause};
    if (cause == CAUSE_GUEST_LOAD || cause == CAUSE_GUEST_STORE) {
        trap->mmio.at = htval << 2 | (stval & 3);
        trap->mmio.write = cause == CAUSE_GUEST_STORE;
        /* Without htval the address is not told, and the access may be the page walk's. */
        if (decode_access(&trap->mmio, htinst, instruction) && htval != 0)
            trap->reason = TRAP_MMIO;
    } else if (cause == CAUSE_FETCH_ACCESS || cause == CAUSE_GUEST_FETCH) {
        trap->reason = TRAP_FETCH;
    } else if (cause == CAUSE_HARDWARE) {
        trap->reason = TRAP_SERROR; /* data that were corrupted */
    } else if (cause < CAUSE_LOAD_MISALIGNED || cause > CAUSE_STORE_ACCESS) {
        trap->reason = TRAP_SYSREG; /* virtual instructions; all others are delegated */
    }
    return IS_FULL(htinst != 0 ? (uint32_t)htinst : instruction) ? 4 : 2;
}
