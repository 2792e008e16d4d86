/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/tree/register_map.h"

#include <stdlib.h>

#include "config/config_check.h"

static int compare(const void *a, const void *b) {
    const struct register_map_item *one = a;
    const struct register_map_item *other = b;

    if (one->range.phys != other->range.phys)
        return one->range.phys < other->range.phys ? -1 : 1;
    return one->node < other->node ? -1 : one->node > other->node;
}

struct register_map register_map_make(const struct tree *tree, struct arena *arena) {
    struct register_map map = {0};
    uint64_t last = 0;

    for (const struct tree_node *node = tree->root; node < tree->root->end; node++) {
        size_t count = tree_register_count(node);
        struct system_range range;

        for (size_t i = 0; i < count; i++)
            if (tree_register(node, i, &range))
                *ARENA_ADD(arena, map.items, map.count) = (struct register_map_item){node, range};
    }
    map.last = arena_alloc(arena, (map.count + 1) * sizeof(*map.last));
    if (map.count != 0)
        qsort(map.items, map.count, sizeof(*map.items), compare);
    for (size_t i = 0; i < map.count; i++) {
        uint64_t own = map.items[i].range.phys + (map.items[i].range.size - 1);

        map.last[i] = last = own > last ? own : last;
    }
    return map;
}

size_t register_map_find(const struct register_map *map, struct system_range range) {
    size_t low = 0;
    size_t high = map->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (map->last[middle] < range.phys)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct register_map_item *register_map_next(const struct register_map *map,
                                                  struct system_range range, size_t *at) {
    while (*at < map->count) {
        const struct register_map_item *item = &map->items[(*at)++];

        if (overlap(item->range, range))
            return item;
        if (item->range.phys > range.phys) /* and so are all behind it */
            break;
    }
    return NULL;
}
