/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board_fuzz.c - a board.yaml as text, beside the trees of the fixture folder's boards: opened, its
 * names looked up, and a small system compiled for it.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tool/board/device.h"
#include "tool/image/compile.h"

#define FOLDER FUZZ_FOLDER "/boards/fuzzed"

static const char system_text[] = "bulkhead: 1\n"
                                  "board: fuzzed\n"
                                  "vms:\n"
                                  "  first: { cpus: 0, memory: 1 MiB, devices: [ rtc ],\n"
                                  "    image: { file: raw.bin, load: 0x4000_0000 } }\n";

/* The boards' trees go by these names beside the board.yaml. */
static const char *const trees[] = {"qemu-arm64", "qemu-riscv64", "qemu-riscv64-aia"};

static void add_files(const uint8_t *data, size_t size) {
    fuzz_file(FOLDER "/board.yaml", data, size);
    fuzz_file(FUZZ_FOLDER "/system.yaml", system_text, sizeof(system_text) - 1);
    for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
        char name[64];
        size_t tree_size = 0;

        snprintf(name, sizeof(name), "boards/%s/board.dtb", trees[i]);
        const uint8_t *tree = fuzz_fixture(name, &tree_size);
        snprintf(name, sizeof(name), "%s/%s.dtb", FOLDER, trees[i]);
        fuzz_file(name, tree, tree_size);
    }
}

static bool compile_it(struct diagnostics *diagnostics) {
    struct compile_request request = {.path = FUZZ_FOLDER "/system.yaml",
                                      .reading.boards = FUZZ_FOLDER "/boards",
                                      .hypervisor = FUZZ_FOLDER "/hypervisor.bin"};
    struct compiled compiled = {0};
    bool right = compile(&compiled, &request, diagnostics);

    FUZZ_MUST(right == (diagnostics->error_count == 0));
    for (size_t i = 0; i < compiled.board.name_count; i++) {
        const struct tree_node *node = NULL;
        const char *why = "";

        if (compiled.board.machine.tree != NULL)
            device_find(&compiled.board, compiled.board.names[i].name, &compiled.arena, &node,
                        &why);
    }
    compiled_free(&compiled);
    return right;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct diagnostics diagnostics = {0};

    add_files(data, size);
    compile_it(&diagnostics);
    diagnostics_print(&diagnostics, fuzz_nowhere);
    diagnostics_free(&diagnostics);
    return 0;
}
