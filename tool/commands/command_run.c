/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/commands/commands.h"

#include <assert.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/base/array.h"
#include "tool/base/program.h"
#include "tool/commands/options.h"
#include "tool/console/console_mux.h"
#include "tool/console/terminal.h"
#include "tool/image/compile.h"
#include "tool/report/diagnostics.h"
#include "tool/run/run_console.h"
#include "tool/run/run_pace.h"
#include "tool/run/run_qemu.h"

#define PATH_SIZE 512

static_assert(COMPILED_LINES_MAX >= QEMU_LINES_MAX, "each line has an owner, or none");

struct run_options {
    struct options shared;
    const char *system;
    const char *qemu; /* NULL: ours or PATH's */
    const char *gdb;  /* as QEMU takes it; NULL: no debugger */
    enum qemu_clock clock;
    bool plain;
    char **extra;
    size_t extra_count;
};

/* What is in the file system because of us. */
struct workspace {
    char folder[PATH_SIZE];
    char image[PATH_SIZE + 32];
    char manifest[PATH_SIZE + 48];
};

static const char usage[] =
    "usage: bulkhead run [OPTION...] SYSTEM.yaml [-- QEMU arguments]\n\n"
    "Builds the system and runs it in QEMU, with its VMs' consoles on this terminal.\n";

static const char more[] =
    "\nOn a terminal, Ctrl-] opens a menu: switch VM, quit, help, break Linux.\n"
    "The exit code is QEMU's, as a shell has it (127: QEMU cannot be run).\n";

static bool take_icount(void *context, const char *how) {
    struct run_options *options = context;

    if (!how || strcmp(how, "exact") == 0)
        options->clock = QEMU_CLOCK_EXACT;
    else if (strcmp(how, "on") == 0)
        options->clock = QEMU_CLOCK_PACED;
    else if (strcmp(how, "off") == 0)
        options->clock = QEMU_CLOCK_WALL;
    else {
        fprintf(stderr, "bulkhead run: --icount is on, exact or off, not '%s'\n", how);
        return false;
    }
    return true;
}

static bool take_gdb(void *context, const char *port) {
    struct run_options *options = context;
    char *end;
    unsigned long number = port ? strtoul(port, &end, 10) : 1234;

    if (port && (*port < '0' || *port > '9' || *end || number == 0 || number > 65535)) {
        fprintf(stderr, "bulkhead run: --gdb takes a TCP port, not '%s'\n", port);
        return false;
    }
    options->gdb = arena_printf(&options->shared.arena, "tcp:127.0.0.1:%lu", number);
    return true;
}

/* What follows `--` is QEMU's; getopt alone would not tell it from our own argument. */
static int split_extra(struct run_options *options, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            options->extra = argv + i + 1;
            options->extra_count = (size_t)(argc - i - 1);
            return i;
        }
    }
    return argc;
}

/* True: go on. Else *code is the exit code. */
static bool parse(struct run_options *options, int argc, char **argv, int *code) {
    int own = split_extra(options, argc, argv);
    const struct option_row rows[] = {
        OPTIONS_COMPILE(&options->shared),
        {"gdb", 0, "[=PORT]", "wait for gdb on this TCP port of the local host (1234)",
         .take = take_gdb, .context = options},
        {"icount", 0, "[=HOW]",
         "how time goes: `on` (the default): an instruction is a nanosecond, idle time is real; "
         "`exact` (or nothing): idle time is skipped, and each run is the same; `off`: the host's "
         "time",
         .take = take_icount, .context = options},
        {"plain", 0, NULL,
         "prefixed lines instead of a terminal (the default in a pipe); what is read goes to the "
         "machine as it is",
         .flag = &options->plain},
        {"qemu", 0, "FILE", "the QEMU to run (default: the one in the cache, or in PATH)",
         .into = &options->qemu},
    };

    if (!options_parse(rows, COUNT(rows), usage, more, own, argv, code))
        return false;
    if (own - optind != 1)
        *code = options_refuse("run", "takes one file");
    options->system = argv[optind];
    return own - optind == 1;
}

static bool make_workspace(struct workspace *workspace) {
    const char *folder = getenv("TMPDIR");

    int size = snprintf(workspace->folder, sizeof(workspace->folder), "%s/bulkhead-run-XXXXXX",
                        folder && *folder ? folder : P_tmpdir);
    bool fits = size > 0 && (size_t)size < sizeof(workspace->folder);
    if (!fits || !mkdtemp(workspace->folder)) {
        fprintf(stderr, "bulkhead run: no temporary directory: %s\n",
                fits ? strerror(errno) : "its name is too long");
        workspace->folder[0] = 0;
        return false;
    }
    snprintf(workspace->image, sizeof(workspace->image), "%s/system.img", workspace->folder);
    snprintf(workspace->manifest, sizeof(workspace->manifest), "%s.manifest", workspace->image);
    return true;
}

