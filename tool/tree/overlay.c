/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/tree/overlay.h"

#include <ctype.h>
#include <string.h>

#include <libfdt.h>

#include "tool/base/nearest.h"
#include "tool/base/text.h"
#include "tool/tree/overlay_check.h"

#define ROOM_MAX ((size_t)64 << 20)
#define SYMBOLS  "__symbols__"

/* One reading or application of an overlay. */
struct applier {
    const struct overlay *overlay;
    const struct overlay_target *target;
    struct arena *arena;
    struct dtc_errors *errors;
};

static bool __attribute__((format(printf, 2, 3)))
refuse(const struct applier *applier, const char *format, ...) {
    struct dtc_errors *errors = applier->errors;
    va_list arguments;
    va_start(arguments, format);
    *ARENA_ADD(applier->arena, errors->items, errors->count) =
        (struct dtc_error){.text = arena_vprintf(applier->arena, format, arguments)};
    va_end(arguments);
    return false;
}

/* --- reading --- */

/* Compiles a source; its labels are kept, so that devices can be called by them. */
static bool compile(const struct applier *applier, struct file *blob) {
    struct dtc_errors *errors = applier->errors;

    if (dtc_compile(applier->overlay->path, blob, applier->arena, errors))
        return true;
    for (size_t i = 0; i < errors->count; i++) {
        struct dtc_error *error = &errors->items[i];

        error->text =
            arena_printf(applier->arena,
                         error->mark.file != NULL ? "dtc cannot compile this: %s"
                                                  : "%s; or name a compiled overlay (.dtbo)",
                         error->text);
    }
    return false;
}

static bool is_blob(const char *path, const struct file *file) {
    return memchr(file->bytes, '\0', file->size) != NULL || text_ends_with(path, ".dtbo") ||
           text_ends_with(path, ".dtb");
}

/* Without a fragment an overlay changes nothing, in silence. */
static bool has_fragment(const struct tree *tree) {
    const struct tree_node *node = tree->root + 1;

    while (node < tree->root->end && tree_child(node, "__overlay__") == NULL)
        node = node->end;
    return node < tree->root->end;
}

bool overlay_read(struct overlay *overlay, const char *path, struct arena *arena,
                  struct dtc_errors *errors) {
    const struct applier applier = {overlay, NULL, arena, errors};

    *overlay = (struct overlay){.path = path};
    if (!file_read(path, &overlay->source, arena))
        return refuse(&applier, "%s", overlay->source.why);
    struct file blob = overlay->source;
    if (!is_blob(path, &blob) && !compile(&applier, &blob))
        return false;
    int error = tree_read(blob.bytes, blob.size, arena, &overlay->tree);
    if (error != 0)
        return refuse(&applier, "%s is damaged or no device tree overlay: %s", path,
                      fdt_strerror(error));
    return has_fragment(overlay->tree) ||
           refuse(&applier,
                  "%s is no device tree overlay, so it would change nothing; begin it with "
                  "'/dts-v1/; /plugin/;' and write '&{/path/of/a/node} { ... };'",
                  path);
}

/* --- labels --- */

static char in_label(char letter) {
    return isalnum((unsigned char)letter) ? letter : '_';
}

static bool is_called(const char *name, const char *label) {
    for (; *name != '\0' && in_label(*name) == *label; name++)
        label++;
    return *name == '\0' && *label == '\0';
}

/* The node of a label, one of the tree's or made of a name; NULL: none, or several. */
static const struct tree_node *find_label(const struct tree *tree, const char *label) {
    const struct tree_node *found = tree_listed(tree, SYMBOLS, label);

    if (found != NULL || strncmp(label, "__", 2) == 0)
        return found;
    for (const struct tree_node *node = tree->root + 1; node < tree->root->end; node++) {
        if (!is_called(node->name, label))
            continue;
        if (found != NULL)
            return NULL;
        found = node;
    }
    return found;
}

static void refuse_label(const struct applier *applier, const char *label) {
    const struct tree *tree = applier->target->tree;
    struct nearest nearest;

    nearest_begin(&nearest, label);
    tree_offer_properties(tree_child(tree->root, SYMBOLS), &nearest);
    for (const struct tree_node *node = tree->root + 1; node < tree->root->end; node++) {
        char *own = arena_strdup(applier->arena, node->name);

        for (char *at = own; *at != '\0'; at++)
            *at = in_label(*at);
        if (!isdigit((unsigned char)own[0]) && find_label(tree, own) == node)
            nearest_offer(&nearest, own);
    }
    refuse(applier, "%s has no label '%s', which %s refers to; %s", applier->target->name, label,
           applier->overlay->path, nearest_advice(&nearest, applier->arena, applier->target->help));
}

