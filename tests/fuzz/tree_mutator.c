/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_mutator.c - changes a device tree as a tree: values, properties and nodes, so that what
 * comes out can be read. What is no tree is changed as bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tool/tree/tree.h"

#define VALUE_MAX 256u
#define COUNT_MAX 4096u /* nodes or properties that are chosen from */

struct mutation {
    void *tree; /* open for writing, in `room` bytes */
    uint32_t lot;
};

/* A number below `limit`, which is not 0: the next of a generator. */
static uint32_t draw(struct mutation *mutation, uint32_t limit) {
    mutation->lot = mutation->lot * 1664525u + 1013904223u;
    return (mutation->lot >> 8) % limit;
}

static int draw_node(struct mutation *mutation) {
    int nodes[COUNT_MAX];
    uint32_t count = 0;

    for (int node = 0; node >= 0 && count < COUNT_MAX;
         node = fdt_next_node(mutation->tree, node, NULL))
        nodes[count++] = node;
    return nodes[draw(mutation, count)];
}

/* A property of a node; negative: it has none. */
static int draw_property(struct mutation *mutation, int node) {
    int chosen = -1;
    int property;
    uint32_t count = 0;

    fdt_for_each_property_offset(property, mutation->tree, node) {
        if (draw(mutation, ++count) == 0)
            chosen = property;
    }
    return chosen;
}

/* A property's name and value, copied out of the tree; false: the node has none. */
struct property {
    char name[64];
    uint8_t value[VALUE_MAX];
    size_t size;
};

static bool take_property(struct mutation *mutation, int node, struct property *property) {
    const char *name = NULL;
    int length = 0;
    int at = draw_property(mutation, node);
    const void *value = at < 0 ? NULL : fdt_getprop_by_offset(mutation->tree, at, &name, &length);

    if (value == NULL || strlen(name) >= sizeof(property->name))
        return false;
    strcpy(property->name, name);
    property->size = (size_t)length > VALUE_MAX ? VALUE_MAX : (size_t)length;
    memcpy(property->value, value, property->size);
    return true;
}

/* Whole cells in half of the cases: one of them becomes a small number, or another's. */
static void change_value(struct mutation *mutation, struct property *property) {
    uint32_t cells = (uint32_t)(property->size / sizeof(fdt32_t));

    if (cells != 0 && draw(mutation, 2) == 0) {
        fdt32_t *list = (fdt32_t *)(void *)property->value;
        uint32_t from = draw(mutation, cells);
        fdt32_t cell = draw(mutation, 2) == 0 ? list[from] : cpu_to_fdt32(draw(mutation, 40));

        memcpy(&list[draw(mutation, cells)], &cell, sizeof(cell));
    } else {
        property->size = LLVMFuzzerMutate(property->value, property->size, VALUE_MAX);
    }
}

static void mutate_tree(struct mutation *mutation) {
    struct property property;
    int node = draw_node(mutation);
    int other = draw_node(mutation);

    switch (draw(mutation, 8)) {
    case 0:
        if (node != 0)
            fdt_del_node(mutation->tree, node);
        return;
    case 1:
        if (take_property(mutation, node, &property))
            fdt_delprop(mutation->tree, node, property.name);
        return;
    case 2:
        fdt_add_subnode(mutation->tree, node, draw(mutation, 2) == 0 ? "node@0" : "node");
        return;
    case 3:
        if (take_property(mutation, other, &property))
            fdt_setprop(mutation->tree, node, property.name, property.value, (int)property.size);
        return;
    default:
        if (take_property(mutation, node, &property)) {
            change_value(mutation, &property);
            fdt_setprop(mutation->tree, node, property.name, property.value, (int)property.size);
        }
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed) {
    struct mutation mutation = {.lot = seed};
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    size_t result = 0;

    mutation.tree = malloc(room == 0 ? 1 : room);
    FUZZ_MUST(mutation.tree != NULL && copy != NULL);
    if (size != 0)
        memcpy(copy, data, size);
    if (draw(&mutation, 8) != 0 && size != 0 && tree_check(copy, size) == 0 &&
        fdt_open_into(copy, mutation.tree, (int)room) == 0) {
        mutate_tree(&mutation);
        fdt_pack(mutation.tree);
        result = fdt_totalsize(mutation.tree);
    }
    if (result == 0 || result > room)
        result = LLVMFuzzerMutate(data, size, room);
    else
        memcpy(data, mutation.tree, result);
    free(mutation.tree);
    free(copy);
    return result;
}
