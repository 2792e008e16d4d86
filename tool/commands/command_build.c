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

enum { OPTION_SPLIT = OPTION_OWN };

static const char help[] =
    "usage: bulkhead build [OPTION...] SYSTEM.yaml\n\n"
    "Checks a description and makes a system image of it, which boots as a Linux kernel image\n"
    "does, and a manifest beside it with the digests of all that went in.\n\n"
    "  -o FILE            the image (default: system.img)\n"
    "  --split FOLDER     in place of one image its parts, and a script by which U-Boot loads\n"
    "                     them and starts Bulkhead; with -o both\n" OPTIONS_HELP;

static bool parse(struct options *options, int argc, char **argv, const char **split) {
    static const struct option long_options[] = {
        OPTIONS_LONG, {"split", required_argument, NULL, OPTION_SPLIT}, {0}};
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, OPTIONS_SHORT, long_options, NULL)) != -1) {
        if (option == OPTION_SPLIT) {
            *split = optarg;
        } else if (!options_take(options, option, optarg)) {
            fprintf(stderr, "bulkhead: see bulkhead build --help\n");
            return false;
        }
    }
    if (!options->help && optind + 1 != argc) {
        fprintf(stderr, "bulkhead: build takes one file; see bulkhead build --help\n");
        return false;
    }
    return true;
}

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

/* All that is asked for, of one compilation. */
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
    diagnostics_print(&diagnostics, stderr);
    int code = (int)diagnostics_exit_code(&diagnostics);
    diagnostics_free(&diagnostics);
    compiled_free(&compiled);
    return code;
}

int command_build(int argc, char **argv) {
    struct options options = {0};
    const char *split = NULL;
    int code = EXIT_CODE_USAGE;

    if (parse(&options, argc, argv, &split)) {
        code = EXIT_CODE_OK;
        if (options.help)
            fputs(help, stdout);
        else
            code = build(argv[optind], split, &options);
    }
    options_free(&options);
    return code;
}
