/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/array.h"
#include "tool/commands/init.h"

#include <errno.h>
#include <getopt.h>
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
#include "tool/report/rules.h"

#define FILES_MAX 4

static const char help[] =
    "usage: bulkhead init [OPTION...] BOARD.dtb\n"
    "       bulkhead init [OPTION...] --qemu 'ARGUMENTS'\n\n"
    "Makes a folder for a board out of its device tree alone: the tree without random seeds,\n"
    "a first board.yaml, and a first system.yaml that lists the devices which a VM could own,\n"
    "with all that each would bring with it. Both have comments; docs/porting.md goes on from\n"
    "there. The tree of a running Linux is /sys/firmware/fdt. Where Bulkhead cannot run on the\n"
    "board yet, the reasons are said, and the files are written all the same.\n\n"
    "  -o FOLDER          the board's folder (default: named after the board, here)\n"
    "  --qemu ARGUMENTS   the tree of the machine that QEMU makes of these arguments; they may\n"
    "                     begin with the program, as qemu-system-riscv64\n"
    "  --arch ARCH        whose QEMU, if its program is not named: arm64 (the default), riscv64\n"
    "  --force            write over files that are there\n"
    "  -h, --help         print this\n\n"
    "The paths of the files go to stdout, all else to stderr.\n";

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
    unsigned char *tree;
    size_t tree_size;
};

/* A file to be written. */
struct output {
    const char *path;
    const void *bytes;
    size_t size;
};

/* --- the tree --- */

/* Takes out what is another one each time: the seeds of random numbers, wherever they are. */
static int drop_seeds(void *tree) {
    static const char *const seeds[] = {"rng-seed", "kaslr-seed"};

    for (int node = 0; node >= 0; node = tree_next_node(tree, node)) {
        for (size_t i = 0; i < COUNT(seeds); i++) {
            int error = fdt_delprop(tree, node, seeds[i]);

            if (error != 0 && error != -FDT_ERR_NOTFOUND)
                return error;
        }
    }
    return 0;
}

/* Clears what lies behind `size` bytes at `at`, a place in the tree, up to the next cell. */
static void clear_behind(unsigned char *tree, const void *at, int size) {
    size_t end = (size_t)((const unsigned char *)at - tree) + (size_t)size;

    memset(tree + end, 0, -end % sizeof(fdt32_t));
}

/* Clears the bytes that mean nothing, behind names and values: a seed that was moved over may still
 * be in them. */
static void clear_padding(unsigned char *tree) {
    for (int node = 0; node >= 0; node = tree_next_node(tree, node)) {
        int length = 0;
        const char *name = fdt_get_name(tree, node, &length);
        int property;

        clear_behind(tree, name, length + 1);
        fdt_for_each_property_offset(property, tree, node) {
            const void *value = fdt_getprop_by_offset(tree, property, NULL, &length);

            clear_behind(tree, value, length);
        }
    }
}

/* A copy of the tree without seeds and without room for more. */
static bool take_tree(struct init *init, const char *label, const struct file *file) {
    struct mark mark = {.file = label};
    int error = tree_check(file->bytes, file->size);

    if (error == 0) {
        size_t room = fdt_totalsize(file->bytes) + 4096;

        init->tree = arena_alloc(&init->arena, room);
        error = fdt_open_into(file->bytes, init->tree, (int)room);
    }
    if (error == 0)
        error = drop_seeds(init->tree);
    if (error == 0)
        error = fdt_pack(init->tree);
    if (error != 0) {
        rule_broken(&init->diagnostics, RULE_BOARD_TREE, mark,
                    "this is damaged or no device tree blob: %s", fdt_strerror(error));
        return false;
    }
    clear_padding(init->tree);
    init->tree_size = fdt_totalsize(init->tree);
    return true;
}

static bool read_tree(struct init *init) {
    struct file file = {0};
    const char *label = init->path != NULL ? init->path : "--qemu";

    if (init->path == NULL) {
        if (!init_qemu_parse(&init->qemu, init->qemu_command, init->arch, &init->arena,
                             &init->diagnostics) ||
            !init_qemu_dump(&init->qemu, &init->arena, &init->diagnostics))
            return false;
        file = init->qemu.tree;
    } else if (!file_read(init->path, &file, &init->arena)) {
        diagnostics_add_system(&init->diagnostics, (struct mark){.file = init->path}, "file", "%s",
                               file.why);
        return false;
    }
    if (!take_tree(init, label, &file) ||
        !survey_read(&init->survey, label, init->tree, init->tree_size, &init->diagnostics))
        return false;
    if (init->path == NULL)
        init->survey.model = init->qemu.from;
    return true;
}

/* --- the files --- */

/* Nothing that is there is replaced unless that is asked for. */
static bool check_outputs(struct init *init, const struct output *outputs, size_t count) {
    bool free = true;

    for (size_t i = 0; i < count && !init->force; i++) {
        if (access(outputs[i].path, F_OK) == 0) {
            diagnostics_add_system(&init->diagnostics, (struct mark){.file = outputs[i].path},
                                   "file",
                                   "this is there already; name another folder with -o, or say "
                                   "--force to write over it");
            free = false;
        }
    }
    return free;
}

static bool write_outputs(struct init *init, const struct output *outputs, size_t count) {
    const char *why = "";

    if (mkdir(init->folder, 0777) != 0 && errno != EEXIST) {
        diagnostics_add_system(&init->diagnostics, (struct mark){.file = init->folder}, "file",
                               "cannot make this folder: %s", strerror(errno));
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!file_write(outputs[i].path, outputs[i].bytes, outputs[i].size, &why, &init->arena)) {
            diagnostics_add_system(&init->diagnostics, (struct mark){.file = outputs[i].path},
                                   "file", "%s", why);
            return false;
        }
    }
    return true;
}

