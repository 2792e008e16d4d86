/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/tree/tree.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX   64  /* nodes; Linux goes as deep, and readers follow them down */
#define VERSION_MIN 16u /* of 2005; before that, names were paths */

/* --- unflattening --- */

/* How many nodes and properties a blob has that fdt_check_full() took; or libfdt's error. */
static int measure(const void *blob, size_t *nodes, size_t *properties) {
    unsigned depth = 0;
    uint32_t last = FDT_END;
    int next = 0;

    *nodes = *properties = 0;
    for (;;) {
        uint32_t tag = fdt_next_tag(blob, next, &next);

        if (tag == FDT_NOP && *nodes != 0)
            continue;
        if (tag == FDT_END)
            return *nodes == 0 ? -FDT_ERR_BADSTRUCTURE : 0;
        /* There is one root, and what follows a node in it is no property of it. */
        if ((*nodes != 0 && depth == 0) || (*nodes == 0 && tag != FDT_BEGIN_NODE) ||
            (tag == FDT_PROP && last == FDT_END_NODE))
            return -FDT_ERR_BADSTRUCTURE;
        *nodes += tag == FDT_BEGIN_NODE;
        *properties += tag == FDT_PROP;
        depth += tag == FDT_BEGIN_NODE;
        depth -= tag == FDT_END_NODE;
        if (depth > DEPTH_MAX)
            return -FDT_ERR_BADSTRUCTURE;
        last = tag;
    }
}

static int check(const void *blob, size_t size, size_t *nodes, size_t *properties) {
    if (size < FDT_V16_SIZE)
        return -FDT_ERR_TRUNCATED;
    /* libfdt 1.6.1 reads from nowhere in older ones. */
    if (fdt_magic(blob) == FDT_MAGIC && fdt_version(blob) < VERSION_MIN)
        return -FDT_ERR_BADVERSION;
    int error = fdt_check_full(blob, size);
    return error != 0 ? error : measure(blob, nodes, properties);
}

int tree_check(const void *blob, size_t size) {
    size_t nodes = 0;
    size_t properties = 0;

    return check(blob, size, &nodes, &properties);
}

static void fill(const struct tree *tree, struct tree_node *nodes,
                 struct tree_property *properties) {
    struct tree_node *node = NULL; /* that is open */
    struct tree_node *free = nodes;
    int next = 0;

    for (;;) {
        int offset = next;
        int length = 0;

        switch (fdt_next_tag(tree->blob, offset, &next)) {
        case FDT_BEGIN_NODE:
            *free = (struct tree_node){.tree = tree,
                                       .name = fdt_get_name(tree->blob, offset, NULL),
                                       .parent = node,
                                       .properties = properties};
            node = free++;
            break;
        case FDT_PROP:
            properties->value =
                fdt_getprop_by_offset(tree->blob, offset, &properties->name, &length);
            properties++->length = (size_t)length;
            node->property_count++;
            break;
        case FDT_END_NODE:
            node->end = free;
            node = node->parent == NULL ? NULL : &nodes[node->parent - nodes];
            break;
        case FDT_END:
            return;
        default:
            break;
        }
    }
}

/* By the property that libfdt takes; 0: it has none. */
static uint32_t read_phandle(const struct tree_node *node) {
    const struct tree_property *property = tree_property(node, "phandle");

    if (property == NULL || property->length != sizeof(fdt32_t))
        property = tree_property(node, "linux,phandle");
    return property == NULL || property->length != sizeof(fdt32_t) ? 0 : fdt32_ld(property->value);
}

static int compare_phandles(const void *a, const void *b) {
    const struct tree_node *one = *(const struct tree_node *const *)a;
    const struct tree_node *other = *(const struct tree_node *const *)b;

    if (one->phandle != other->phandle)
        return one->phandle < other->phandle ? -1 : 1;
    return one < other ? -1 : one > other;
}

static void list_phandles(struct tree *tree, struct tree_node *nodes, struct arena *arena) {
    size_t count = (size_t)(tree->root->end - tree->root);

    tree->phandles = arena_alloc(arena, count * sizeof(*tree->phandles));
    for (size_t i = 0; i < count; i++) {
        uint32_t phandle = read_phandle(&nodes[i]);

        if (phandle == 0 || phandle == UINT32_MAX)
            continue;
        nodes[i].phandle = phandle;
        tree->phandles[tree->phandle_count++] = &nodes[i];
    }
    qsort(tree->phandles, tree->phandle_count, sizeof(*tree->phandles), compare_phandles);
}

int tree_read(const void *blob, size_t size, struct arena *arena, const struct tree **tree) {
    size_t node_count = 0;
    size_t property_count = 0;
    int error = check(blob, size, &node_count, &property_count);

    *tree = NULL;
    if (error != 0)
        return error;
    struct tree *made = arena_alloc(arena, sizeof(*made));
    struct tree_node *nodes = arena_alloc(arena, node_count * sizeof(*nodes));
    *made = (struct tree){.blob = blob, .size = fdt_totalsize(blob), .root = nodes};
    fill(made, nodes, arena_alloc(arena, (property_count + 1) * sizeof(struct tree_property)));
    list_phandles(made, nodes, arena);
    *tree = made;
    return 0;
}

/* --- nodes --- */

