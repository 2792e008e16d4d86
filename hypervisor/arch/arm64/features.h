/* SPDX-License-Identifier: Apache-2.0 */
/*
 * features.h - which features of the core a guest is told of. Pure.
 *
 * What is not named here is hidden: unknown fields read as absent. What is
 * hidden also traps, see controls_hw.c, and is then undefined for the guest.
 */
#pragma once

#include <stdint.h>

/* The ID register S3_0_C0_C<crm>_<op2> as a guest reads it, where the core has `value`. */
uint64_t features_id_register(unsigned crm, unsigned op2, uint64_t value);
