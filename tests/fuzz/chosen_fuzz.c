/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chosen_fuzz.c - any bytes as the boot loader's tree, of which the hypervisor takes the seeds. All
 * of them lie within it; and in a tree that libfdt finds sound they are those that libfdt finds.
 */
#include <stdlib.h>
#include <string.h>

#include "boot/chosen.h"
#include "tests/fuzz/fuzz.h"
#include "tool/tree/tree.h"

/* libfdt takes `chosen@1` for `chosen` too. */
static int chosen_node(const void *tree) {
    int node = fdt_path_offset(tree, "/chosen");

    return node > 0 && strcmp(fdt_get_name(tree, node, NULL), "chosen") == 0 ? node : -1;
}

/* libfdt doesn't look whether names are filled up with zeros (Devicetree Specification 0.4, 5.4.1).
 */
static bool is_filled_up(const void *tree) {
    for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL)) {
        int length = 0;
        const char *name = fdt_get_name(tree, node, &length);

        for (const char *at = name + length; at < name + length / 4 * 4 + 4; at++) {
            if (*at != 0)
                return false;
        }
    }
    return true;
}

static void must_be_found(const void *tree, const char *name, const struct chosen_seed *found,
                          uint32_t count) {
    int size = 0;
    int node = chosen_node(tree);
    const void *value = node < 0 ? NULL : fdt_getprop(tree, node, name, &size);
    bool same = value == NULL || count == CHOSEN_SEEDS_MAX;

    for (uint32_t i = 0; i < count; i++)
        same |= (const char *)tree + found[i].offset == value && found[i].size == (uint32_t)size;
    FUZZ_MUST(same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct chosen_seed found[CHOSEN_SEEDS_MAX];
    uint8_t *tree = malloc(size == 0 ? 1 : size); /* aligned, and its end is guarded */
    uint32_t count;

    FUZZ_MUST(tree != NULL);
    if (size != 0)
        memcpy(tree, data, size);
    count = chosen_find(tree, (uint32_t)size, found);
    FUZZ_MUST(count <= CHOSEN_SEEDS_MAX);
    for (uint32_t i = 0; i < count; i++)
        FUZZ_MUST(found[i].offset <= size && found[i].size <= size - found[i].offset);
    if (tree_check(tree, size) == 0 && fdt_version(tree) == 17 && is_filled_up(tree)) {
        must_be_found(tree, "rng-seed", found, count);
        must_be_found(tree, "kaslr-seed", found, count);
    }
    free(tree);
    return 0;
}
