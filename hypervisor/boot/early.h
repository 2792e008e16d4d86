/* SPDX-License-Identifier: Apache-2.0 */
/*
 * early.h - what start.S of each architecture calls on the first core, with the
 * MMU off and a stack of its own, wherever the image is. Nothing here, nor what it
 * calls, may use an absolute address: the compiler reaches code, constants and
 * variables relative to the program counter, and makes no jump tables.
 */
#ifndef BOOT_EARLY_H
#define BOOT_EARLY_H

#include "abi/boot_record.h"

/* The record of the image that starts at `image`, if this core may go on with it; else refuses. */
const struct boot_record *early_check(const uint8_t *image);

/* At home, with the private data cleared: maps the image; where the root table is. */
uint64_t early_map(void);
#endif
