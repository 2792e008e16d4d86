/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_fuzz.c - any bytes as a board's device tree: the machine that it says, what can be found out
 * about each node, and the tree of a guest that owns all that can be owned. The mutator changes
 * trees as trees, so that most of them are still some.
 */
#include <stdlib.h>
#include <string.h>

#include "config/config_check.h"
#include "tests/fuzz/fuzz.h"
#include "tool/base/crc32c.h"
#include "tool/board/device.h"
#include "tool/board/machine_read.h"
#include "tool/guest_tree/guest_tree.h"
#include "tool/init/init_texts.h"
#include "tool/init/init_tree.h"
#include "tool/system/plan.h"
#include "tool/tree/provider.h"

#define DEVICES_MAX 64 /* of the guest */
#define COMPARED_OF 8  /* of every so many libfdt finds the parts too, which is slow */
#define SURVEYED_OF 64 /* and of every so many a board is made, as init does, which is slower */

/* A guest on the board, with a device for each node that can be one. */
static void build_guest(struct board *board, struct plan_device *devices, size_t device_count) {
    struct description description = {0};
    struct vm_description described = {.args = {.given = true, .text = "quiet"}};
    struct plan_memory memory = {.at = board->machine.ram[0].phys, .size = 0x100000};
    struct plan plan = {
        .arena = &board->arena, .description = &description, .board = board, .vm_count = 1};
    struct plan_vm vm = {.description = &described,
                         .name = "fuzzed",
                         .memory = &memory,
                         .memory_count = 1,
                         .devices = devices,
                         .device_count = device_count,
                         .has_tree = true,
                         .console = (enum system_vm_console)board->machine.config->console};
    const unsigned char *tree = NULL;

    described.cpus.number = (UINT64_C(1) << board->machine.cpu_count) - 1;
    plan.vms = &vm;
    size_t size = guest_tree_build(&plan, &vm, &tree);
    FUZZ_MUST(size <= GUEST_TREE_SIZE_MAX);
    FUZZ_MUST(size == 0 || tree_check(tree, size) == 0);
}

/* All that is asked about a node. */
static bool look_at(struct board *board, const struct tree_node *node, struct plan_device *device) {
    struct provider_search search = provider_search(node);
    struct provider provider;
    const char *why = NULL;
    const struct tree_node *found = NULL;

    *device = (struct plan_device){.device.node = node};
    while (provider_next(&search, &provider))
        FUZZ_MUST(provider.property != NULL);
    if (device_find(board, node->name, &board->arena, &found, &why) != DEVICE_OK)
        FUZZ_MUST(why != NULL);
    device_find(board, tree_path(node, &board->arena), &board->arena, &found, &why);
    why = NULL;
    device_list(&device->device, &board->arena);
    enum device_result result = device_read(board, &device->device, NULL, 0, &board->arena, &why);
    FUZZ_MUST(result == DEVICE_OK || why != NULL);
    return result == DEVICE_OK && device_is_whole(&device->device, &board->arena, &why);
}

/* What a tree was read to is what libfdt finds. */
static void compare(const struct tree *tree) {
    const void *blob = tree->blob;
    const struct tree_node *node = tree->root;

    for (int offset = 0; offset >= 0; offset = fdt_next_node(blob, offset, NULL), node++) {
        int parent = fdt_parent_offset(blob, offset);
        size_t count = 0;
        int property;

        FUZZ_MUST(node < tree->root->end && node->name == fdt_get_name(blob, offset, NULL));
        FUZZ_MUST(parent < 0 ? node->parent == NULL
                             : node->parent->name == fdt_get_name(blob, parent, NULL));
        fdt_for_each_property_offset(property, blob, offset) {
            FUZZ_MUST(count < node->property_count);
            FUZZ_MUST(node->properties[count++].value ==
                      fdt_getprop_by_offset(blob, property, NULL, NULL));
        }
        FUZZ_MUST(count == node->property_count);
        if (node->phandle != 0)
            FUZZ_MUST(tree_by_phandle(tree, node->phandle)->name ==
                      fdt_get_name(blob, fdt_node_offset_by_phandle(blob, node->phandle), NULL));
    }
    FUZZ_MUST(node == tree->root->end);
}

static void read_as(const char *arch, const void *blob, size_t size) {
    struct plan_device devices[DEVICES_MAX];
    struct board board = {.name = "fuzzed", .arch = arch};
    struct diagnostics diagnostics = {0};
    struct mark mark = {"board.yaml", 1, 1, 0};
    const struct tree *tree = NULL;
    size_t count = 0;

    if (tree_read(blob, size, &board.arena, &tree) == 0) {
        bool right = machine_read(&board.machine, arch, tree, mark, &board.arena, &diagnostics);

        FUZZ_MUST(right == (diagnostics.error_count == 0));
        for (const struct tree_node *node = tree->root; right && node < tree->root->end; node++)
            count += count < DEVICES_MAX && look_at(&board, node, &devices[count]);
        if (right)
            build_guest(&board, devices, count);
        if (crc32c(0, blob, size) % COMPARED_OF == 0)
            compare(tree);
    }
    diagnostics_free(&diagnostics);
    board_close(&board);
}

static void must_be_yaml(const char *text) {
    struct arena arena = {0};
    struct diagnostics diagnostics = {0};

    FUZZ_MUST(yaml_parse("init", text, strlen(text), &arena, &diagnostics) != NULL);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
}

/* What init writes is YAML, whatever the tree says. */
static void survey(void *tree, size_t size) {
    const char *const arguments[] = {"-machine", "virt"};
    const struct init_source source = {"fuzzed", "0", arguments, 2};
    struct survey survey = {0};
    struct diagnostics diagnostics = {0};
    struct arena *arena = &survey.board.arena;
    struct file file = {.bytes = tree, .size = size};

    if (init_tree_take(&file, "fuzzed", arena, &diagnostics) &&
        survey_read(&survey, "fuzzed", file.bytes, file.size, &diagnostics)) {
        init_overlay_text(&survey, arena);
        must_be_yaml(init_board_text(&survey, &source, arena));
        must_be_yaml(init_system_text(&survey, arena));
    }
    diagnostics_free(&diagnostics);
    survey_close(&survey);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    void *tree = malloc(size == 0 ? 1 : size); /* aligned, and its end is guarded */

    FUZZ_MUST(tree != NULL);
    if (size != 0)
        memcpy(tree, data, size);
    read_as("arm64", tree, size);
    read_as("riscv64", tree, size);
    if (crc32c(0, data, size) / COMPARED_OF % SURVEYED_OF == 0)
        survey(tree, size);
    free(tree);
    return 0;
}
