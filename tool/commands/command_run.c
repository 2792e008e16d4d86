/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/commands/commands.h"

#include <assert.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/base/file.h"
#include "tool/base/process.h"
#include "tool/base/program.h"
#include "tool/commands/options.h"
#include "tool/console/terminal.h"
#include "tool/image/compile.h"
#include "tool/report/diagnostics.h"
#include "tool/run/run_console.h"
#include "tool/run/run_pace.h"
#include "tool/run/run_qemu.h"
#include "tool/show/shown.h"

static_assert(COMPILED_LINES_MAX >= QEMU_LINES_MAX, "each line has an owner, or none");

struct run_options {
    struct options shared;
    const char *system; /* NULL: none, only a board is asked for */
    bool plain;
    struct qemu_config qemu; /* is_shown: it is to be printed, and not to be run */
};

static const char usage[] =
    "usage: bulkhead run [OPTION...] SYSTEM.yaml [-- QEMU arguments]\n"
    "       bulkhead run --print-command [OPTION...] [SYSTEM.yaml|SYSTEM.img] [-- QEMU "
    "arguments]\n\n"
    "Builds the system and runs it in QEMU, with its VMs' consoles on this terminal.\n";

static const char more[] =
    "\nOn a terminal, Ctrl-] opens a menu: switch VM, quit, help, break Linux.\n"
    "The exit code is QEMU's, as a shell has it (127: QEMU cannot be run).\n";

static bool take_icount(void *context, const char *how) {
    struct run_options *options = context;

    static const char *const words[] = {
        [QEMU_CLOCK_PACED] = "on", [QEMU_CLOCK_EXACT] = "exact", [QEMU_CLOCK_WALL] = "off"};

    for (size_t clock = 0; clock < COUNT(words); clock++) {
        options->qemu.clock = (enum qemu_clock)clock;
        if (strcmp(words[clock], how == NULL ? "exact" : how) == 0)
            return true;
    }
    fprintf(stderr, "bulkhead run: --icount is on, exact or off, not '%s'\n", how);
    return false;
}

static bool take_gdb(void *context, const char *port) {
    struct run_options *options = context;
    char *end;
    unsigned long number = port == NULL ? 1234 : strtoul(port, &end, 10);

    if (port != NULL && (*port < '0' || *port > '9' || *end || number == 0 || number > 65535)) {
        fprintf(stderr, "bulkhead run: --gdb takes a TCP port, not '%s'\n", port);
        return false;
    }
    options->qemu.gdb = arena_printf(&options->shared.arena, "tcp:127.0.0.1:%lu", number);
    return true;
}

/* Arguments behind `--` are QEMU's; getopt alone would not tell them from our own. */
static int split_extra(struct run_options *options, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            options->qemu.extra = argv + i + 1;
            options->qemu.extra_count = (size_t)(argc - i - 1);
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
        {"print-command", 0, NULL,
         "print QEMU's command line for a shell, and run nothing: of an image, of the one that "
         "`bulkhead build` makes of a description (-o FILE, or system.img), or with --board alone "
         "of a machine without any",
         .flag = &options->qemu.is_shown},
        OPTIONS_OUTPUT(&options->shared, "with --print-command, the image's name"),
        {"qemu", 0, "FILE", "the QEMU to run (default: the one in the cache, or in PATH)",
         .into = &options->qemu.program},
    };

    if (!options_parse(rows, COUNT(rows), usage, more, own, argv, code))
        return false;
    options->system = own == optind ? NULL : argv[optind];
    if (own - optind == 1 ||
        (own == optind && options->qemu.is_shown && options->shared.request.reading.board != NULL))
        return true;
    *code = options_refuse("run", "takes one file");
    return false;
}

/*
 * The library that makes deadlines exact while time is paced (run_pace.h); NULL if it is not
 * wanted, or cannot be had: the loader splits its list of libraries at blanks and colons.
 */
static const char *pace_library(struct run_options *options) {
    if (options->qemu.clock != QEMU_CLOCK_PACED)
        return NULL;
    const char *path = arena_printf(&options->shared.arena, "%s/" PACE_LIBRARY,
                                    program_folder(&options->shared.arena));
    if (access(path, R_OK) == 0 && strpbrk(path, " :") == NULL)
        return path;
    fprintf(stderr, "bulkhead run: without %s, the host's delays show in deadlines\n", path);
    return NULL;
}

/* QEMU's command line for the board. */
static const char *const *arguments_of(struct run_options *options, const struct board *board,
                                       const char *kernel) {
    struct qemu_config *qemu = &options->qemu;

    if (qemu->program == NULL)
        qemu->program = qemu_find(board->arch, &options->shared.arena);
    qemu->preload = pace_library(options);
    qemu->board = board->qemu;
    qemu->board_count = board->qemu_count;
    qemu->kernel = kernel;
    return qemu_arguments(qemu, &options->shared.arena);
}

