/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h - reads translation tables as a core's table walk does, by the manual and
 * without a line of the code under test. What an entry means is in each
 * architecture's walk_entry.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct walked {
    bool mapped;
    unsigned level; /* 0: a page, 1: a block of 2 MiB, 2: of 1 GiB */
    uint64_t phys;
    uint64_t attributes; /* the entry without its address */
};

/* What one entry is. */
struct walk_entry {
    bool valid;
    bool table;          /* of the next level */
    uint64_t phys;       /* that table, block or page */
    uint64_t attributes; /* all else */
};

struct walk_entry walk_entry(uint64_t entry, unsigned level);

/* What the attributes of a block or page of the hypervisor's own space allow. */
bool walk_writable(const struct walked *walked);
bool walk_executable(const struct walked *walked);

/* The same at stage 2: a guest reads, writes, executes. */
bool walk_guest_readable(const struct walked *walked);
bool walk_guest_writable(const struct walked *walked);
bool walk_guest_executable(const struct walked *walked);

/* Where a table with this machine address is in the test; NULL: a walk into nowhere. */
typedef const uint64_t *(*walk_table)(uint64_t phys);

/* One address, in tables of so many levels; the root has all entries that this may need. */
struct walked walk(const uint64_t *root, unsigned levels, uint64_t address, walk_table table);

/*
 * Calls `visit` for each block and page of the tables, in the order of their addresses. The root
 * has `root_pages` pages.
 */
void walk_all(const uint64_t *root, unsigned levels, unsigned root_pages, walk_table table,
              void (*visit)(uint64_t address, const struct walked *walked, void *context),
              void *context);
