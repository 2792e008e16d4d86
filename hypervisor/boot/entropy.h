/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entropy.h - the secret that each VM's random numbers begin with: gathered once, at boot.
 */
#pragma once

#include "config/system.h"
#include "lib/chacha20.h"

#define ENTROPY_WORDS (CHACHA20_SIZE / sizeof(uint64_t))

/*
 * XORs over `key`, which is zero, all the randomness that there is: the seeds in the boot loader's
 * tree, and the machine's own source. False: there is none. `tree` is what the boot loader has
 * passed, whether it is a tree's address or not; the seeds in it are wiped, so that nobody finds
 * them a second time. First core alone, before anything is written to RAM outside the image; uses
 * WINDOW_SOURCE.
 */
bool entropy_gather(const struct system *system, phys_t tree, uint64_t key[ENTROPY_WORDS]);
