/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/tree/register_map.h"

#include <stdlib.h>

#include "config/config_arch.h"

static int compare(const void *a, const void *b) {
    const struct tree_node_register *one = a;
    const struct tree_node_register *other = b;

    if (one->range.phys != other->range.phys)
        return one->range.phys < other->range.phys ? -1 : 1;
    return one->node < other->node ? -1 : one->node > other->node;
}

struct register_map register_map_make(const void *tree, struct arena *arena) {
    struct register_map map = {0};
    uint64_t last = 0;

    map.count = tree_list_registers(tree, &map.items, arena);
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

const struct tree_node_register *register_map_next(const struct register_map *map,
                                                   struct system_range range, size_t *at) {
    while (*at < map->count) {
        const struct tree_node_register *item = &map->items[(*at)++];

        if (overlap(item->range, range))
            return item;
        if (item->range.phys > range.phys) /* and so are all behind it */
            break;
    }
    return NULL;
}