/* Opens the board of an image, of a description, or the one of --board alone; and *kernel. */
static void find_board(struct run_options *options, struct compiled *compiled,
                       struct diagnostics *diagnostics, const char **kernel) {
    struct options *shared = &options->shared;
    struct compile_request *request = &shared->request;
    struct mark mark = {.file = options->system};
    const char *name = request->reading.board;
    struct shown shown = {0};
    struct file file = {0};

    if (options->system != NULL && !file_read(options->system, &file, &shared->arena)) {
        diagnostics_add_system(diagnostics, mark, "file", "%s", file.why);
        return;
    }
    if (options->system != NULL && !shown_is_image(file.bytes, file.size)) {
        *kernel = shared->output == NULL ? "system.img" : shared->output;
        request->no_images = true;
        compile(compiled, request, diagnostics);
        return;
    }
    *kernel = options->system;
    const char *why = *kernel == NULL ? NULL : shown_open(&shown, file.bytes, file.size);
    if (name == NULL && shown.manifest.board != NULL)
        name = arena_strdup(&shared->arena, shown.manifest.board);
    shown_close(&shown);
    if (why == NULL && name == NULL)
        why = "it does not say for which board it is; name that with --board";
    if (why != NULL)
        diagnostics_add(diagnostics, SEVERITY_ERROR, mark, "image", "%s", why);
    else
        board_open(&compiled->board, name, request->reading.boards, diagnostics);
}

/* Starts QEMU on the image and serves the user until the end. */
static int run_machine(struct run_options *options, const struct compiled *compiled) {
    const struct board *board = &compiled->board;
    const char *const *arguments = arguments_of(options, board, QEMU_IMAGE);
    int image = process_file(compiled->image, compiled->image_size);
    struct qemu qemu;

    if (image < 0 ||
        !qemu_start(&qemu, arguments, qemu_line_count(board->qemu, board->qemu_count), image)) {
        fprintf(stderr, "bulkhead run: cannot start %s: %s\n", options->qemu.program,
                strerror(errno));
        return EXIT_CODE_SYSTEM;
    }
    close(image);
    if (options->qemu.gdb != NULL)
        fprintf(stderr, "bulkhead run: waiting for gdb: target remote %s\n", options->qemu.gdb + 4);
    struct run_console_config config = {
        .qemu = &qemu,
        .names = compiled->vm_names,
        .consoles = compiled->vm_consoles,
        .count = compiled->vm_count,
        .plain = options->plain || !terminal_is_interactive(),
    };
    for (size_t i = 0; i < QEMU_LINES_MAX; i++)
        config.lines[i] = (struct run_line){compiled->lines[i].vm, compiled->lines[i].is_console};
    int code = run_console(&config);
    if (qemu.exited && code == 127)
        fprintf(stderr, "bulkhead run: cannot run %s; install QEMU, or name it with --qemu\n",
                options->qemu.program);
    else if (qemu.exited && code != 0)
        fprintf(stderr, "bulkhead run: QEMU ended with code %d\n", code);
    qemu_kill(&qemu);
    return code;
}

static int run(struct run_options *options) {
    struct compiled compiled = {0};
    struct diagnostics diagnostics = {0};
    const struct compile_request *request = options_request(&options->shared, options->system);
    const char *kernel = NULL;

    options->shared.request.emit = !options->qemu.is_shown;
    if (options->qemu.is_shown)
        find_board(options, &compiled, &diagnostics, &kernel);
    else
        compile(&compiled, request, &diagnostics);
    int code = diagnostics_finish(&diagnostics);
    if (code == EXIT_CODE_OK && compiled.board.qemu_count == 0) {
        fprintf(stderr, "bulkhead run: %s has no `qemu:`, so QEMU cannot be this board\n",
                compiled.board.file);
        code = EXIT_CODE_DESCRIPTION;
    } else if (code == EXIT_CODE_OK && options->qemu.is_shown) {
        qemu_print(stdout, arguments_of(options, &compiled.board, kernel));
        if (fflush(stdout) != 0) {
            fprintf(stderr, "bulkhead run: cannot write to the standard output: %s\n",
                    strerror(errno));
            code = EXIT_CODE_SYSTEM;
        }
    } else if (code == EXIT_CODE_OK) {
        code = run_machine(options, &compiled);
    }
    compiled_free(&compiled);
    return code;
}

int command_run(int argc, char **argv) {
    struct run_options options = {.qemu = {.clock = QEMU_CLOCK_PACED}};
    int code;

    setlocale(LC_CTYPE, "");
    if (parse(&options, argc, argv, &code))
        code = run(&options);
    options_free(&options.shared);
    return code;
}
