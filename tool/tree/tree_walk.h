/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_walk.h - through the structure block of a tree, tag by tag: for tree.c and tree_index.c.
 *
 * libfdt finds parents and phandles by asking each node before; with all its checks that is most of
 * the time that a check takes. These walk the block once and trust it: tree_check() has been
 * through it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <libfdt.h>

#define TREE_DEPTH_MAX 64u /* nodes; Linux goes as deep */

struct walk {
    const char *block;       /* the structure block */
    int at;                  /* of the tag to come */
    uint32_t tag;            /* the last */
    int offset;              /* where it stands */
    const fdt32_t *property; /* of FDT_PROP: the length, the name's offset, the value */
};

static inline struct walk walk_from(const void *tree, int node) {
    return (struct walk){.block = (const char *)tree + fdt_off_dt_struct(tree), .at = node};
}

static inline uint32_t walk_next(struct walk *walk) {
    const char *at = walk->block + walk->at;
    size_t size = sizeof(fdt32_t);

    walk->tag = fdt32_ld((const fdt32_t *)(const void *)at);
    walk->offset = walk->at;
    if (walk->tag == FDT_BEGIN_NODE) {
        size += strlen(at + size) + 1;
    } else if (walk->tag == FDT_PROP) {
        walk->property = (const fdt32_t *)(const void *)(at + size);
        size += 2 * sizeof(fdt32_t) + fdt32_ld(walk->property);
    }
    walk->at += (int)((size + sizeof(fdt32_t) - 1) & ~(sizeof(fdt32_t) - 1));
    return walk->tag;
}

/* A node and those that it is in. */
struct way {
    int nodes[TREE_DEPTH_MAX + 1]; /* from the root on */
    size_t count;                  /* 0: there is no such node */
};

/* Where a walk is after its last tag. */
static inline void way_follow(struct way *way, const struct walk *walk) {
    if (walk->tag == FDT_BEGIN_NODE && way->count <= TREE_DEPTH_MAX)
        way->nodes[way->count++] = walk->offset;
    else if (walk->tag == FDT_END_NODE)
        way->count--;
}

/* The node that the last one of a way is in; -1: none. */
static inline int way_parent(const struct way *way) {
    return way->count < 2 ? -1 : way->nodes[way->count - 2];
}
