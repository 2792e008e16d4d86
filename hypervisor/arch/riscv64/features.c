/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/hart.h"

#define BIT(n)        (UINT64_C(1) << (n))
#define FEATURE_COUNT (sizeof(features) / sizeof(features[0]))

/* Privileged Architecture 1.13, 20.2.5 (henvcfg); Smstateen, chapter 11; AIA 1.0, 2.5. */
static const struct {
    uint32_t feature;
    const char *missing;
    uint64_t henvcfg;
    uint64_t hstateen0;
} features[] = {
    /* SE0 and ENVCFG: the guest's own sstateen0 and senvcfg. */
    {FEATURE_STATEEN, NULL, 0, BIT(63) | BIT(62)},
    {FEATURE_IMSIC, NULL, 0, BIT(60) | BIT(59) | BIT(58)}, /* CSRIND, AIA, IMSIC */
    {SYSTEM_ISA_SSTC, "lacks Sstc, which the board's tree has", BIT(63), 0},
    {SYSTEM_ISA_SVPBMT, "lacks Svpbmt, which the board's tree has", BIT(62), 0},
    {SYSTEM_ISA_SVADU, "lacks Svadu, which the board's tree has", BIT(61), 0},
    /*
     * CBCFE, and CBIE = 1: a guest's invalidate also writes back, or it could undo the
     * clearing of its memory and read what was there before.
     */
    {SYSTEM_ISA_ZICBOM, "lacks Zicbom, which the board's tree has", BIT(6) | BIT(4), 0},
    {SYSTEM_ISA_ZICBOZ, "lacks Zicboz with the block size that the board's tree has", BIT(7), 0},
    {SYSTEM_ISA_FLOAT, "lacks F, which the board's tree has", 0, 0},
    {SYSTEM_ISA_VECTOR, "lacks V, which the board's tree has", 0, 0},
    {SYSTEM_ISA_SV48, "lacks Sv48x4, as the board's tree has Sv48", 0, 0},
    {SYSTEM_ISA_SV57, "lacks Sv57x4, as the board's tree has Sv57", 0, 0},
};

struct feature_values features_values(uint32_t found, uint32_t isa) {
    struct feature_values values = {0};

    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        if ((features[i].feature & found & (isa | ~SYSTEM_ISA_ALL)) == 0)
            continue;
        values.henvcfg |= features[i].henvcfg;
        values.hstateen0 |= features[i].hstateen0;
    }
    return values;
}

const char *features_missing(uint32_t found, uint32_t isa) {
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        if ((features[i].feature & isa & ~found) != 0)
            return features[i].missing;
    }
    return NULL;
}
