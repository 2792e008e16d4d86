/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_update.c - the subcommand that puts other guests' images into a system image.
 */
#include "tool/commands/commands.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "tool/base/file.h"
#include "tool/image/update.h"

static const char help[] =
    "usage: bulkhead update [OPTION...] SYSTEM.img VM=FILE|VM:initrd=FILE...\n\n"
    "Puts another image or initrd into a system image that is built already, in place of the one\n"
    "that the VM has. Both need a slot: in the description. The image is as if it had been built\n"
    "with the new files; it and its manifest are replaced whole or not at all.\n\n"
    "  -o FILE            write that one, and leave SYSTEM.img as it is\n"
    "  -h, --help         print this\n";

/* The image at `path` with all updates, to `output`. */
static void run_update(const char *path, const char *output, const struct update *updates,
                       size_t count, struct arena *arena, struct diagnostics *diagnostics) {
    const char *beside = arena_printf(arena, "%s.manifest", output);
    const char *manifest = NULL;
    const char *why = NULL;
    struct file file = {0};
    struct mark mark = {path, 0, 0, 0};

    if (!file_read(path, &file, arena)) {
        diagnostics_add_system(diagnostics, mark, "file", "%s", file.why);
        return;
    }
    if (!update_image(file.bytes, file.size, path, updates, count, arena, diagnostics, &manifest))
        return;
    if (!file_replace(output, file.bytes, file.size, &why, arena) ||
        !file_replace(beside, manifest, strlen(manifest), &why, arena)) {
        mark.file = output;
        diagnostics_add_system(diagnostics, mark, "file", "%s", why);
    }
}

int command_update(int argc, char **argv) {
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct arena arena = {0};
    struct diagnostics diagnostics = {0};
    const char *output = NULL;
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return EXIT_CODE_OK;
        }
        output = option == 'o' ? optarg : output;
        if (option != 'o') {
            fprintf(stderr, "bulkhead: see bulkhead update --help\n");
            return EXIT_CODE_USAGE;
        }
    }
    size_t count = (size_t)(argc - optind);
    struct update *updates = arena_alloc(&arena, (count + 1) * sizeof(*updates));
    bool usable = count >= 2;
    for (size_t i = 1; i < count && usable; i++)
        usable = update_parse(&updates[i - 1], argv[optind + (int)i], &arena);
    if (!usable) {
        fprintf(stderr, "bulkhead: update takes an image and VM=FILE or VM:initrd=FILE; see "
                        "bulkhead update --help\n");
        arena_free(&arena);
        return EXIT_CODE_USAGE;
    }
    const char *path = argv[optind];
    run_update(path, output == NULL ? path : output, updates, count - 1, &arena, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    int code = (int)diagnostics_exit_code(&diagnostics);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return code;
}