static const struct tree_property *find_property(const struct tree_node *node, const char *name,
                                                 size_t length) {
    for (size_t i = 0; node != NULL && i < node->property_count; i++) {
        const struct tree_property *property = &node->properties[i];

        if (strncmp(property->name, name, length) == 0 && property->name[length] == '\0')
            return property;
    }
    return NULL;
}

static const struct tree_node *find_child(const struct tree_node *node, const char *name,
                                          size_t length) {
    bool has_address = memchr(name, '@', length) != NULL;

    for (const struct tree_node *child = node + 1; child < node->end; child = child->end)
        if (strncmp(child->name, name, length) == 0 &&
            (child->name[length] == '\0' || (child->name[length] == '@' && !has_address)))
            return child;
    return NULL;
}

const struct tree_node *tree_child(const struct tree_node *node, const char *name) {
    return node == NULL ? NULL : find_child(node, name, strlen(name));
}

const struct tree_node *tree_find(const struct tree *tree, const char *path, size_t length) {
    const struct tree_node *node = tree->root;

    if (length != 0 && path[0] != '/') {
        const struct tree_property *alias =
            find_property(tree_child(node, "aliases"), path, length);

        path = alias == NULL ? NULL : tree_next_string(alias, NULL);
        length = path == NULL ? 0 : strlen(path);
    }
    if (length == 0 || path[0] != '/') /* an alias of an alias is none */
        return NULL;
    for (const char *end = path + length; node != NULL && path < end;) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        size_t name = (size_t)((slash == NULL ? end : slash) - path);

        if (name != 0)
            node = find_child(node, path, name);
        path += name + (slash != NULL);
    }
    return node;
}

const struct tree_node *tree_listed(const struct tree *tree, const char *list, const char *name) {
    const char *path = tree_string(tree_child(tree->root, list), name);

    return path == NULL || path[0] != '/' ? NULL : tree_find(tree, path, strlen(path));
}

const struct tree_node *tree_by_phandle(const struct tree *tree, uint32_t phandle) {
    size_t low = 0;
    size_t high = tree->phandle_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (tree->phandles[middle]->phandle < phandle)
            low = middle + 1;
        else
            high = middle;
    }
    return low < tree->phandle_count && tree->phandles[low]->phandle == phandle
               ? tree->phandles[low]
               : NULL;
}

const struct tree_node *tree_reference(const struct tree_node *node, const char *name,
                                       size_t index) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(node, name, &count);

    return index < count ? tree_by_phandle(node->tree, fdt32_ld(&cells[index])) : NULL;
}

const struct tree_node *tree_next_compatible(const struct tree *tree, const struct tree_node *node,
                                             const char *compatible) {
    node = node == NULL ? tree->root : node + 1;
    while (node < tree->root->end && !tree_is_compatible(node, compatible))
        node++;
    return node < tree->root->end ? node : NULL;
}

const char *tree_path(const struct tree_node *node, struct arena *arena) {
    const char *path = node->parent == NULL ? "/" : "";

    for (; node->parent != NULL; node = node->parent)
        path = arena_printf(arena, "/%s%s", node->name, path);
    return path;
}

/* --- properties --- */

const struct tree_property *tree_property(const struct tree_node *node, const char *name) {
    return find_property(node, name, strlen(name));
}

const fdt32_t *tree_cells(const struct tree_node *node, const char *name, size_t *count) {
    const struct tree_property *property = tree_property(node, name);

    *count = property == NULL ? 0 : property->length / sizeof(fdt32_t);
    return property == NULL ? NULL : property->value;
}

const char *tree_next_string(const struct tree_property *property, const char *string) {
    const char *end = (const char *)property->value + property->length;
    const char *next = string == NULL ? property->value : string + strlen(string) + 1;

    return memchr(next, '\0', (size_t)(end - next)) != NULL ? next : NULL;
}

const char *tree_string(const struct tree_node *node, const char *name) {
    const struct tree_property *property = tree_property(node, name);

    return property == NULL ? NULL : tree_next_string(property, NULL);
}

uint32_t tree_cell(const struct tree_node *node, const char *name, uint32_t otherwise) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(node, name, &count);

    return count == 1 ? fdt32_ld(cells) : otherwise;
}

uint64_t tree_number(const fdt32_t *cells, size_t count) {
    uint64_t number = 0;

    for (size_t i = 0; i < count; i++)
        number = number << 32 | fdt32_ld(&cells[i]);
    return number;
}

void tree_offer_properties(const struct tree_node *node, struct nearest *nearest) {
    for (size_t i = 0; node != NULL && i < node->property_count; i++)
        nearest_offer(nearest, node->properties[i].name);
}

bool tree_is_enabled(const struct tree_node *node) {
    const char *status = tree_string(node, "status");

    return status == NULL || strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0;
}

bool tree_is_compatible(const struct tree_node *node, const char *compatible) {
    const struct tree_property *property = tree_property(node, "compatible");
    const char *string = NULL;

    while (property != NULL && (string = tree_next_string(property, string)) != NULL)
        if (strcmp(string, compatible) == 0)
            return true;
    return false;
}

const char *tree_kind(const struct tree_node *node, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (tree_is_compatible(node, list[i]))
            return list[i];
    return NULL;
}

bool tree_is_type(const struct tree_node *node, const char *type) {
    const char *own = tree_string(node, "device_type");

    return own != NULL && strcmp(own, type) == 0;
}
