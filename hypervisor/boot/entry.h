/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entry.h - what start.S of each architecture calls, and where it leads.
 */
#pragma once

#include <stdnoreturn.h>

#include "abi/boot_record.h"

/*
 * early.c: on the first core, with the MMU off and a stack of its own, wherever the
 * image is. Nothing there, nor what it calls, may use an absolute address: the compiler
 * reaches code, constants and variables relative to the program counter, and makes no
 * jump tables.
 *
 * The record of the image that starts at `image`, if this core may go on with it; else refuses.
 */
const struct boot_record *early_check(const uint8_t *image);

/* At home, with the private data cleared: maps the image; where the root table is. */
uint64_t early_map(void);

/*
 * main.c, with the MMU on: the core that the boot loader started, by its hardware id, and what the
 * boot loader has passed where a device tree's address belongs.
 */
noreturn void main(uint64_t hwid, uint64_t tree);

/* Every other core, in the space that the first has built for it. */
noreturn void main_secondary(void);
