/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/hart.h"

#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/probe_hw.h"
#include "lib/string.h"

/*
 * Delegated to the guest: what its own instructions cause. Not its calls, guest-page
 * faults and virtual instructions. Privileged Architecture 1.13, table 20.2.
 */
#define HEDELEG_VALUE UINT64_C(0xb1ff)
#define HIDELEG_VALUE (BIT(IRQ_VSSI) | BIT(IRQ_VSTI) | BIT(IRQ_VSEI))

#define SSTATUS_UXL (UINT64_C(2) << 32) /* 64 bits */
#define SSTATUS_FS  BIT(13)             /* initial; both are what the guest may use, too */
#define SSTATUS_VS  BIT(9)

uint32_t features_found;

static bool has_stage2(uint32_t levels) {
    bool taken;

    WRITE_CSR(hgatp, HGATP_MODE(levels));
    taken = READ_CSR(hgatp) == HGATP_MODE(levels);
    WRITE_CSR(hgatp, 0);
    return taken;
}

/* Of a guest-page fault, by an address that is too long for Sv39x4 whatever the tables say. */
static bool tells_addresses(void) {
    uint64_t at = BIT(41);
    uint8_t byte;

    WRITE_CSR(vsatp, 0);
    WRITE_CSR(hgatp, HGATP_MODE(3));
    WRITE_CSR(htval, 0);
    PROBE(HLV_BU(byte, at));
    WRITE_CSR(hgatp, 0);
    return READ_CSR(htval) == at >> 2;
}

static void note(uint32_t feature, bool here) {
    features_found |= here ? feature : 0;
}

#define BLOCK_MAX 1024u /* no cache block is larger */

/* Bytes that CBO.ZERO clears. 0: it is not there, or not permitted. */
static uint64_t zeroed_size(uint8_t *scratch) {
    uint64_t size = 0;

    memset(scratch, 0xff, BLOCK_MAX);
    if (!PROBE(CBO("4", scratch)))
        return 0;
    while (size < BLOCK_MAX && scratch[size] == 0)
        size++;
    return size;
}

const char *features_find(const struct system_board_riscv64 *board) {
    static uint8_t scratch[BLOCK_MAX] __attribute__((aligned(BLOCK_MAX)));
    uint64_t asked;

    if (!PROBE((void)READ_CSR(hstatus)))
        return "this hart has no hypervisor extension";
    if (!has_stage2(3))
        return "this hart has no Sv39x4 translation";
    if (!tells_addresses())
        return "this hart does not tell the address of a guest-page fault (htval)";
    WRITE_CSR(henvcfg, UINT64_MAX); /* what stays is there */
    asked = READ_CSR(henvcfg);
    features_found = 0;
    note(FEATURE_STATEEN, PROBE((void)READ_CSR(hstateen0)));
    note(FEATURE_AIA, PROBE((void)READ_CSR(HVICTL)));
    note(FEATURE_IMSIC, board->controller_kind == SYSTEM_CONTROLLER_AIA);
    /* If it is hidden, its interrupt is not pending for ever either. */
    note(SYSTEM_ISA_SSTC, (asked & BIT(63)) != 0 && PROBE(WRITE_CSR(vstimecmp, UINT64_MAX)));
    note(SYSTEM_ISA_SVPBMT, (asked & BIT(62)) != 0);
    note(SYSTEM_ISA_SVADU, (asked & BIT(61)) != 0);
    /* menvcfg allows flushes and invalidations apart; the guest's are as these. */
    note(SYSTEM_ISA_ZICBOM, (asked & BIT(6)) != 0 && (board->isa & SYSTEM_ISA_ZICBOM) != 0 &&
                                PROBE(CBO("2", scratch)) && PROBE(CBO("0", scratch)));
    note(SYSTEM_ISA_ZICBOZ, (asked & BIT(7)) != 0 && (board->isa & SYSTEM_ISA_ZICBOZ) != 0 &&
                                zeroed_size(scratch) == board->block_size);
    note(SYSTEM_ISA_SV48, has_stage2(4));
    note(SYSTEM_ISA_SV57, has_stage2(5));
    WRITE_CSR(sstatus, SSTATUS_UXL | SSTATUS_FS | SSTATUS_VS);
    note(SYSTEM_ISA_FLOAT, (READ_CSR(sstatus) & 3 * SSTATUS_FS) != 0);
    note(SYSTEM_ISA_VECTOR, (READ_CSR(sstatus) & 3 * SSTATUS_VS) != 0);
    return NULL;
}

/*
 * The table of what traps and what a guest is given: where a register is, its value, why. None has
 * a known value before (Privileged Architecture 1.13, 3.4). What changes from life to life is in
 * vcpu_hw.c, and a guest's own registers are in registers.S.
 */
const char *features_give(const struct system_board_riscv64 *board) {
    const char *wrong = features_missing(features_found, board->isa);
    struct feature_values values = features_values(features_found, board->isa);

    if (wrong != NULL)
        return wrong;
    features_found &= board->isa | ~SYSTEM_ISA_ALL; /* what is hidden is as what is not there */
    /* Units that are off here are off for the guest as well: F and V have no other switch. */
    WRITE_CSR(sstatus, SSTATUS_UXL | (cpu_has(SYSTEM_ISA_FLOAT) ? SSTATUS_FS : 0) |
                           (cpu_has(SYSTEM_ISA_VECTOR) ? SSTATUS_VS : 0));
    WRITE_CSR(hedeleg, HEDELEG_VALUE);
    WRITE_CSR(hideleg, HIDELEG_VALUE);
    /* vsie's bits are each life's; SGEIE, hgeie: a guest file calls its guest, never us. */
    WRITE_CSR(hie, 0);
    WRITE_CSR(hgeie, 0);
    WRITE_CSR(hvip, 0);
    /* What is given, by features.c. */
    WRITE_CSR(henvcfg, values.henvcfg);
    if (cpu_has(FEATURE_STATEEN)) {
        WRITE_CSR(hstateen0, values.hstateen0);
        /* Nothing that we know of; where the firmware keeps them shut, they are shut for all. */
        PROBE(WRITE_CSR(hstateen1, 0));
        PROBE(WRITE_CSR(hstateen2, 0));
        PROBE(WRITE_CSR(hstateen3, 0));
    }
    return NULL;
}
