/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chosen.h - the one thing that the hypervisor reads in a device tree: the seeds for random numbers
 * that the boot loader leaves in /chosen.
 */
#pragma once

#include "lib/address.h"

/* What is done with a seed, which may be overwritten; `to` is the searcher's. */
typedef void chosen_found(uint8_t *seed, uint32_t size, void *to);

/*
 * Looks for `rng-seed` and `kaslr-seed` in the `size` bytes at `tree`, which is 4-byte aligned and
 * may hold anything: each that is `found` lies within them, and what is no flattened device tree
 * (Devicetree Specification 0.4, 5) holds none. Any context, no locks.
 */
void chosen_find(uint8_t *tree, uint32_t size, chosen_found *found, void *to);
