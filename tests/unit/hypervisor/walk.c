/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/walk.h"

#include <stddef.h>

#define ENTRIES 512u

static unsigned shift_of(unsigned level) {
    return 12 + 9 * level;
}

static struct walked leaf(const struct walk_entry *entry, unsigned level, uint64_t offset) {
    return (struct walked){true, level, entry->phys + offset, entry->attributes};
}

struct walked walk(const uint64_t *root, unsigned levels, uint64_t address, walk_table table) {
    uint64_t rest = address;

    for (unsigned level = levels; root != NULL && level-- > 0;) {
        struct walk_entry entry = walk_entry(root[rest >> shift_of(level)], level);

        if (!entry.valid)
            break;
        if (!entry.table)
            return leaf(&entry, level, address & ((UINT64_C(1) << shift_of(level)) - 1));
        root = table(entry.phys);
        rest &= (UINT64_C(1) << shift_of(level)) - 1;
    }
    return (struct walked){0};
}

struct visitor {
    walk_table table;
    void (*visit)(uint64_t address, const struct walked *walked, void *context);
    void *context;
};

static void walk_table_of(const uint64_t *entries, unsigned count, unsigned level, uint64_t address,
                          const struct visitor *visitor) {
    for (unsigned i = 0; entries != NULL && i < count; i++) {
        uint64_t at = address + ((uint64_t)i << shift_of(level));
        struct walk_entry entry = walk_entry(entries[i], level);
        struct walked walked;

        if (!entry.valid)
            continue;
        if (entry.table) {
            walk_table_of(visitor->table(entry.phys), ENTRIES, level - 1, at, visitor);
            continue;
        }
        walked = leaf(&entry, level, 0);
        visitor->visit(at, &walked, visitor->context);
    }
}

void walk_all(const uint64_t *root, unsigned levels, unsigned root_pages, walk_table table,
              void (*visit)(uint64_t address, const struct walked *walked, void *context),
              void *context) {
    struct visitor visitor = {table, visit, context};

    walk_table_of(root, root_pages * ENTRIES, levels - 1, 0, &visitor);
}
