/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/commands.h"

#include <getopt.h>
#include <stdio.h>

#include "tool/compile.h"
#include "tool/diagnostics.h"
#include "tool/file.h"
#include "tool/options.h"
#include "tool/show.h"
#include "tool/show_tree.h"

enum { OPTION_DTS = OPTION_OWN };

static const char show_help[] =
    "usage: bulkhead show [OPTION...] SYSTEM.yaml|SYSTEM.img\n\n"
    "Says who owns each CPU, range of RAM, device and interrupt.\n\n"
    "  --dts VM           print the VM's device tree instead, as source (needs dtc)\n" OPTIONS_HELP;

/* Parses a subcommand's options; true: go on with *path. Else *code is the exit code. */
static bool parse(struct options *options, int argc, char **argv, const char *help,
                  const char **path, const char **dts, int *code) {
    static const struct option long_options[] = {
        OPTIONS_LONG, {"dts", required_argument, NULL, OPTION_DTS}, {0}};
    int option;

    *code = EXIT_CODE_USAGE;
    optind = 1;
    while ((option = getopt_long(argc, argv, OPTIONS_SHORT, long_options, NULL)) != -1) {
        if (option == OPTION_DTS && dts != NULL) {
            *dts = optarg;
        } else if (!options_take(options, option, optarg)) {
            fprintf(stderr, "bulkhead: see bulkhead %s --help\n", argv[0]);
            return false;
        }
    }
    if (options->help) {
        fputs(help, stdout);
        *code = EXIT_CODE_OK;
        return false;
    }
    if (optind + 1 != argc) {
        fprintf(stderr, "bulkhead: %s takes one file; see bulkhead %s --help\n", argv[0], argv[0]);
        return false;
    }
    *path = argv[optind];
    return true;
}

/* Shows the system at `path`, which is compiled first if it is a description; or the tree of VM
 * `dts`. */
static int show(const char *path, const char *dts, struct options *options) {
    struct compiled compiled = {0};
    struct diagnostics diagnostics = {0};
    struct file file = {0};
    struct mark mark = {.file = path};
    const char *why = "";

    if (!file_read(path, &file, &compiled.arena))
        diagnostics_add_system(&diagnostics, mark, "file", "%s", file.why);
    else if (!show_is_image(file.bytes, file.size) &&
             compile(&compiled, path, true, options, &diagnostics))
        file = (struct file){.bytes = compiled.image, .size = compiled.image_size};
    if (diagnostics.error_count == 0 && dts != NULL) {
        if (!show_tree(stdout, file.bytes, file.size, dts, &why))
            diagnostics_add(&diagnostics, SEVERITY_ERROR, mark, "dts", "%s", why);
    } else if (diagnostics.error_count == 0 && !show_image(stdout, file.bytes, file.size, &why)) {
        diagnostics_add(&diagnostics, SEVERITY_ERROR, mark, "image", "%s; build it again", why);
    }
    diagnostics_print(&diagnostics, stderr);
    int code = (int)diagnostics_exit_code(&diagnostics);
    diagnostics_free(&diagnostics);
    compiled_free(&compiled);
    return code;
}

int command_show(int argc, char **argv) {
    struct options options = {0};
    const char *path = NULL;
    const char *dts = NULL;
    int code = EXIT_CODE_OK;

    if (parse(&options, argc, argv, show_help, &path, &dts, &code))
        code = show(path, dts, &options);
    options_free(&options);
    return code;
}
