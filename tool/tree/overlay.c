/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/tree/overlay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "tool/base/nearest.h"
#include "tool/base/text.h"
#include "tool/tree/dtc.h"
#include "tool/tree/overlay_check.h"
#include "tool/tree/tree.h"

#define ROOM_MAX ((size_t)64 << 20)

static void __attribute__((format(printf, 2, 3)))
refuse(const struct overlay_reader *reader, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    diagnostics_vadd(reader->diagnostics, SEVERITY_ERROR, reader->mark,
                     rule_info(reader->rule)->name, format, arguments);
    va_end(arguments);
}

/* Compiles a source; its labels are kept, so that devices can be called by them. */
static bool compile(const struct overlay_reader *reader, struct overlay *overlay) {
    struct dtc_errors errors;
    struct file blob = {0};

    if (!dtc_compile(overlay->path, &blob, reader->arena, &errors)) {
        if (errors.why != NULL)
            refuse(reader, "%s; or name a compiled overlay (.dtbo)", errors.why);
        for (size_t i = 0; i < errors.count; i++)
            rule_broken(reader->diagnostics, reader->rule, errors.items[i].mark,
                        "dtc cannot compile this: %s", errors.items[i].text);
        return false;
    }
    overlay->blob = blob.bytes;
    overlay->size = blob.size;
    return true;
}

/* Without a fragment an overlay changes nothing, in silence. */
static bool has_fragment(const void *blob) {
    int node;

    fdt_for_each_subnode(node, blob, 0) {
        if (fdt_subnode_offset(blob, node, "__overlay__") >= 0)
            return true;
    }
    return false;
}

bool overlay_read(const struct overlay_reader *reader, const char *path, struct overlay *overlay) {
    *overlay = (struct overlay){.path = path};
    if (!file_read(path, &overlay->source, reader->arena)) {
        refuse(reader, "%s", overlay->source.why);
        return false;
    }
    overlay->blob = overlay->source.bytes;
    overlay->size = overlay->source.size;
    if (!text_ends_with(path, ".dtbo") && !text_ends_with(path, ".dtb") &&
        !compile(reader, overlay))
        return false;
    int broken = tree_check(overlay->blob, overlay->size);
    if (broken != 0) {
        refuse(reader, "%s is damaged or no device tree overlay: %s", path, fdt_strerror(broken));
        return false;
    }
    if (!has_fragment(overlay->blob)) {
        refuse(reader,
               "%s is no device tree overlay, so it would change nothing; begin it with "
               "'/dts-v1/; /plugin/;' and write '&{/path/of/a/node} { ... };'",
               path);
        return false;
    }
    return true;
}

/* The labels that the overlay refers to must be the tree's; those that are not are told. */
static bool check_labels(const struct overlay_reader *reader, const struct overlay *overlay,
                         const void *tree) {
    int fixups = fdt_path_offset(overlay->blob, "/__fixups__");
    int symbols = fdt_path_offset(tree, "/__symbols__");
    bool complete = true;
    int property;

    if (fixups < 0)
        return true;
    fdt_for_each_property_offset(property, overlay->blob, fixups) {
        const char *label = NULL;
        struct nearest nearest;

        if (fdt_getprop_by_offset(overlay->blob, property, &label, NULL) == NULL ||
            (symbols >= 0 && fdt_getprop(tree, symbols, label, NULL) != NULL))
            continue;
        complete = false;
        nearest_begin(&nearest, label);
        tree_offer_properties(tree, symbols, &nearest);
        refuse(reader, "the board's tree has no label '%s', which %s refers to; %s%s%s", label,
               overlay->path, nearest.best != NULL ? "did you mean '" : "write the node's path",
               nearest.best != NULL ? nearest.best : "",
               nearest.best != NULL ? "'?" : ": &{/path/of/the/node}");
    }
    return complete;
}

/* The first path that a fragment goes to and the tree lacks; NULL: none. */
static const char *missing_target(const void *blob, const void *tree) {
    int node;

    fdt_for_each_subnode(node, blob, 0) {
        const char *path = tree_string(blob, node, "target-path");

        if (path != NULL && (path[0] != '/' || fdt_path_offset(tree, path) < 0))
            return path;
    }
    return NULL;
}

/* Applies it with that many bytes of room for the result; 0, or libfdt's error. */
static int apply(const struct overlay_reader *reader, const struct overlay *overlay,
                 const void *tree, size_t room, unsigned char **result) {
    unsigned char *blob = arena_alloc(reader->arena, overlay->size); /* libfdt takes it apart */
    int error;

    *result = arena_alloc(reader->arena, room);
    memcpy(blob, overlay->blob, overlay->size);
    if ((error = overlay_check(tree, blob)) != 0 ||
        (error = fdt_open_into(tree, *result, (int)room)) != 0 ||
        (error = fdt_overlay_apply(*result, blob)) != 0 || (error = fdt_pack(*result)) != 0)
        return error;
    return tree_check(*result, fdt_totalsize(*result));
}

/* Says that the tree has no node at `path`. */
static void refuse_target(const struct overlay_reader *reader, const struct overlay *overlay,
                          const void *tree, const char *path) {
    struct nearest nearest;

    nearest_begin(&nearest, path);
    for (int node = tree_next_node(tree, 0); node >= 0; node = tree_next_node(tree, node))
        nearest_offer(&nearest, tree_path(tree, node, reader->arena));
    if (nearest.best != NULL) {
        refuse(reader,
               "the board's tree has no node '%s', which %s is to change; did you mean '%s'?", path,
               overlay->path, nearest.best);
    } else {
        refuse(reader, "the board's tree has no node '%s', which %s is to change; mind the path",
               path, overlay->path);
    }
}

unsigned char *overlay_apply(const struct overlay_reader *reader, const struct overlay *overlay,
                             const void *tree, size_t *size) {
    unsigned char *result = NULL;
    int error = -FDT_ERR_NOSPACE;

    if (!check_labels(reader, overlay, tree))
        return NULL;
    for (size_t room = fdt_totalsize(tree) + overlay->size * 2 + 4096;
         error == -FDT_ERR_NOSPACE && room <= ROOM_MAX; room *= 2)
        error = apply(reader, overlay, tree, room, &result);
    if (error == 0) {
        *size = fdt_totalsize(result);
        return result;
    }
    const char *missing = missing_target(overlay->blob, tree);
    if (missing != NULL)
        refuse_target(reader, overlay, tree, missing);
    else
        refuse(reader, "%s does not fit the board's tree: %s", overlay->path, fdt_strerror(error));
    return NULL;
}
