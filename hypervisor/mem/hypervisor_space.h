/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hypervisor_space.h - the hypervisor's own address space, one per core.
 *
 * Every core maps the hypervisor's text and constants, its own private data
 * (all of .bss: a C variable here is this core's own), the table, the control
 * area, the few device registers it needs and its own VM's structures. Nothing
 * of any other VM is mapped anywhere on that core. All areas are at the same
 * virtual addresses on every core.
 *
 * Two windows map RAM while a VM is loaded or, on the first core, while the system
 * is built; otherwise they map nothing. Each has two places: one for whole blocks
 * of 2 MiB, each of which one entry maps, and one for pages.
 */
#pragma once

#include "abi/boot_record.h"
#include "arch/page_table.h"

/* Where the hypervisor is linked: 128 GiB (below the end of Sv39), with the areas in the same 1
 * GiB. */
#define SPACE_BASE        ((uint64_t)BOOT_LINKED_AT)
#define SPACE_WINDOW_SIZE 0x200000u  /* of pages; and a block */
#define SPACE_BLOCKS_SIZE 0x1000000u /* of blocks: all cores of a VM get some of it to load */

#define SPACE_AT(megabytes, page)                                                                  \
    (SPACE_BASE + ((uint64_t)(megabytes) << 20) + ((uint64_t)(page) << 12))

#define SPACE_CONSOLE SPACE_AT(2, 0)
#define SPACE_ARCH    SPACE_AT(2, 16) /* 48 pages: the architecture's own device registers */
#define SPACE_TABLE   SPACE_AT(2, 64)
#define SPACE_CONTROL SPACE_AT(2, 192)
#define SPACE_VM      SPACE_AT(2, 208)
#define SPACE_END     SPACE_AT(4, 0)

#define SPACE_VM_PAGES 64u

/* Where a window is, of pages or of blocks. */
#define SPACE_PAGES(window)  SPACE_AT(4 + 2 * (unsigned)(window), 0)
#define SPACE_BLOCKS(window) SPACE_AT(8 + 16 * (unsigned)(window), 0)

/*
 * From the linker script: page-aligned ends of what the image holds, one behind the other. A core's
 * private data has the same address on each, and begins with its stack; between that and the
 * constants a page is left out, at which nothing is mapped.
 */
extern uint8_t link_text_start[], link_const_start[], link_const_end[];
extern uint8_t link_private_start[], link_private_end[];

/* Whether the hypervisor itself comes there only when its stack is full. */
static inline bool space_is_guard(uint64_t address) {
    return address - (uintptr_t)link_const_end < PAGE_SIZE;
}

enum space_window { WINDOW_TARGET, WINDOW_SOURCE, WINDOWS };

/* The tables of one core's space, in its private data: from `image` on those of 2 MiB each. */
struct space_tables {
    uint64_t root[PAGE_TABLE_ENTRIES];
    uint64_t gigabyte[PAGE_TABLE_ENTRIES];
    uint64_t image[PAGE_TABLE_ENTRIES];
    uint64_t fixed[PAGE_TABLE_ENTRIES];
    uint64_t window[WINDOWS][PAGE_TABLE_ENTRIES];
};

/*
 * Fills `tables`, which lie in the private data at `private_data`, for a
 * hypervisor whose image is at `image`.
 */
void space_create(struct space_tables *tables, phys_t image, phys_t private_data);

/*
 * Maps `size` bytes at `start` (page aligned both) at `address`, between
 * SPACE_CONSOLE and SPACE_END. If the space is this core's own, it counts at once.
 */
void space_map(struct space_tables *tables, uint64_t address, phys_t start, uint64_t size,
               enum page_use use);

/*
 * This core's window: maps the `size` bytes at `start`, to the ends of their pages, and nothing
 * else; what it mapped before is gone. Whole blocks of 2 MiB, up to SPACE_BLOCKS_SIZE; else pages,
 * up to SPACE_WINDOW_SIZE of them. Returns where the first byte is.
 */
void *space_window(enum space_window window, phys_t start, uint64_t size, enum page_use use);

/* This core's window maps nothing any more. */
void space_window_close(enum space_window window);

/* The tables of the core that calls, in each core at the same address. */
extern struct space_tables own_tables;

/* What the tool has written into the image's first page. */
static inline const struct boot_record *space_record(void) {
    return (const struct boot_record *)(const void *)(link_text_start + BOOT_RECORD_OFFSET);
}
