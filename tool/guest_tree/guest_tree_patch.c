/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/guest_tree/guest_tree_patch.h"

#include <ctype.h>
#include <string.h>

#include <libfdt.h>

#include "tool/base/array.h"
#include "tool/base/nearest.h"
#include "tool/tree/overlay_check.h"
#include "tool/tree/tree.h"

#define SYMBOLS "/__symbols__"

/* One application of an overlay. */
struct patcher {
    struct arena *arena;
    void *tree; /* being changed */
    size_t room;
    void *overlay;
    int error; /* libfdt's first */
    const char *why;
};

static bool keep(struct patcher *patcher, int result) {
    if (result < 0 && patcher->error == 0)
        patcher->error = result;
    return result >= 0;
}

static void set_text(struct patcher *patcher, int node, const char *name, const char *text) {
    keep(patcher, fdt_setprop(patcher->tree, node, name, text, (int)strlen(text) + 1));
}

static void remove_property(struct patcher *patcher, const char *path, const char *name) {
    int node = fdt_path_offset(patcher->tree, path);

    if (node >= 0 && fdt_getprop(patcher->tree, node, name, NULL) != NULL)
        keep(patcher, fdt_delprop(patcher->tree, node, name));
}

/* An overlay reaches nodes by their phandles. */
static void give_phandles(struct patcher *patcher) {
    uint32_t phandle = 0;

    if (!keep(patcher, fdt_find_max_phandle(patcher->tree, &phandle)))
        return;
    for (int node = tree_next_node(patcher->tree, 0); node >= 0;
         node = tree_next_node(patcher->tree, node))
        if (fdt_get_phandle(patcher->tree, node) == 0)
            keep(patcher, fdt_setprop_u32(patcher->tree, node, "phandle", ++phandle));
}

/* How many nodes have the name. */
static size_t count_name(const void *tree, const char *name) {
    size_t count = 0;

    for (int node = 0; node >= 0; node = tree_next_node(tree, node))
        count += strcmp(fdt_get_name(tree, node, NULL), name) == 0;
    return count;
}

static char *make_label(struct arena *arena, const char *name) {
    char *label = arena_strdup(arena, name);

    for (char *at = label; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at))
            *at = '_';
    return label;
}

/* Labels out of the nodes' names, beside those that the tree has. */
static void give_labels(struct patcher *patcher) {
    int symbols = fdt_path_offset(patcher->tree, SYMBOLS);
    size_t count = 0;
    struct label {
        const char *label;
        const char *path;
    } *list = NULL;

    if (symbols < 0)
        keep(patcher, fdt_add_subnode(patcher->tree, 0, &SYMBOLS[1]));
    for (int node = tree_next_node(patcher->tree, 0); node >= 0;
         node = tree_next_node(patcher->tree, node)) {
        const char *name = fdt_get_name(patcher->tree, node, NULL);

        if (strncmp(name, "__", 2) == 0 || isdigit((unsigned char)name[0]) ||
            count_name(patcher->tree, name) != 1)
            continue;
        *ARENA_ADD(patcher->arena, list, count) = (struct label){
            make_label(patcher->arena, name), tree_path(patcher->tree, node, patcher->arena)};
    }
    for (size_t i = 0; i < count; i++) {
        symbols = fdt_path_offset(patcher->tree, SYMBOLS);
        if (fdt_getprop(patcher->tree, symbols, list[i].label, NULL) == NULL)
            set_text(patcher, symbols, list[i].label, list[i].path);
    }
}

static void refuse_label(struct patcher *patcher, const char *label) {
    int symbols = fdt_path_offset(patcher->tree, SYMBOLS);
    struct nearest nearest;

    nearest_begin(&nearest, label);
    tree_offer_properties(patcher->tree, symbols, &nearest);
    const char *near = nearest_text(&nearest, patcher->arena);
    patcher->why =
        arena_printf(patcher->arena, "the guest's tree has no label '%s'; %s%s", label,
                     near == NULL ? "see bulkhead show --dts for what it has" : "did you mean ",
                     near == NULL ? "" : arena_printf(patcher->arena, "%s?", near));
}

