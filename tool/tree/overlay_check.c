/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_check.c - libfdt 1.6.1 reads and writes wherever an overlay's fixups say, looks for
 * strings without an end, and follows an alias that names itself for ever.
 */
#include "tool/tree/overlay_check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tool/tree/tree.h"

/* One overlay and what it is for. */
struct overlaid {
    const void *tree;
    const void *overlay;
    int symbols; /* the tree's; negative: it has none */
};

#define TARGET_PATH "target-path"

/*
 * Whether a property that libfdt does not itself go by has a whole cell at `at`. The others must
 * stay as they were when they were looked at: they are targets, and all of the root's nodes that
 * begin with two underscores, as /__fixups__ does.
 */
static bool has_cell(const void *overlay, int node, const char *name, size_t length,
                     unsigned long at) {
    int size = 0;
    const void *value = fdt_getprop_namelen(overlay, node, name, (int)length, &size);
    bool is_target = length == strlen(TARGET_PATH) && memcmp(name, TARGET_PATH, length) == 0;

    return value != NULL && !is_target && (size_t)size >= sizeof(fdt32_t) &&
           at <= (size_t)size - sizeof(fdt32_t);
}

static bool is_underscored(const void *overlay, int node) {
    return strncmp(fdt_get_name(overlay, node, NULL), "__", 2) == 0;
}

/* --- phandles of the overlay's own nodes --- */

/* Each property is a list of places in the property of the same name of `node`. */
static bool check_places(const void *overlay, int fixups, int node) {
    int property;

    fdt_for_each_property_offset(property, overlay, fixups) {
        const char *name = NULL;
        int size = 0;
        const fdt32_t *places = fdt_getprop_by_offset(overlay, property, &name, &size);

        /* Phandles are counted up before the places are read: those that pose as places too. */
        if (places == NULL || (size_t)size % sizeof(*places) != 0 || strcmp(name, "phandle") == 0 ||
            strcmp(name, "linux,phandle") == 0)
            return false;
        for (size_t i = 0; i < (size_t)size / sizeof(*places); i++)
            if (!has_cell(overlay, node, name, strlen(name), fdt32_ld(&places[i])))
                return false;
    }
    return true;
}

/* The nodes below /__local_fixups__ are called as those whose properties they are about. */
static bool check_local(const void *overlay, int fixups, int node) {
    int below;

    if (!check_places(overlay, fixups, node))
        return false;
    fdt_for_each_subnode(below, overlay, fixups) {
        int child = fdt_subnode_offset(overlay, node, fdt_get_name(overlay, below, NULL));

        if (child < 0 || (node == 0 && is_underscored(overlay, child)) ||
            !check_local(overlay, below, child))
            return false;
    }
    return true;
}

/* --- phandles of the tree's nodes --- */

/* Whether the tree's label stands for a path. */
static bool check_label(const struct overlaid *overlaid, const char *label) {
    const char *path =
        overlaid->symbols < 0 ? NULL : tree_string(overlaid->tree, overlaid->symbols, label);

    return path != NULL && path[0] == '/' && fdt_path_offset(overlaid->tree, path) >= 0;
}

/* The node of a path, unless it is in one of the root's that libfdt goes by; negative: none. */
static int find_node(const void *overlay, const char *path, size_t length) {
    const char *first = path + strspn(path, "/");
    size_t first_length = strcspn(first, "/:");
    int top =
        first_length == 0 ? 0 : fdt_subnode_offset_namelen(overlay, 0, first, (int)first_length);

    if (path[0] != '/' || top < 0 || is_underscored(overlay, top))
        return -1;
    return fdt_path_offset_namelen(overlay, path, (int)length);
}

/* PATH:PROPERTY:PLACE, where a label's phandle goes. */
static bool check_place(const void *overlay, const char *fixup) {
    size_t path = strcspn(fixup, ":");
    const char *name = fixup + path + (fixup[path] == ':');
    size_t length = strcspn(name, ":");
    char *end = NULL;

    if (length == 0 || name[length] != ':')
        return false;
    unsigned long at = strtoul(name + length + 1, &end, 10);
    int node = find_node(overlay, fixup, path);
    return end != name + length + 1 && *end == '\0' && node >= 0 &&
           has_cell(overlay, node, name, length, at);
}

static bool check_labels(const struct overlaid *overlaid, int fixups) {
    const void *overlay = overlaid->overlay;
    int property;

    fdt_for_each_property_offset(property, overlay, fixups) {
        const char *label = NULL;
        int size = 0;
        const char *fixup = fdt_getprop_by_offset(overlay, property, &label, &size);

        if (fixup == NULL || size == 0 || fixup[size - 1] != '\0' || !check_label(overlaid, label))
            return false;
        for (const char *end = fixup + size; fixup < end; fixup += strlen(fixup) + 1)
            if (!check_place(overlay, fixup))
                return false;
    }
    return true;
}

/* --- where fragments go --- */

static bool check_targets(const void *overlay) {
    int fragment;

    fdt_for_each_subnode(fragment, overlay, 0) {
        const char *path = tree_string(overlay, fragment, TARGET_PATH);

        if (fdt_getprop(overlay, fragment, TARGET_PATH, NULL) != NULL &&
            (path == NULL || path[0] != '/'))
            return false;
    }
    return true;
}

int overlay_check(const void *tree, const void *overlay) {
    struct overlaid overlaid = {tree, overlay, fdt_path_offset(tree, "/__symbols__")};
    int local = fdt_path_offset(overlay, "/__local_fixups__");
    int labels = fdt_path_offset(overlay, "/__fixups__");

    if (!check_targets(overlay))
        return -FDT_ERR_BADPATH;
    if ((local >= 0 && !check_local(overlay, local, 0)) ||
        (labels >= 0 && !check_labels(&overlaid, labels)))
        return -FDT_ERR_BADOVERLAY;
    return 0;
}
