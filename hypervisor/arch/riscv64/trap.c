/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/trap.h"

/* Of an instruction: its lowest bits ... */
#define FULL       3u /* 32 bits; all others are compressed */
#define IS_FULL(i) (((i)&FULL) == FULL)
/* ... and fields of a 32-bit one. */
#define OPCODE(i) ((i)&0x7f)
#define RD(i)     ((i) >> 7 & 0x1f)
#define FUNCT3(i) ((i) >> 12 & 7)
#define RS1(i)    ((i) >> 15 & 0x1f)
#define RS2(i)    ((i) >> 20 & 0x1f)

#define OPCODE_LOAD  0x03u
#define OPCODE_STORE 0x23u
#define LOAD_LAST    6u /* FUNCT3 of LWU */
#define STORE_LAST   3u /* SD */

/* FUNCT3 of both: log2 of the size, and what of a load is not sign-extended. */
#define B        0u
#define H        1u
#define W        2u
#define D        3u
#define UNSIGNED 4u

/* Of htinst. */
#define TRANSFORMED    1u /* else a pseudo-instruction: an access to the guest's page tables */
#define NOT_COMPRESSED 2u /* of a transformed one, else cleared */
#define ADDRESS_OFFSET RS1

/* The full instructions without base and offset of the address, as htinst has them. */
static uint32_t load(uint32_t funct3, uint32_t rd) {
    return funct3 << 12 | rd << 7 | OPCODE_LOAD;
}

static uint32_t store(uint32_t funct3, uint32_t rs2) {
    return rs2 << 20 | funct3 << 12 | OPCODE_STORE;
}

/* Zcb's: quadrant 0, funct3 4. */
static uint32_t expand_narrow(uint32_t compressed) {
    uint32_t reg = 8 + (compressed >> 2 & 7);
    uint32_t funct3 = compressed >> 10 & 1;
    bool bit_6 = funct3 == H && (compressed & 1u << 6) != 0; /* else of the offset */

    switch (compressed >> 11 & 3) {
    case 0: /* C.LBU, C.LHU, C.LH */
        return load(bit_6 ? H : funct3 | UNSIGNED, reg);
    case 1: /* C.SB, C.SH */
        return bit_6 ? 0 : store(funct3, reg);
    default:
        return 0;
    }
}

/* What the integer loads and stores among the compressed instructions stand for; 0: none of them.
 */
static uint32_t expand(uint32_t compressed) {
    uint32_t near = 8 + (compressed >> 2 & 7); /* rd' and rs2' */
    uint32_t rd = RD(compressed);              /* of C.LWSP, C.LDSP: not 0 */
    uint32_t rs2 = compressed >> 2 & 0x1f;

    switch ((compressed & 3) << 4 | compressed >> 13) { /* quadrant and funct3 */
    case 0x02:                                          /* C.LW */
        return load(W, near);
    case 0x03: /* C.LD */
        return load(D, near);
    case 0x04:
        return expand_narrow(compressed);
    case 0x06: /* C.SW */
        return store(W, near);
    case 0x07: /* C.SD */
        return store(D, near);
    case 0x22: /* C.LWSP */
        return rd != 0 ? load(W, rd) : 0;
    case 0x23: /* C.LDSP */
        return rd != 0 ? load(D, rd) : 0;
    case 0x26: /* C.SWSP */
        return store(W, rs2);
    case 0x27: /* C.SDSP */
        return store(D, rs2);
    default:
        return 0;
    }
}

/* Whether the full instruction is an integer load (or, by mmio->write, a store); fills in which. */
static bool describe(struct mmio_access *mmio, uint32_t instruction) {
    uint32_t funct3 = FUNCT3(instruction);

    mmio->size = (uint8_t)(1u << (funct3 & D));
    mmio->width = 8;
    mmio->sign_extend = !mmio->write && (funct3 & UNSIGNED) == 0;
    mmio->reg = (uint8_t)(mmio->write ? RS2(instruction) : RD(instruction));
    return mmio->write ? OPCODE(instruction) == OPCODE_STORE && funct3 <= STORE_LAST
                       : OPCODE(instruction) == OPCODE_LOAD && funct3 <= LOAD_LAST;
}

bool trap_needs_instruction(uint64_t cause, uint64_t htinst) {
    return (cause == CAUSE_GUEST_LOAD || cause == CAUSE_GUEST_STORE) && htinst == 0;
}

/*
 * A load or store to where stage 2 has nothing. Misaligned ones that fault in their
 * middle are not emulated; nor is what the cause contradicts: a sibling has changed the
 * instruction meanwhile.
 */
static bool decode_access(struct mmio_access *mmio, uint64_t htinst, uint32_t instruction,
                          unsigned *size) {
    if (htinst == 0) {
        *size = instruction == 0 ? 0 : IS_FULL(instruction) ? 4 : 2;
        return describe(mmio, IS_FULL(instruction) ? instruction : expand(instruction & 0xffff));
    }
    if ((htinst & TRANSFORMED) == 0 || htinst > UINT32_MAX)
        return false;
    *size = (htinst & NOT_COMPRESSED) != 0 ? 4 : 2;
    return describe(mmio, (uint32_t)htinst | NOT_COMPRESSED) && ADDRESS_OFFSET(htinst) == 0;
}

void trap_decode(struct trap *trap, uint64_t cause, uint64_t stval, uint64_t htval, uint64_t htinst,
                 uint32_t instruction, unsigned *size) {
    *trap = (struct trap){.address = stval, .code = cause};
    *size = 0;
    switch (cause) {
    case CAUSE_HYPERCALL:
        trap->reason = TRAP_HYPERCALL;
        *size = 4;
        break;
    case CAUSE_FETCH_ACCESS:
    case CAUSE_GUEST_FETCH:
        trap->reason = TRAP_FETCH;
        break;
    case CAUSE_GUEST_LOAD:
    case CAUSE_GUEST_STORE:
        trap->mmio.at = htval << 2 | (stval & 3);
        trap->mmio.write = cause == CAUSE_GUEST_STORE;
        /* Without htval the address is not told, and the access may be the page walk's. */
        trap->reason = decode_access(&trap->mmio, htinst, instruction, size) && htval != 0
                           ? TRAP_MMIO
                           : TRAP_OUTSIDE;
        break;
    case CAUSE_LOAD_MISALIGNED:
    case CAUSE_LOAD_ACCESS:
    case CAUSE_STORE_MISALIGNED:
    case CAUSE_STORE_ACCESS:
        trap->reason = TRAP_EXTERNAL;
        break;
    default: /* virtual instructions; all others are delegated to the guest */
        trap->reason = TRAP_UNDEFINED;
        break;
    }
}

/* vsstatus. */
#define STATUS_SIE  (UINT64_C(1) << 1)
#define STATUS_SPIE (UINT64_C(1) << 5)
#define STATUS_SPP  (UINT64_C(1) << 8)

#define TVEC_MODE UINT64_C(3) /* exceptions go to BASE in either mode */

struct exception trap_exception(uint64_t vsstatus, uint64_t vstvec, bool from_supervisor) {
    struct exception exception = {vsstatus & ~(STATUS_SIE | STATUS_SPIE | STATUS_SPP),
                                  vstvec & ~TVEC_MODE};

    if ((vsstatus & STATUS_SIE) != 0)
        exception.status |= STATUS_SPIE;
    if (from_supervisor)
        exception.status |= STATUS_SPP;
    return exception;
}
