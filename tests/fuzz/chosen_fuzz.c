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

/* What is still to be found. */
struct wanted {
    const void *value;
    int size;
};

static struct wanted wanted_of(const void *tree, const char *name) {
    struct wanted wanted = {NULL, 0};
    int node = chosen_node(tree);

    if (node >= 0)
        wanted.value = fdt_getprop(tree, node, name, &wanted.size);
    return wanted;
}

/* What it lies in; its first and last byte the sanitizer sees, too. */
static const uint8_t *whole;
static size_t whole_size;
static volatile uint8_t touched;

static void found(uint8_t *seed, uint32_t size, void *to) {
    size_t offset = (size_t)(seed - whole);

    FUZZ_MUST(offset <= whole_size && size <= whole_size - offset);
    for (struct wanted *wanted = to; wanted < (struct wanted *)to + 2; wanted++) {
        if (wanted->value == seed && (uint32_t)wanted->size == size)
            wanted->value = NULL;
    }
    if (size > 0)
        touched = seed[0] ^ seed[size - 1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *tree = malloc(size == 0 ? 1 : size); /* aligned, and its end is guarded */
    struct wanted wanted[2] = {{NULL, 0}, {NULL, 0}};

    FUZZ_MUST(tree != NULL);
    if (size != 0)
        memcpy(tree, data, size);
    if (tree_check(tree, size) == 0 && fdt_version(tree) == 17 && is_filled_up(tree)) {
        wanted[0] = wanted_of(tree, "rng-seed");
        wanted[1] = wanted_of(tree, "kaslr-seed");
    }
    whole = tree;
    whole_size = size;
    chosen_find(tree, (uint32_t)size, found, wanted);
    FUZZ_MUST(wanted[0].value == NULL && wanted[1].value == NULL);
    free(tree);
    return 0;
}
