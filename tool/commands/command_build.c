/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_build.c - the subcommand that makes a system image, in one file or for a boot loader in
 * several.
 */
#include "tool/commands/commands.h"

#include <stdio.h>
#include <string.h>

#include "tool/base/file.h"
#include "tool/commands/options.h"
#include "tool/image/compile.h"
#include "tool/image/split.h"
#include "tool/report/diagnostics.h"

static const char usage[] =
    "usage: bulkhead build [OPTION...] SYSTEM.yaml\n\n"
    "Checks a description and makes a system image of it, which boots as a Linux kernel image\n"
    "does, and a manifest beside it with the digests of all that went in.\n";

static bool write_split(struct compiled *compiled, const char *path, const char *folder,
                        const char **why) {
    struct arena *arena = &compiled->arena;
    const char *slash = strrchr(path, '/');
    const char *manifest = arena_printf(arena, "%s/system.manifest", folder);
    size_t count = 0;
    struct split_file *files = split_files(compiled->image, compiled->image_size,
                                           slash == NULL ? path : slash + 1, arena, &count);

    return split_write(files, count, folder, why, arena) &&
           file_write(manifest, compiled->manifest, strlen(compiled->manifest), why, arena);
}

/* Writes all outputs of one compilation. */
static int build(const char *path, const char *split, struct options *options) {
    const char *output = options->output != NULL || split != NULL ? options->output : "system.img";
    struct compiled compiled = {0};
    struct diagnostics diagnostics = {0};
    const char *why = "";

    options->request.emit = true;
    if (compile(&compiled, options_request(options, path), &diagnostics)) {
        if (split != NULL && !write_split(&compiled, path, split, &why))
            diagnostics_add_system(&diagnostics, (struct mark){.file = split}, "file", "%s", why);
        if (output != NULL && !compiled_write(&compiled, output, &why))
            diagnostics_add_system(&diagnostics, (struct mark){.file = output}, "file", "%s", why);
    }
    int code = diagnostics_finish(&diagnostics);
    compiled_free(&compiled);
    return code;
}

int command_build(int argc, char **argv) {
    struct options options = {0};
    const char *split = NULL;
    const struct option_row rows[] = {
        OPTIONS_OUTPUT(&options, "the image (default: system.img)"),
        {"split", 0, "FOLDER",
         "in place of one image its parts, and a script by which U-Boot loads them and starts "
         "Bulkhead; with -o both",
         .into = &split},
        OPTIONS_COMPILE(&options),
    };
    int code;

    if (options_parse(rows, COUNT(rows), usage, "", argc, argv, &code))
        code = optind + 1 == argc ? build(argv[optind], split, &options)
                                  : options_refuse("build", "takes one file");
    options_free(&options);
    return code;
}