static void add_text(struct init *init, struct output *outputs, size_t *count, const char *name,
                     const char *text) {
    if (text == NULL)
        return;
    outputs[(*count)++] = (struct output){arena_printf(&init->arena, "%s/%s", init->folder, name),
                                          text, strlen(text)};
}

static size_t make_outputs(struct init *init, struct output *outputs) {
    struct arena *arena = &init->arena;
    const struct init_source source = {
        .from = init->path == NULL                 ? init->qemu.from
                : strrchr(init->path, '/') != NULL ? strrchr(init->path, '/') + 1
                                                   : init->path,
        .digest = digest_sha256(arena, init->tree, init->tree_size),
        .qemu = init->qemu.arguments,
        .qemu_count = init->qemu.argument_count,
    };
    size_t count = 1;

    if (init->folder == NULL && init->path == NULL)
        init->folder = arena_printf(arena, "qemu-%s", init->survey.board.arch);
    else if (init->folder == NULL)
        init->folder = init->survey.short_name;
    outputs[0] = (struct output){arena_printf(arena, "%s/board.dtb", init->folder), init->tree,
                                 init->tree_size};
    add_text(init, outputs, &count, "board.dtso", init_overlay_text(&init->survey, arena));
    add_text(init, outputs, &count, "board.yaml", init_board_text(&init->survey, &source, arena));
    add_text(init, outputs, &count, "system.yaml", init_system_text(&init->survey, arena));
    return count;
}

/* --- what is said --- */

/* What Bulkhead lacks on this board; else what `check` would say, but for the missing images. */
static void warn(struct init *init, const char *system) {
    const struct diagnostics *lacks = &init->survey.lacks;
    struct mark mark = {.file = init->folder};
    struct options options = {0};
    struct compiled compiled = {0};
    struct diagnostics found = {0};

    if (init->qemu.left_out != NULL && init->qemu.left_out[0] != '\0')
        diagnostics_add(&init->diagnostics, SEVERITY_WARNING, (struct mark){.file = "--qemu"},
                        "qemu", "left out of the board, as each run gives it anew: %s",
                        init->qemu.left_out);
    for (size_t i = 0; i < lacks->count; i++)
        diagnostics_add(&init->diagnostics, SEVERITY_WARNING, mark, lacks->items[i].rule, "%s",
                        lacks->items[i].message);
    if (lacks->count == 0)
        compile(&compiled, options_request(&options, system), &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct diagnostic *item = &found.items[i];

        if (strcmp(item->rule, rule_info(RULE_FILE_MISSING)->name) != 0)
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
            survey->board.machine.cpu_count == 1 ? "" : "s", init_cpus_text(survey, &init->arena),
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
    struct output outputs[FILES_MAX];
    size_t count = make_outputs(init, outputs);

    if (!check_outputs(init, outputs, count) || !write_outputs(init, outputs, count))
        return;
    summarize(init);
    warn(init, outputs[count - 1].path);
    for (size_t i = 0; i < count; i++)
        puts(outputs[i].path);
}

/* --- the command --- */

enum { OPTION_QEMU = OPTION_OWN, OPTION_ARCH, OPTION_FORCE };

/* True: go on. Else *code is the exit code. */
static bool parse(struct init *init, int argc, char **argv, int *code) {
    static const struct option long_options[] = {{"output", required_argument, NULL, 'o'},
                                                 {"help", no_argument, NULL, 'h'},
                                                 {"qemu", required_argument, NULL, OPTION_QEMU},
                                                 {"arch", required_argument, NULL, OPTION_ARCH},
                                                 {"force", no_argument, NULL, OPTION_FORCE},
                                                 {0}};
    int option;

    *code = EXIT_CODE_USAGE;
    optind = 1;
    while ((option = getopt_long(argc, argv, "o:h", long_options, NULL)) != -1) {
        if (option == 'o') {
            init->folder = optarg;
        } else if (option == OPTION_QEMU) {
            init->qemu_command = optarg;
        } else if (option == OPTION_ARCH && optarg != NULL) {
            init->arch = optarg;
        } else if (option == OPTION_FORCE) {
            init->force = true;
        } else if (option == 'h') {
            fputs(help, stdout);
            *code = EXIT_CODE_OK;
            return false;
        } else {
            fprintf(stderr, "bulkhead: see bulkhead init --help\n");
            return false;
        }
    }
    init->path = optind < argc ? argv[optind] : NULL;
    if (optind + 1 < argc || (init->path == NULL) == (init->qemu_command == NULL)) {
        fprintf(stderr, "bulkhead: init takes one device tree, or --qemu; see bulkhead init "
                        "--help\n");
        return false;
    }
    if (strcmp(init->arch, "arm64") != 0 && strcmp(init->arch, "riscv64") != 0) {
        fprintf(stderr, "bulkhead: --arch is arm64 or riscv64, not '%s'\n", init->arch);
        return false;
    }
    return true;
}

int command_init(int argc, char **argv) {
    struct init init = {.arch = "arm64"};
    int code = EXIT_CODE_OK;

    if (parse(&init, argc, argv, &code)) {
        if (read_tree(&init))
            write_all(&init);
        diagnostics_print(&init.diagnostics, stderr);
        code = (int)diagnostics_exit_code(&init.diagnostics);
    }
    survey_close(&init.survey);
    diagnostics_free(&init.diagnostics);
    arena_free(&init.arena);
    return code;
}
