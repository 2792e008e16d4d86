/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_space.h - a VM's stage 2: its memory and the registers of its devices,
 * and nothing else. Built once at boot, never changed.
 */
#pragma once

#include "config/system.h"
#include "mem/page_pool.h"

/* Returns the machine address of the root table. */
phys_t guest_space_create(struct page_pool *pool, const struct system *system,
                          const struct system_vm *vm);
