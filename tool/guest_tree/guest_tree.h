/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_tree.h - the device tree that a guest is given: its CPUs, memory, interrupt controller,
 * timer, console and devices, made out of the board's tree.
 */
#pragma once

#include "tool/system/plan.h"
#include "tool/tree/overlay.h"

#define GUEST_TREE_SIZE_MAX 0x10000

/*
 * Builds the tree of a VM whose memory, devices, image and initrd have their guest addresses, in
 * the plan's arena. Returns its size; 0: it would pass GUEST_TREE_SIZE_MAX.
 */
size_t guest_tree_build(const struct plan *plan, const struct plan_vm *vm,
                        const unsigned char **tree);

/*
 * Applies an overlay of the user's to a guest's tree, a blob of *size bytes; no __symbols__ is
 * left. The result is in the arena, *size bytes; NULL, with errors.
 */
const void *guest_tree_patch(const void *tree, const struct overlay *overlay, struct arena *arena,
                             size_t *size, struct dtc_errors *errors);

/* A user's tree as the VM gets it: with its args and its initrd in /chosen, as a boot loader would
 * put them there. NULL: there is no room, which cannot be. */
const void *guest_tree_adopt(const struct plan *plan, const struct plan_vm *vm, size_t *size);

/*
 * Where in a tree the seeds of /chosen are: kaslr-seed (8 bytes) and directly behind it rng-seed
 * (32 bytes). *at is the offset of the first one's FDT_PROP token, *size what both take, tokens,
 * lengths and names and all, so that the whole may become FDT_NOP words. False, and both 0: they
 * are not there, or not so.
 */
bool guest_tree_find_seeds(const void *tree, uint32_t *at, uint32_t *size);