/* Labels and paths that the overlay uses are there. */
static void check_targets(struct patcher *patcher) {
    int fixups = fdt_path_offset(patcher->overlay, "/__fixups__");
    int symbols = fdt_path_offset(patcher->tree, SYMBOLS);
    int fragment;

    if (fixups >= 0) {
        int offset;

        fdt_for_each_property_offset(offset, patcher->overlay, fixups) {
            const char *label = NULL;

            if (patcher->why == NULL &&
                fdt_getprop_by_offset(patcher->overlay, offset, &label, NULL) != NULL &&
                fdt_getprop(patcher->tree, symbols, label, NULL) == NULL)
                refuse_label(patcher, label);
        }
    }
    fdt_for_each_subnode(fragment, patcher->overlay, 0) {
        const char *path = tree_string(patcher->overlay, fragment, "target-path");

        if (patcher->why != NULL || path == NULL)
            continue;
        if (path[0] != '/') {
            patcher->why = arena_printf(
                patcher->arena,
                "the target-path '%s' is no path; begin it with a '/', or use target = <&LABEL>",
                path);
        } else if (fdt_path_offset(patcher->tree, path) < 0) {
            patcher->why = arena_printf(patcher->arena,
                                        "the guest's tree has no node %s; see bulkhead show --dts "
                                        "for what it has",
                                        path);
        }
    }
}

const void *guest_tree_patch(const void *tree, const struct file *overlay, struct arena *arena,
                             size_t *size, const char **why) {
    struct patcher patcher = {.arena = arena};

    /* Labels and phandles for each node, a path each, and all of the overlay. */
    patcher.room = 8 * fdt_totalsize(tree) + 2 * overlay->size + 0x10000;
    patcher.tree = arena_alloc(arena, patcher.room);
    patcher.overlay = arena_alloc(arena, overlay->size + 1);
    memcpy(patcher.overlay, overlay->bytes, overlay->size);
    if (keep(&patcher, fdt_open_into(tree, patcher.tree, (int)patcher.room))) {
        give_phandles(&patcher);
        give_labels(&patcher);
    }
    if (patcher.error == 0)
        check_targets(&patcher);
    if (patcher.error == 0 && patcher.why == NULL &&
        keep(&patcher, overlay_check(patcher.tree, patcher.overlay)))
        keep(&patcher, fdt_overlay_apply(patcher.tree, patcher.overlay));
    if (patcher.error == 0 && patcher.why == NULL) {
        keep(&patcher, fdt_del_node(patcher.tree, fdt_path_offset(patcher.tree, SYMBOLS)));
        remove_property(&patcher, "/aliases", "phandle"); /* it would be an alias */
        keep(&patcher, fdt_pack(patcher.tree));
        keep(&patcher, tree_check(patcher.tree, patcher.room));
    }
    if (patcher.error != 0)
        patcher.why = arena_printf(arena, "it cannot be applied: %s", fdt_strerror(patcher.error));
    *why = patcher.why;
    *size = patcher.why == NULL ? fdt_totalsize(patcher.tree) : 0;
    return patcher.why == NULL ? patcher.tree : NULL;
}

const void *guest_tree_adopt(const struct plan *plan, const struct plan_vm *vm, size_t *size) {
    const char *args = value_text(&vm->description->args);
    struct patcher patcher = {.arena = plan->arena};
    const struct {
        const char *name;
        uint64_t value;
    } initrd[] = {{"linux,initrd-start", vm->initrd_at},
                  {"linux,initrd-end", vm->initrd_at + vm->initrd_file.size}};

    patcher.room = vm->tree_file.size + (args != NULL ? strlen(args) : 0) + 0x1000;
    patcher.tree = arena_alloc(plan->arena, patcher.room);
    if (!keep(&patcher, fdt_open_into(vm->tree_file.bytes, patcher.tree, (int)patcher.room)))
        return NULL;
    int chosen = fdt_path_offset(patcher.tree, "/chosen");
    if (chosen == -FDT_ERR_NOTFOUND)
        chosen = fdt_add_subnode(patcher.tree, 0, "chosen");
    keep(&patcher, chosen);
    if (args != NULL)
        set_text(&patcher, chosen, "bootargs", args);
    for (size_t i = 0; i < COUNT(initrd) && vm->initrd_at != 0; i++)
        keep(&patcher, fdt_setprop_u64(patcher.tree, chosen, initrd[i].name, initrd[i].value));
    keep(&patcher, fdt_pack(patcher.tree));
    *size = fdt_totalsize(patcher.tree);
    return patcher.error == 0 ? patcher.tree : NULL;
}
