/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/init/init_tree.h"

#include <string.h>

#include "tool/report/rules.h"
#include "tool/tree/tree.h"

#define ROOM 4096 /* for what fdt_open_into() adds to a tree of an old version */

/* --- what is no tree --- */

/* Whether a file begins as text does. */
static bool is_text(const struct file *file) {
    static const char spaces[] = {'\t', '\n', '\r', '\f'};

    for (size_t i = 0; i < file->size && i < 256; i++)
        if (file->bytes[i] < ' ' && memchr(spaces, file->bytes[i], sizeof(spaces)) == NULL)
            return false;
    return true;
}

/* The kind of a file that is no tree, and the remedy: the rest of a sentence; NULL: it is unknown.
 */
static const char *other_kind(const struct file *file) {
    static const struct {
        const char *bytes;
        const char *text;
    } kinds[] = {
        {"\x1f\x8b", "is compressed; unpack it first (gunzip)"},
        {"\xfd\x37zXZ", "is compressed; unpack it first (unxz)"},
        {"\x28\xb5\x2f\xfd", "is compressed; unpack it first (unzstd)"},
        {"\xd7\xb7\xab\x1e", "is an Android image of trees; take the board's out of it"},
        {"\x7f\x45LF", "is a program, and no tree; give the board's .dtb"},
    };

    if (file->size == 0)
        return "is empty; copy it again";
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (file->size >= strlen(kinds[i].bytes) &&
            memcmp(file->bytes, kinds[i].bytes, strlen(kinds[i].bytes)) == 0)
            return kinds[i].text;
    if (!is_text(file))
        return NULL;
    return memmem(file->bytes, file->size, "/dts-v1/", 8) != NULL
               ? "is a tree's source; compile it first: dtc -@ -O dtb -o board.dtb SOURCE.dts"
               : "is text, and no device tree blob; give the board's .dtb";
}

/* Says why a tree cannot be taken; false, as it cannot. */
static bool refuse(const struct file *file, int error, const char *label,
                   struct diagnostics *diagnostics) {
    const char *text = other_kind(file);
    struct mark mark = {.file = label};

    if (text != NULL)
        rule_broken(diagnostics, RULE_BOARD_TREE, mark, "this %s", text);
    else if (error == -FDT_ERR_TRUNCATED)
        rule_broken(diagnostics, RULE_BOARD_TREE, mark,
                    "this is cut short: it has %zu bytes, and its tree has more; copy it again",
                    file->size);
    else if (error == -FDT_ERR_BADMAGIC)
        rule_broken(diagnostics, RULE_BOARD_TREE, mark,
                    "this is no device tree blob; give the board's .dtb, or /sys/firmware/fdt of "
                    "the Linux that runs on it");
    else
        rule_broken(diagnostics, RULE_BOARD_TREE, mark,
                    "this device tree is damaged (%s); copy or dump it again", fdt_strerror(error));
    return false;
}

/* --- what is another one each time --- */

/* Takes out the seeds of random numbers, wherever they are. */
static int drop_seeds(void *tree) {
    static const char *const seeds[] = {"rng-seed", "kaslr-seed"};

    for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL)) {
        for (size_t i = 0; i < COUNT(seeds); i++) {
            int error = fdt_delprop(tree, node, seeds[i]);

            if (error != 0 && error != -FDT_ERR_NOTFOUND)
                return error;
        }
    }
    return fdt_pack(tree);
}

/* Clears what lies behind `size` bytes at `at`, a place in the tree, up to the next cell. */
static void clear_behind(unsigned char *tree, const void *at, int size) {
    size_t end = (size_t)((const unsigned char *)at - tree) + (size_t)size;

    memset(tree + end, 0, -end % sizeof(fdt32_t));
}

/* Clears the bytes that mean nothing, behind names and values: a seed that was moved over may still
 * be in them. */
static void clear_padding(unsigned char *tree) {
    for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL)) {
        int length = 0;
        const char *name = fdt_get_name(tree, node, &length);
        int property;

        clear_behind(tree, name, length + 1);
        fdt_for_each_property_offset(property, tree, node) {
            const void *value = fdt_getprop_by_offset(tree, property, NULL, &length);

            clear_behind(tree, value, length);
        }
    }
}

bool init_tree_take(struct file *file, const char *label, struct arena *arena,
                    struct diagnostics *diagnostics) {
    unsigned char *tree = NULL;
    int error = tree_check(file->bytes, file->size);

    if (error == 0 && fdt_totalsize(file->bytes) > TREE_SIZE_MAX) {
        rule_broken(diagnostics, RULE_BOARD_TREE, (struct mark){.file = label},
                    "this has more than 2 MiB, which is no board's tree; give the right file");
        return false;
    }
    if (error == 0) {
        size_t room = fdt_totalsize(file->bytes) + ROOM;

        tree = arena_alloc(arena, room);
        error = fdt_open_into(file->bytes, tree, (int)room);
    }
    if (error == 0)
        error = drop_seeds(tree);
    if (error != 0)
        return refuse(file, error, label, diagnostics);
    clear_padding(tree);
    file->bytes = tree;
    file->size = fdt_totalsize(tree);
    return true;
}
