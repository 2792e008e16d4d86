/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build.h - what the first core makes out of the table before any other core
 * runs: a structure for each VM, an address space for each core.
 */
#ifndef BOOT_BUILD_H
#define BOOT_BUILD_H

#include "abi/boot_record.h"
#include "config/system.h"
#include "lib/address.h"
#include "mem/page_pool.h"

/* What the tool has written into the image's first page. */
const struct boot_record *build_record(void);

/* The rest of the space that start.S began: windows, console, and the table at SPACE_TABLE. */
void build_first_space(void);

/* The pool of the table, mapped in WINDOW_TARGET until it is closed. */
struct page_pool build_pool(const struct system *system);

/* The control area: zeroed, and mapped on this core. */
phys_t build_control(struct page_pool *pool);

/* VM `index`: its struct vm, devices and stage 2. Returns where they are. */
phys_t build_vm(struct page_pool *pool, const struct system *system, uint32_t index);

/* Pages that a VM's structures take. */
uint64_t build_vm_pages(void);

/*
 * The address space of core `cpu`, which is not this one: its private data, the
 * control area and, if it has one, its VM's structures. Returns its root table.
 */
phys_t build_cpu(struct page_pool *pool, const struct system *system, uint32_t cpu,
                 phys_t control_area, phys_t vm);

/* The same for this core, which already has a space: control area, its VM. */
void build_own(const struct system *system, phys_t control_area, phys_t vm);
#endif
