/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_update.c - the subcommand that puts other guests' images into a system image.
 */
#include "tool/commands/commands.h"

#include <stdio.h>
#include <string.h>

#include "tool/base/file.h"
#include "tool/commands/options.h"
#include "tool/image/update.h"

static const char usage[] =
    "usage: bulkhead update [OPTION...] SYSTEM.img VM=FILE|VM:initrd=FILE...\n\n"
    "Puts another image or initrd into a system image that is built already, in place of the one\n"
    "that the VM has. Both need a slot: in the description. The image is as if it had been built\n"
    "with the new files; it and its manifest are replaced whole or not at all.\n";

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

/* The image is the first operand, and all others say what to update in it. */
static int update(char **operands, size_t count, const char *output, struct arena *arena) {
    struct update *updates = arena_alloc(arena, count * sizeof(*updates));
    struct diagnostics diagnostics = {0};
    bool usable = count >= 2;

    for (size_t i = 1; i < count && usable; i++)
        usable = update_parse(&updates[i - 1], operands[i], arena);
    if (!usable)
        return options_refuse("update", "takes an image and VM=FILE or VM:initrd=FILE");
    run_update(operands[0], output == NULL ? operands[0] : output, updates, count - 1, arena,
               &diagnostics);
    return diagnostics_finish(&diagnostics);
}

int command_update(int argc, char **argv) {
    struct options options = {0};
    const struct option_row rows[] = {
        OPTIONS_OUTPUT(&options, "write that one, and leave SYSTEM.img as it is"),
    };
    int code;

    if (options_parse(rows, COUNT(rows), usage, "", argc, argv, &code))
        code = update(argv + optind, (size_t)(argc - optind), options.output, &options.arena);
    options_free(&options);
    return code;
}
