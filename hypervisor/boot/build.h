/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build.h - what the first core makes out of the table before any other core
 * runs: a structure for each VM, an address space for each core.
 */
#pragma once

#include "mem/hypervisor_space.h"

/* What each core needs, as the boot record says: console, and the table at SPACE_TABLE. */
void build_common(struct space_tables *tables);

/*
 * Structures for all VMs, and in spaces[cpu] the root table of each other core that
 * one of them has; the rest stay off, in the firmware's hands. This core's own space
 * gets what it lacks. Nothing of the pool stays mapped here. `tree` is what the boot
 * loader has passed as a tree's address, for boot/entropy.h.
 */
void build_system(phys_t *spaces, phys_t tree);
