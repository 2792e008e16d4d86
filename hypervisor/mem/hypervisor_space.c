/* SPDX-License-Identifier: Apache-2.0 */
#include "mem/hypervisor_space.h"

#include "arch/memory.h"
#include "mem/page_table.h"

struct space_tables own_tables __attribute__((aligned(4096)));

/*
 * Writes `count` entries of a level. An address lies in an entry as a number, so those of pages in
 * a row differ by the same.
 */
static void map(uint64_t *entry, phys_t start, uint64_t count, unsigned level, enum page_use use) {
    uint64_t leaf = arch_pte_leaf(start, level, use);
    uint64_t step = arch_pte_leaf(phys(start.value + page_table_span(level)), level, use) - leaf;

    for (; count > 0; count--, leaf += step)
        *entry++ = leaf;
}

/* A part of the image, from one of the linker's addresses to another. */
static void map_image(struct space_tables *tables, const uint8_t *start, const uint8_t *end,
                      phys_t at, enum page_use use) {
    map(&tables->image[page_table_index((uintptr_t)start, 0)], at,
        (uint64_t)(end - start) / PAGE_SIZE, 0, use);
}

void space_create(struct space_tables *tables, phys_t image, phys_t private_data) {
    uint64_t tables_offset = (uint64_t)((uint8_t *)&own_tables - link_private_start);
    uint64_t const_offset = (uint64_t)(link_const_start - link_text_start);
    phys_t own = phys(private_data.value + tables_offset);
    uint64_t *slot = &tables->gigabyte[page_table_index(SPACE_BASE, 1)];

    tables->root[page_table_index(SPACE_BASE, 2)] =
        arch_pte_table(phys(own.value + offsetof(struct space_tables, gigabyte)));
    for (uint64_t at = offsetof(struct space_tables, image); at < sizeof(*tables); at += PAGE_SIZE)
        *slot++ = arch_pte_table(phys(own.value + at));
    map_image(tables, link_text_start, link_const_start, image, PAGE_HYPERVISOR_TEXT);
    map_image(tables, link_const_start, link_const_end, phys(image.value + const_offset),
              PAGE_HYPERVISOR_CONST);
    map_image(tables, link_private_start, link_private_end, private_data, PAGE_HYPERVISOR_DATA);
}

void space_map(struct space_tables *tables, uint64_t address, phys_t start, uint64_t size,
               enum page_use use) {
    uint64_t *entries = &tables->fixed[page_table_index(address, 0)];

    /* What was there goes first (break-before-make, DDI 0487 D8). */
    for (uint64_t i = 0; i < size / PAGE_SIZE; i++)
        entries[i] = 0;
    arch_tables_written();
    map(entries, start, size / PAGE_SIZE, 0, use);
    arch_tables_written();
}

/* The entries that map something: closing touches no others. */
static struct {
    uint64_t *entries;
    uint64_t count;
} open[WINDOWS];

void space_window_close(enum space_window window) {
    while (open[window].count > 0)
        open[window].entries[--open[window].count] = 0;
    arch_tables_written();
}

void *space_window(enum space_window window, phys_t start, uint64_t size, enum page_use use) {
    unsigned level = ((start.value | size) & (SPACE_WINDOW_SIZE - 1)) == 0 ? 1 : 0;
    uint64_t address = level == 0 ? SPACE_PAGES(window) : SPACE_BLOCKS(window);
    uint64_t within = start.value % PAGE_SIZE;

    /* What was there goes first (break-before-make, DDI 0487 D8). */
    space_window_close(window);
    open[window].entries =
        level == 0 ? own_tables.window[window] : &own_tables.gigabyte[page_table_index(address, 1)];
    open[window].count = level == 0 ? pages_for(within + size) : size / SPACE_WINDOW_SIZE;
    map(open[window].entries, phys(start.value - within), open[window].count, level, use);
    arch_tables_written();
    return (void *)(uintptr_t)(address + within);
}
