/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_space.h - a VM's stage 2: its memory and the registers of its devices,
 * and nothing else. Built once at boot, never changed.
 */
#ifndef MEM_GUEST_SPACE_H
#define MEM_GUEST_SPACE_H

#include "config/system.h"
#include "mem/page_pool.h"

/* The root table's machine address in *root; false if the pool is empty or regions collide. */
bool guest_space_create(struct page_pool *pool, const struct system *system,
                        const struct system_vm *vm, phys_t *root);
#endif
