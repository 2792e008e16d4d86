/* SPDX-License-Identifier: Apache-2.0 */
/*
 * description_fuzz.c - a system's description as text: read, checked, and if it is right, built.
 * The board is the one that the text names, or else qemu-arm64, or qemu-riscv64-aia with "riscv64"
 * in the text: half of the inputs each.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_show.h"
#include "tool/base/crc32c.h"
#include "tool/image/compile.h"
#include "tool/image/split.h"

#define PATH FUZZ_FOLDER "/system.yaml"

/* Every so many of the descriptions that are right become an image: that takes long. */
#define BUILT_OF 4

static bool contains(const uint8_t *data, size_t size, const char *word) {
    return memmem(data, size, word, strlen(word)) != NULL;
}

/* Shown in all forms, and as single files: what its build has checked can be both. */
static void show_it(const struct compiled *compiled) {
    struct arena arena = {0};
    size_t count = 0;

    FUZZ_MUST(fuzz_show(compiled->image, compiled->image_size));
    split_files(compiled->image, compiled->image_size, PATH, &arena, &count);
    FUZZ_MUST(count >= 3);
    arena_free(&arena);
}

static bool compile_it(bool emit, bool riscv64, bool replace) {
    struct definition images = {"images", FUZZ_FOLDER};
    struct compile_request request = {
        .path = PATH, .emit = emit, .reading.boards = FUZZ_FOLDER "/boards"};
    struct compiled compiled = {0};
    struct diagnostics diagnostics = {0};

    request.hypervisor =
        riscv64 ? FUZZ_FOLDER "/hypervisor-riscv64.bin" : FUZZ_FOLDER "/hypervisor.bin";
    if (replace)
        request.reading.board = riscv64 ? "qemu-riscv64-aia" : "qemu-arm64";
    request.reading.definitions = (struct definitions){&images, 1, NULL};
    bool right = compile(&compiled, &request, &diagnostics);
    FUZZ_MUST(right == (diagnostics.error_count == 0));
    diagnostics_print(&diagnostics, fuzz_nowhere);
    if (right && emit)
        show_it(&compiled);
    compiled_free(&compiled);
    diagnostics_free(&diagnostics);
    return right;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bool riscv64 = contains(data, size, "riscv64");
    uint32_t lot = crc32c(0, data, size); /* the same for the same input */
    bool replace = lot % 2 == 0;

    fuzz_file(PATH, data, size);
    /* What is right can be built. */
    if (compile_it(false, riscv64, replace) && lot / 2 % BUILT_OF == 0)
        FUZZ_MUST(compile_it(true, riscv64, replace));
    return 0;
}
