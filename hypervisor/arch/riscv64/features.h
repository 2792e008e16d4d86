/* SPDX-License-Identifier: Apache-2.0 */
/*
 * features.h - extensions: what a hart has, what the guest is given of it, and
 * what the registers that decide say then. Pure.
 *
 * A guest learns what it has from its device tree, made out of the board's: what
 * the tree promises (SYSTEM_ISA_*) has to be there. What no line of the table
 * gives is hidden: its bits stay 0, and the hart makes its registers and
 * instructions illegal.
 */
#pragma once

#include "abi/system_image.h"
#include "lib/address.h"

/* Features are SYSTEM_ISA_*, which guests may be told of, and these, of which they are not. */
#define FEATURE_STATEEN (1u << 29) /* Smstateen, Sstateen: hstateen0-3, sstateen0-3 */
#define FEATURE_AIA     (1u << 30) /* Ssaia: hvictl and siselect */
#define FEATURE_IMSIC   (1u << 31) /* the board's interrupt files */

/* What the registers are set to. */
struct feature_values {
    uint64_t henvcfg;
    uint64_t hstateen0;
};

/* `found`: what the hart has. `isa`: SYSTEM_ISA_*, what guests are told. */
struct feature_values features_values(uint32_t found, uint32_t isa);

/* The name of an extension that guests are told of and the hart lacks; NULL if it has all. */
const char *features_missing(uint32_t found, uint32_t isa);
