/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/walk.h"

#include <stddef.h>

#define ENTRIES     512u
#define OUTPUT_MASK UINT64_C(0x0000fffffffff000)

static unsigned shift_of(unsigned level) {
    return 30 - 9 * level;
}

static bool is_table(uint64_t entry, unsigned level) {
    return level < 2 && (entry & 3) == 3;
}

static struct walked leaf(uint64_t entry, unsigned level, uint64_t offset) {
    struct walked walked = {false, level, 0, entry & ~OUTPUT_MASK};
    bool right_type = level == 2 ? (entry & 3) == 3 : (entry & 3) == 1;

    walked.mapped = right_type;
    walked.phys = (entry & OUTPUT_MASK) + offset;
    return walked;
}

struct walked walk(const uint64_t *root, uint64_t address, walk_table table) {
    for (unsigned level = 0; root != NULL; level++) {
        uint64_t entry = root[address >> shift_of(level) & (ENTRIES - 1)];

        if ((entry & 1) == 0)
            break;
        if (!is_table(entry, level))
            return leaf(entry, level, address & ((UINT64_C(1) << shift_of(level)) - 1));
        root = table(entry & OUTPUT_MASK);
    }
    return (struct walked){0};
}

struct visitor {
    walk_table table;
    void (*visit)(uint64_t address, const struct walked *walked, void *context);
    void *context;
};

static void walk_table_of(const uint64_t *entries, unsigned level, uint64_t address,
                          const struct visitor *visitor) {
    for (unsigned i = 0; entries != NULL && i < ENTRIES; i++) {
        uint64_t at = address + ((uint64_t)i << shift_of(level));
        struct walked walked;

        if ((entries[i] & 1) == 0)
            continue;
        if (is_table(entries[i], level)) {
            walk_table_of(visitor->table(entries[i] & OUTPUT_MASK), level + 1, at, visitor);
            continue;
        }
        walked = leaf(entries[i], level, 0);
        visitor->visit(at, &walked, visitor->context);
    }
}

void walk_all(const uint64_t *root, walk_table table,
              void (*visit)(uint64_t address, const struct walked *walked, void *context),
              void *context) {
    struct visitor visitor = {table, visit, context};

    walk_table_of(root, 0, 0, &visitor);
}
