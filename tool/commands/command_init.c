/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/commands/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/base/digest.h"
#include "tool/base/number.h"
#include "tool/base/text.h"
#include "tool/commands/options.h"
#include "tool/image/compile.h"
#include "tool/init/init_qemu.h"
#include "tool/init/init_texts.h"
#include "tool/init/init_tree.h"
#include "tool/report/rules.h"

static const char usage[] =
    "usage: bulkhead init [OPTION...] BOARD.dtb\n"
    "       bulkhead init [OPTION...] --qemu 'ARGUMENTS'\n\n"
    "Makes a folder for a board out of its device tree alone: the tree without random seeds,\n"
    "a first board.yaml, and a first system.yaml that lists the devices which a VM could own,\n"
    "with all that each would bring with it. Both have comments; docs/porting.md goes on from\n"
    "there. The tree of a running Linux is /sys/firmware/fdt. Where Bulkhead cannot run on the\n"
    "board yet, the reasons are said, and the files are written all the same.\n";

static const char more[] = "\nThe paths of the files go to stdout, all else to stderr.\n";

/* A file to be written. */
struct output {
    const char *path;
    const void *bytes;
    size_t size;
};

struct init {
    struct arena arena;
    struct diagnostics diagnostics;
    struct survey survey;
    const char *path; /* of the tree; NULL: QEMU's */
    const char *folder;
    const char *qemu_command;
    const char *arch;
    bool force;
    struct init_qemu qemu;
    struct file tree;
    struct output *outputs;
    size_t output_count;
};

/* --- the tree --- */

/* Has QEMU write its tree, or reads the file. */
static bool fetch_tree(struct init *init) {
    struct arena *arena = &init->arena;
    const char *arch = init->arch != NULL ? init->arch : "arm64";

    if (init->path == NULL) {
        bool there =
            init_qemu_parse(&init->qemu, init->qemu_command, arch) && init_qemu_dump(&init->qemu);

        init->tree = init->qemu.tree;
        return there;
    }
    if (file_read(init->path, &init->tree, arena))
        return true;
    diagnostics_add_system(&init->diagnostics, (struct mark){.file = init->path}, "file",
                           "%s; give a device tree blob (.dtb) that can be read", init->tree.why);
    return false;
}

static bool read_tree(struct init *init) {
    const char *label = init->path != NULL ? init->path : "--qemu";
    struct file *tree = &init->tree;

    if (!fetch_tree(init) || !init_tree_take(tree, label, &init->arena, &init->diagnostics) ||
        !survey_read(&init->survey, label, tree->bytes, tree->size, &init->diagnostics))
        return false;
    if (init->path == NULL)
        init->survey.model = init->qemu.from;
    return true;
}

/* --- the files --- */

/* Says why a file or folder cannot be written; false. */
static bool refuse(struct init *init, const char *path, const char *why) {
    diagnostics_add_system(&init->diagnostics, (struct mark){.file = path}, "file", "%s", why);
    return false;
}

/* Files that exist stay, unless --force is given. */
static bool check_outputs(struct init *init) {
    bool free = true;

    for (size_t i = 0; i < init->output_count && !init->force; i++)
        if (access(init->outputs[i].path, F_OK) == 0)
            free = refuse(init, init->outputs[i].path,
                          "this is there already; name another folder with -o, or say --force to "
                          "write over it");
    return free;
}

static bool make_folder(struct init *init) {
    struct stat status;

    if (mkdir(init->folder, 0777) == 0)
        return true;
    if (errno != EEXIST)
        return refuse(init, init->folder,
                      arena_printf(&init->arena, "cannot make this folder: %s%s", strerror(errno),
                                   errno == ENOENT ? "; make the one first that it is in" : ""));
    if (stat(init->folder, &status) == 0 && S_ISDIR(status.st_mode))
        return true;
    return refuse(init, init->folder, "this is a file; name a folder with -o");
}

static bool write_outputs(struct init *init) {
    const char *why = "";

    if (!make_folder(init))
        return false;
    for (size_t i = 0; i < init->output_count; i++) {
        const struct output *output = &init->outputs[i];

        if (!file_write(output->path, output->bytes, output->size, &why, &init->arena))
            return refuse(init, output->path, why);
    }
    return true;
}

static void add_output(struct init *init, const char *name, const void *bytes, size_t size) {
    *ARENA_ADD(&init->arena, init->outputs, init->output_count) =
        (struct output){arena_printf(&init->arena, "%s/%s", init->folder, name), bytes, size};
}

static void make_outputs(struct init *init) {
    struct arena *arena = &init->arena;
    const char *slash = init->path == NULL ? NULL : strrchr(init->path, '/');
    const struct init_source source = {
        .from = init->path == NULL ? init->qemu.from
                : slash != NULL    ? slash + 1
                                   : init->path,
        .digest = digest_sha256(arena, init->tree.bytes, init->tree.size),
        .qemu = init->qemu.arguments,
        .qemu_count = init->qemu.argument_count,
    };
    const char *overlay = init_overlay_text(&init->survey, arena);
    const char *board = init_board_text(&init->survey, &source, arena);
    const char *system = init_system_text(&init->survey, arena);

    if (init->folder == NULL)
        init->folder = init->path != NULL ? init->survey.short_name
                                          : arena_printf(arena, "qemu-%s", init->survey.board.arch);
    add_output(init, "board.dtb", init->tree.bytes, init->tree.size);
    if (overlay != NULL)
        add_output(init, "board.dtso", overlay, strlen(overlay));
    add_output(init, "board.yaml", board, strlen(board));
    add_output(init, "system.yaml", system, strlen(system));
}

