/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_check.c - libfdt 1.6.1 reads and writes wherever an overlay's fixups say, looks for
 * strings without an end, and follows an alias that names itself for ever.
 */
#include "tool/tree/overlay_check.h"

#include <stdlib.h>
#include <string.h>

#define TARGET_PATH "target-path"

/*
 * Whether a property that libfdt does not itself go by has a whole cell at `at`. The others must
 * stay as they were when they were looked at: they are targets, and all of the root's nodes that
 * begin with two underscores, as /__fixups__ does.
 */
static bool has_cell(const struct tree_node *node, const char *name, unsigned long at) {
    const struct tree_property *property = tree_property(node, name);

    return property != NULL && strcmp(name, TARGET_PATH) != 0 &&
           property->length >= sizeof(fdt32_t) && at <= property->length - sizeof(fdt32_t);
}

/* Whether a node is one of the root's that libfdt goes by, or in one. */
static bool is_underscored(const struct tree_node *node) {
    while (node->parent != NULL && node->parent->parent != NULL)
        node = node->parent;
    return strncmp(node->name, "__", 2) == 0;
}

/* --- phandles of the overlay's own nodes --- */

/* Each property is a list of places in the property of the same name of `node`. */
static bool check_places(const struct tree_node *fixups, const struct tree_node *node) {
    for (size_t i = 0; i < fixups->property_count; i++) {
        const struct tree_property *property = &fixups->properties[i];
        const fdt32_t *places = property->value;

        /* Phandles are counted up before the places are read: those that pose as places too. */
        if (property->length % sizeof(*places) != 0 || strcmp(property->name, "phandle") == 0 ||
            strcmp(property->name, "linux,phandle") == 0)
            return false;
        for (size_t j = 0; j < property->length / sizeof(*places); j++)
            if (!has_cell(node, property->name, fdt32_ld(&places[j])))
                return false;
    }
    return true;
}

/* The nodes below /__local_fixups__ are called as those whose properties they are about. */
static bool check_local(const struct tree_node *fixups, const struct tree_node *node) {
    if (!check_places(fixups, node))
        return false;
    for (const struct tree_node *below = fixups + 1; below < fixups->end; below = below->end) {
        const struct tree_node *child = tree_child(node, below->name);

        if (child == NULL || is_underscored(child) || !check_local(below, child))
            return false;
    }
    return true;
}

/* --- phandles of the tree's nodes --- */

/* PATH:PROPERTY:PLACE, where a label's phandle goes. */
static bool check_place(const struct tree *overlay, const char *fixup) {
    size_t path = strcspn(fixup, ":");
    const char *name = fixup + path + (fixup[path] == ':');
    size_t length = strcspn(name, ":");
    struct arena scratch = {0};
    char *end = NULL;

    if (path == 0 || fixup[0] != '/' || length == 0 || name[length] != ':')
        return false;
    unsigned long at = strtoul(name + length + 1, &end, 10);
    const struct tree_node *node = tree_find(overlay, fixup, path);
    bool is_right = end != name + length + 1 && *end == '\0' && node != NULL &&
                    !is_underscored(node) &&
                    has_cell(node, arena_printf(&scratch, "%.*s", (int)length, name), at);
    arena_free(&scratch);
    return is_right;
}

static bool check_labels(const struct tree *overlay, const struct tree_node *fixups) {
    for (size_t i = 0; i < fixups->property_count; i++) {
        const struct tree_property *property = &fixups->properties[i];
        const char *value = property->value;

        if (property->length == 0 || value[property->length - 1] != '\0')
            return false;
        for (const char *fixup = NULL; (fixup = tree_next_string(property, fixup)) != NULL;)
            if (!check_place(overlay, fixup))
                return false;
    }
    return true;
}

/* --- where fragments go --- */

static bool check_targets(const struct tree_node *root) {
    for (const struct tree_node *node = root + 1; node < root->end; node = node->end) {
        const char *path = tree_string(node, TARGET_PATH);

        if (tree_property(node, TARGET_PATH) != NULL && (path == NULL || path[0] != '/'))
            return false;
    }
    return true;
}

int overlay_check(const struct tree *overlay) {
    const struct tree_node *local = tree_child(overlay->root, "__local_fixups__");
    const struct tree_node *labels = tree_child(overlay->root, "__fixups__");

    if (!check_targets(overlay->root))
        return -FDT_ERR_BADPATH;
    if ((local != NULL && !check_local(local, overlay->root)) ||
        (labels != NULL && !check_labels(overlay, labels)))
        return -FDT_ERR_BADOVERLAY;
    return 0;
}
