/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chosen.h - the one thing that the hypervisor reads in a device tree: the seeds for random numbers
 * that the boot loader leaves in /chosen.
 */
#pragma once

#include "lib/address.h"

#define CHOSEN_SEEDS_MAX 2u

/* Where a property's value lies, in bytes from the tree's start. */
struct chosen_seed {
    uint32_t offset;
    uint32_t size;
};

/*
 * Looks for `rng-seed` and `kaslr-seed` in the `size` bytes at `tree`, which is 4-byte aligned and
 * may hold anything: what is found lies within them, and what is no flattened device tree
 * (Devicetree Specification 0.4, 5) holds nothing. Returns how many of `found`, which has room for
 * CHOSEN_SEEDS_MAX, are filled in. Any context, no locks.
 */
uint32_t chosen_find(const uint8_t *tree, uint32_t size, struct chosen_seed *found);