/* The labels that the overlay refers to, each a property, must be the tree's. */
static bool check_labels(const struct applier *applier, const struct tree_node *labels) {
    bool complete = true;

    for (size_t i = 0; labels != NULL && i < labels->property_count; i++) {
        if (find_label(applier->target->tree, labels->properties[i].name) == NULL) {
            refuse_label(applier, labels->properties[i].name);
            complete = false;
        }
    }
    return complete;
}

/* libfdt finds a label in __symbols__, and its node has a phandle. */
static int give_label(unsigned char *tree, const char *label, const char *path) {
    uint32_t phandle = 0;
    int node = fdt_path_offset(tree, path);
    int error = 0;

    if (fdt_get_phandle(tree, node) == 0 &&
        ((error = fdt_generate_phandle(tree, &phandle)) != 0 ||
         (error = fdt_setprop_u32(tree, node, "phandle", phandle)) != 0))
        return error;
    int symbols = fdt_subnode_offset(tree, 0, SYMBOLS);
    if (symbols == -FDT_ERR_NOTFOUND)
        symbols = fdt_add_subnode(tree, 0, SYMBOLS);
    return symbols < 0 ? symbols : fdt_setprop(tree, symbols, label, path, (int)strlen(path) + 1);
}

/* --- applying --- */

/* Applies it with that many bytes of room for the result; 0, or libfdt's error. */
static int apply(const struct applier *applier, const struct tree_node *labels, size_t room,
                 unsigned char **result) {
    const struct tree *tree = applier->target->tree;
    const struct tree *overlay = applier->overlay->tree;
    unsigned char *blob = arena_alloc(applier->arena, overlay->size); /* libfdt takes it apart */

    *result = arena_alloc(applier->arena, room);
    memcpy(blob, overlay->blob, overlay->size);
    int error = fdt_open_into(tree->blob, *result, (int)room);
    for (size_t i = 0; error == 0 && labels != NULL && i < labels->property_count; i++) {
        const char *label = labels->properties[i].name;
        const struct tree_node *node = find_label(tree, label);

        if (node->phandle == 0 || tree_listed(tree, SYMBOLS, label) != node)
            error = give_label(*result, label, tree_path(node, applier->arena));
    }
    if (error != 0 || (error = fdt_overlay_apply(*result, blob)) != 0 ||
        (error = fdt_pack(*result)) != 0)
        return error;
    return tree_check(*result, fdt_totalsize(*result));
}

/* Says that there is no node at the path that a fragment goes to. */
static void refuse_path(const struct applier *applier, const char *path) {
    const struct overlay_target *target = applier->target;
    struct nearest nearest;

    if (path[0] != '/') {
        refuse(applier,
               "the target-path '%s' in %s is no path; begin it with a '/', or use "
               "target = <&LABEL>",
               path, applier->overlay->path);
        return;
    }
    nearest_begin(&nearest, path);
    for (const struct tree_node *node = target->tree->root; node < target->tree->root->end; node++)
        nearest_offer(&nearest, tree_path(node, applier->arena));
    refuse(applier, "%s has no node '%s', which %s is to change; %s", target->name, path,
           applier->overlay->path, nearest_advice(&nearest, applier->arena, target->help));
}

/* Says why it could not be applied. */
static void refuse_all(const struct applier *applier, int error) {
    const struct tree_node *root = applier->overlay->tree->root;

    for (const struct tree_node *node = root + 1; node < root->end; node = node->end) {
        const char *path = tree_string(node, "target-path");

        if (path != NULL &&
            (path[0] != '/' || tree_find(applier->target->tree, path, strlen(path)) == NULL)) {
            refuse_path(applier, path);
            return;
        }
    }
    refuse(applier, "%s does not fit %s: %s", applier->overlay->path, applier->target->name,
           fdt_strerror(error));
}

unsigned char *overlay_apply(const struct overlay *overlay, const struct overlay_target *target,
                             struct arena *arena, struct dtc_errors *errors) {
    const struct applier applier = {overlay, target, arena, errors};
    const struct tree_node *labels = tree_child(overlay->tree->root, "__fixups__");
    unsigned char *result = NULL;

    if (!check_labels(&applier, labels))
        return NULL;
    int error = overlay_check(overlay->tree);
    if (error == 0)
        error = -FDT_ERR_NOSPACE;
    for (size_t room = target->tree->size + overlay->tree->size * 2 + 4096;
         error == -FDT_ERR_NOSPACE && room <= ROOM_MAX; room *= 2)
        error = apply(&applier, labels, room, &result);
    if (error != 0)
        refuse_all(&applier, error);
    return error == 0 ? result : NULL;
}