/* --- messages --- */

/* Warns of all that Bulkhead lacks on this board; else says the same as `check`, but for the
 * missing images. */
static void warn(struct init *init, const char *system) {
    const struct diagnostics *lacks = &init->survey.lacks;
    struct mark mark = {.file = init->folder};
    struct options options = {0};
    struct compiled compiled = {0};
    struct diagnostics found = {0};

    if (init->qemu.left_out.size != 0)
        diagnostics_add(&init->diagnostics, SEVERITY_WARNING, (struct mark){.file = "--qemu"},
                        "qemu", "left out of the board, as each run gives it anew: %s",
                        text_get(&init->qemu.left_out));
    for (size_t i = 0; i < lacks->count; i++)
        diagnostics_add(&init->diagnostics, SEVERITY_WARNING, mark, lacks->items[i].rule, "%s",
                        lacks->items[i].message);
    if (lacks->count == 0)
        compile(&compiled, options_request(&options, system), &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct diagnostic *item = &found.items[i];

        if (rule_of(item) != RULE_FILE_MISSING)
            diagnostics_add(&init->diagnostics, SEVERITY_WARNING, item->mark, item->rule, "%s",
                            item->message);
    }
    diagnostics_free(&found);
    compiled_free(&compiled);
    options_free(&options);
}

static void summarize(struct init *init) {
    const struct survey *survey = &init->survey;
    uint64_t ram = init_ram_size(survey);

    fprintf(stderr, "%s: %s, %s, %zu CPU%s (%s), %s of RAM\n", init->folder, survey->model,
            survey->board.arch, survey->board.machine.cpu_count,
            survey->board.machine.cpu_count == 1 ? "" : "s",
            init_cpus_text(survey, false, &init->arena),
            ram == 0 ? "an unknown amount" : number_size_text(&init->arena, ram));
    fprintf(
        stderr,
        "%s: %zu devices: %zu as they are, %zu with a decision, %zu in shared pages, %zu common "
        "to several, %zu disabled, %zu that cannot be passed through\n",
        init->folder, survey->device_count, survey_count(survey, SURVEY_READY),
        survey_count(survey, SURVEY_DECISION), survey_count(survey, SURVEY_SHARED),
        survey_count(survey, SURVEY_COMMON), survey_count(survey, SURVEY_DISABLED),
        survey_count(survey, SURVEY_NEVER));
}

static void write_all(struct init *init) {
    make_outputs(init);
    if (!check_outputs(init) || !write_outputs(init))
        return;
    summarize(init);
    warn(init, init->outputs[init->output_count - 1].path);
    for (size_t i = 0; i < init->output_count; i++)
        puts(init->outputs[i].path);
}

/* --- the command --- */

/* True: go on. Else *code is the exit code. */
static bool parse(struct init *init, int argc, char **argv, int *code) {
    const struct option_row rows[] = {
        {"output", 'o', "FOLDER", "the board's folder (default: named after the board, here)",
         .into = &init->folder},
        {"qemu", 0, "ARGUMENTS",
         "the tree of the machine that QEMU makes of these arguments; they may begin with the "
         "program, as qemu-system-riscv64",
         .into = &init->qemu_command},
        {"arch", 0, "ARCH", "whose QEMU, if its program is not named: arm64 (the default), riscv64",
         .into = &init->arch},
        {"force", 0, NULL, "write over files that are there", .flag = &init->force},
    };

    if (!options_parse(rows, COUNT(rows), usage, more, argc, argv, code))
        return false;
    const char *wrong = NULL;
    init->path = optind < argc ? argv[optind] : NULL;
    if (optind + 1 < argc || (init->path == NULL) == (init->qemu_command == NULL))
        wrong = "takes one device tree, or --qemu";
    else if (init->folder != NULL && init->folder[0] == '\0')
        wrong = "takes the name of a folder behind -o";
    else if (init->arch != NULL && init->path != NULL)
        wrong = "takes --arch only with --qemu, as a tree says itself what it is for";
    else if (init->arch != NULL && strcmp(init->arch, "arm64") != 0 &&
             strcmp(init->arch, "riscv64") != 0)
        wrong = "takes arm64 or riscv64 for --arch";
    if (wrong != NULL)
        *code = options_refuse("init", wrong);
    return wrong == NULL;
}

int command_init(int argc, char **argv) {
    struct init init = {.qemu = {.arena = &init.arena, .diagnostics = &init.diagnostics}};
    int code = EXIT_CODE_OK;

    if (parse(&init, argc, argv, &code)) {
        if (read_tree(&init))
            write_all(&init);
        code = diagnostics_finish(&init.diagnostics);
    }
    survey_close(&init.survey);
    arena_free(&init.arena);
    return code;
}
