/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/overlay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "tool/nearest.h"
#include "tool/process.h"
#include "tool/tree.h"

#define DTC_SECONDS 30
#define ROOM_MAX    ((size_t)64 << 20)

static void __attribute__((format(printf, 2, 3)))
refuse(const struct overlay_reader *reader, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    diagnostics_vadd(reader->diagnostics, SEVERITY_ERROR, reader->mark, rule_name(reader->rule),
                     format, arguments);
    va_end(arguments);
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text);
    size_t end_length = strlen(end);

    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* --- dtc, and what it says --- */

/* A line of dtc's that begins with PATH:LINE.COLUMN: its place, and what follows. */
static const char *find_place(const char *line, const char *path, struct mark *mark) {
    size_t length = strlen(path);
    char *end = NULL;

    if (strncmp(line, path, length) != 0 || line[length] != ':')
        return NULL;
    unsigned long row = strtoul(line + length + 1, &end, 10);
    if (*end != '.')
        return NULL;
    unsigned long column = strtoul(end + 1, &end, 10);
    end += strspn(end, "-.0123456789"); /* where it ends */
    *mark = (struct mark){path, row, column};
    return end + strspn(end, ": ");
}

/* Tells each of dtc's errors at its own place; its last word only if there was no other. */
static void tell_errors(const struct overlay_reader *reader, const char *path, const char *errors) {
    static const char fatal[] = "FATAL ERROR: ";
    static const char plain[] = "Error: ";
    size_t told = 0;

    for (const char *at = errors; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        const char *line = arena_printf(reader->arena, "%.*s", (int)length, at);
        bool is_last_word = strncmp(line, fatal, strlen(fatal)) == 0;
        struct mark mark = {path, 0, 0};

        at += length + (at[length] == '\n');
        if (length == 0 || (is_last_word && told != 0))
            continue;
        line += is_last_word                               ? strlen(fatal)
                : strncmp(line, plain, strlen(plain)) == 0 ? strlen(plain)
                                                           : 0;
        const char *what = find_place(line, path, &mark);
        rule_broken(reader->diagnostics, reader->rule, mark, "dtc cannot compile this: %s",
                    what != NULL ? what : line);
        told++;
    }
    if (told == 0)
        refuse(reader, "dtc cannot compile %s, and does not say why", path);
}

/* Compiles a source; its labels are kept, so that devices can be called by them. */
static bool run_dtc(const struct overlay_reader *reader, struct overlay *overlay) {
    const char *const argv[] = {"dtc", "-q", "-@", "-I", "dts",         "-O",
                                "dtb", "-o", "-",  "--", overlay->path, NULL};
    struct process dtc;

    if (!process_run(argv, DTC_SECONDS, &dtc, reader->arena) ||
        (dtc.code == 127 && dtc.errors[0] == '\0')) {
        refuse(reader,
               "%s needs dtc to be compiled, which cannot be run; install the package "
               "device-tree-compiler, or name a compiled overlay (.dtbo)",
               overlay->path);
        return false;
    }
    if (dtc.code != 0) {
        tell_errors(reader, overlay->path, dtc.errors);
        return false;
    }
    overlay->blob = dtc.output;
    overlay->size = dtc.output_size;
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
    if (!ends_with(path, ".dtbo") && !ends_with(path, ".dtb") && !run_dtc(reader, overlay))
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

/* --- applying it --- */

static void offer_labels(struct nearest *nearest, const void *tree, int symbols) {
    int property;

    if (symbols < 0)
        return;
    fdt_for_each_property_offset(property, tree, symbols) {
        const char *name = NULL;

        if (fdt_getprop_by_offset(tree, property, &name, NULL) != NULL)
            nearest_offer(nearest, name);
    }
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
        offer_labels(&nearest, tree, symbols);
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

        if (path != NULL && fdt_path_offset(tree, path) < 0)
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
    if ((error = fdt_open_into(tree, *result, (int)room)) != 0 ||
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
