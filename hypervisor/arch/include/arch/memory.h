/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - contract: what memory needs beyond loads and stores. All of it is
 * called in the hypervisor's own context, with the MMU on.
 */
#pragma once

#include "lib/address.h"

/*
 * Makes the entries of the hypervisor's own tables that were written so far count for this core's
 * walks, and those that are gone count no more.
 */
void arch_tables_written(void);

/*
 * Drops the translations of the VM that this core's stage 2 is set to, at least on this core: each
 * core of a VM calls it before the VM's next life.
 */
void arch_guest_tlb_flush(void);

/* Sets `size` bytes (multiple of 4 KiB) of normal memory to zero, the fastest way. */
void arch_memory_clear(void *start, uint64_t size);

/*
 * Writes cached data of [start, start + size) back to memory and drops it from
 * the caches: a guest begins with its caches off and reads memory itself.
 */
void arch_cache_clean(const void *start, uint64_t size);

/*
 * Accesses to devices and to memory before it come before all those behind it. A lock's own order
 * is of memory alone (RISC-V), or of those who share the memory with us (arm64), as a device need
 * not.
 */
void arch_io_fence(void);

/* Drops stale instructions from this core's instruction cache. */
void arch_instructions_written(void);

/*
 * What `access` finds at `word`, which may not be there; false if one of its loads and
 * stores aborts. Only at boot, by the first core.
 */
bool arch_memory_probe(bool (*access)(volatile uint64_t *word), volatile uint64_t *word);