static void remove_workspace(void *context) {
    struct workspace *workspace = context;

    if (workspace->folder[0] == 0)
        return;
    unlink(workspace->image);
    unlink(workspace->manifest);
    rmdir(workspace->folder);
    workspace->folder[0] = 0;
}

static int exit_code_of(enum run_end end, const struct qemu *qemu) {
    switch (end) {
    case RUN_END_MACHINE:
        if (qemu_exit_code(qemu) != 0)
            fprintf(stderr, "bulkhead run: QEMU ended with code %d\n", qemu_exit_code(qemu));
        return qemu_exit_code(qemu);
    case RUN_END_QUIT:
    case RUN_END_OUTPUT:
        return EXIT_CODE_OK;
    case RUN_END_SIGNAL:
        return 128 + run_signals_stop();
    case RUN_END_HALTED:
        return EXIT_CODE_DESCRIPTION;
    default:
        fprintf(stderr, "bulkhead run: no memory, or no terminal\n");
        return EXIT_CODE_SYSTEM;
    }
}

/*
 * The library that makes deadlines exact while time is paced (run_pace.h); NULL if it isn't wanted,
 * or can't be had: the loader splits its list of libraries at blanks and colons.
 */
static const char *pace_library(struct run_options *options) {
    if (options->clock != QEMU_CLOCK_PACED)
        return NULL;
    const char *path = arena_printf(&options->shared.arena, "%s/" PACE_LIBRARY,
                                    program_folder(&options->shared.arena));
    if (access(path, R_OK) == 0 && !strpbrk(path, " :"))
        return path;
    fprintf(stderr, "bulkhead run: without %s, the host's delays show in deadlines\n", path);
    return NULL;
}

/* Start QEMU on the image and serve the user until the end. */
static int run_machine(struct run_options *options, const struct compiled *compiled,
                       struct workspace *workspace, const char *program) {
    const struct board *board = &compiled->board;
    size_t lines = qemu_line_count(board->qemu, board->qemu_count);
    struct qemu qemu;
    const char **arguments = qemu_arguments(&(struct qemu_config){
        .program = program,
        .board = board->qemu,
        .board_count = board->qemu_count,
        .kernel = workspace->image,
        .clock = options->clock,
        .gdb = options->gdb,
        .extra = options->extra,
        .extra_count = options->extra_count,
    });

    if (!arguments || !qemu_start(&qemu, arguments, lines, pace_library(options))) {
        fprintf(stderr, "bulkhead run: cannot start %s: %s\n", program, strerror(errno));
        free(arguments);
        return EXIT_CODE_SYSTEM;
    }
    free(arguments);
    if (options->gdb)
        fprintf(stderr, "bulkhead run: waiting for gdb: target remote %s\n", options->gdb + 4);
    struct run_console_config config = {
        .qemu = &qemu,
        .names = compiled->vm_names,
        .consoles = compiled->vm_consoles,
        .count = compiled->vm_count,
        .plain = options->plain,
        .first_output = remove_workspace, /* the image is in the machine's memory by then */
        .context = workspace,
    };
    for (size_t i = 0; i < QEMU_LINES_MAX; i++)
        config.lines[i] = (struct run_line){compiled->lines[i].vm, compiled->lines[i].is_console};
    enum run_end end = run_console(&config);
    qemu_kill(&qemu);
    return exit_code_of(end, &qemu);
}

static int build_and_run(struct run_options *options) {
    struct compiled compiled = {0};
    struct workspace workspace = {0};
    char *found = NULL;
    int code = EXIT_CODE_SYSTEM;

    options->shared.request.emit = true;
    if (make_workspace(&workspace))
        code = (int)compile_to_file(&compiled, options_request(&options->shared, options->system),
                                    workspace.image);
    if (workspace.folder[0] && code == EXIT_CODE_OK) {
        if (!options->qemu)
            found = qemu_find(compiled.board.arch);
        const char *program = options->qemu ? options->qemu : found;
        if (run_signals_stop())
            code = 128 + run_signals_stop();
        else
            code = run_machine(options, &compiled, &workspace, program);
    }
    remove_workspace(&workspace);
    compiled_free(&compiled);
    free(found);
    return code;
}

int command_run(int argc, char **argv) {
    struct run_options options = {.clock = QEMU_CLOCK_PACED};
    int code;

    setlocale(LC_CTYPE, "");
    if (parse(&options, argc, argv, &code)) {
        options.plain = options.plain || !terminal_is_interactive();
        if (run_signals_install()) {
            code = build_and_run(&options);
        } else {
            fprintf(stderr, "bulkhead run: %s\n", strerror(errno));
            code = EXIT_CODE_SYSTEM;
        }
    }
    options_free(&options.shared);
    return code;
}
