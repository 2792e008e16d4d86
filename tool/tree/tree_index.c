/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/tree/tree_index.h"

#include <stdlib.h>
#include <string.h>

#include "tool/tree/tree.h"

#define NO_NODE (-2)

struct phandle {
    uint32_t number;
    int node;
};

struct named {
    const char *name;
    int node;
};

struct tree_index {
    const void *tree;
    struct tree_index *next;
    int *parents; /* by the node's offset in words; -1: a root, NO_NODE: no node begins there */
    size_t size;  /* words */
    struct phandle *phandles; /* by number, and those alike in the tree's order */
    size_t phandle_count;
    struct named *named; /* all nodes, by name, and those alike in the tree's order */
    size_t named_count;
};

/* Of the trees that have one; each lives in the arena that its maker gave. */
static struct tree_index *indexes;

static size_t word_of(int node) {
    return (size_t)node / sizeof(fdt32_t);
}

const struct tree_index *tree_index_of(const void *tree) {
    const struct tree_index *index = indexes;

    while (index != NULL && index->tree != tree)
        index = index->next;
    return index;
}

/* -1: a root; NO_NODE: no node begins there. */
static int parent_of(const struct tree_index *index, int node) {
    bool is_inside = node >= 0 && node % (int)sizeof(fdt32_t) == 0 && word_of(node) < index->size;

    return is_inside ? index->parents[word_of(node)] : NO_NODE;
}

int tree_index_parent(const struct tree_index *index, int node) {
    int parent = parent_of(index, node);

    return parent < 0 ? -1 : parent;
}

struct way tree_index_way(const struct tree_index *index, int node) {
    struct way way = {.count = 0};

    if (parent_of(index, node) == NO_NODE)
        return way;
    for (int at = node; at >= 0; at = parent_of(index, at))
        way.count++;
    for (size_t i = way.count; i > 0; i--, node = parent_of(index, node))
        way.nodes[i - 1] = node;
    return way;
}

static int order(int node, int other) {
    return node < other ? -1 : node > other;
}

static int compare_phandles(const void *a, const void *b) {
    const struct phandle *one = a;
    const struct phandle *other = b;

    if (one->number != other->number)
        return one->number < other->number ? -1 : 1;
    return order(one->node, other->node);
}

static int compare_named(const void *a, const void *b) {
    const struct named *one = a;
    const struct named *other = b;
    int result = strcmp(one->name, other->name);

    return result != 0 ? result : order(one->node, other->node);
}

/* The first item of a sorted array that does not come before `wanted`. */
static const void *lower_bound(const void *wanted, const void *items, size_t count, size_t size,
                               int (*compare)(const void *, const void *)) {
    const char *low = items;

    while (count > 0) {
        const char *middle = low + count / 2 * size;

        if (compare(middle, wanted) < 0) {
            low = middle + size;
            count -= count / 2 + 1;
        } else {
            count /= 2;
        }
    }
    return low;
}

int tree_index_phandle(const struct tree_index *index, uint32_t number) {
    const struct phandle wanted = {number, 0};

    if (index->phandle_count == 0)
        return -1;
    const struct phandle *found = lower_bound(&wanted, index->phandles, index->phandle_count,
                                              sizeof(*found), compare_phandles);

    return found < index->phandles + index->phandle_count && found->number == number ? found->node
                                                                                     : -1;
}

int tree_index_named(const struct tree_index *index, int node, const char *name) {
    const struct named wanted = {name, node + 1};
    const struct named *found =
        lower_bound(&wanted, index->named, index->named_count, sizeof(*found), compare_named);

    return found < index->named + index->named_count && strcmp(found->name, name) == 0 ? found->node
                                                                                       : -1;
}

static void sort(void *items, size_t count, size_t size,
                 int (*compare)(const void *, const void *)) {
    if (count > 1) /* there may be no array at all */
        qsort(items, count, size, compare);
}

/* One of the nodes of which an index is made. */
static void add(struct tree_index *index, const struct way *way, struct arena *arena) {
    int node = way->nodes[way->count - 1];
    uint32_t number = fdt_get_phandle(index->tree, node);

    index->parents[word_of(node)] = way_parent(way);
    *ARENA_ADD(arena, index->named, index->named_count) =
        (struct named){fdt_get_name(index->tree, node, NULL), node};
    if (number == 0 || number == UINT32_MAX)
        return;
    *ARENA_ADD(arena, index->phandles, index->phandle_count) = (struct phandle){number, node};
}

void tree_index(const void *tree, struct arena *arena) {
    struct tree_index *index = arena_alloc(arena, sizeof(*index));
    struct walk walk = walk_from(tree, 0);
    struct way way = {.count = 0};

    *index = (struct tree_index){.tree = tree, .next = indexes};
    while (walk_next(&walk) != FDT_END)
        index->size = word_of(walk.offset) + 1;
    index->parents = arena_alloc(arena, index->size * sizeof(*index->parents));
    for (size_t i = 0; i < index->size; i++)
        index->parents[i] = NO_NODE;
    walk = walk_from(tree, 0);
    while (walk_next(&walk) != FDT_END) {
        way_follow(&way, &walk);
        if (walk.tag == FDT_BEGIN_NODE)
            add(index, &way, arena);
    }
    sort(index->named, index->named_count, sizeof(*index->named), compare_named);
    sort(index->phandles, index->phandle_count, sizeof(*index->phandles), compare_phandles);
    indexes = index;
}

void tree_forget(const void *tree) {
    struct tree_index **link = &indexes;

    while (*link != NULL && (*link)->tree != tree)
        link = &(*link)->next;
    if (*link != NULL)
        *link = (*link)->next;
}
