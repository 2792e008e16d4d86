/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/init/init_qemu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/base/process.h"
#include "tool/format/schema.h"
#include "tool/run/run_qemu.h"

#define SECONDS 60

static const struct mark here = {.file = "--qemu"};

/* --- the command line --- */

/* The next word of a command line, without its quotes; NULL at the end. *closed: they all were. */
static const char *next_word(const char **at, bool *closed, struct arena *arena) {
    char *word = arena_alloc(arena, strlen(*at) + 1);
    size_t length = 0;
    char quote = '\0';

    *at += strspn(*at, " \t\n");
    if (**at == '\0')
        return NULL;
    for (; **at != '\0' && (quote != '\0' || strchr(" \t\n", **at) == NULL); (*at)++) {
        if (quote == '\0' && (**at == '\'' || **at == '"'))
            quote = **at;
        else if (**at == quote)
            quote = '\0';
        else if (**at == '\\' && quote != '\'' && (*at)[1] != '\0')
            word[length++] = *++*at;
        else
            word[length++] = **at;
    }
    *closed = *closed && quote == '\0';
    return word;
}

/* Whether an option without its dashes is no part of the machine, but given at each run by the one
 * who runs it, and whether it takes the word behind it along. */
static bool is_left_out(const char *option, bool *has_value) {
    *has_value = schema_is_choice(
        "display|monitor|kernel|initrd|append|dtb|gdb|D|d|pidfile|qmp|chardev", option);
    return *has_value || schema_is_choice("nographic|S|s|daemonize", option);
}

static void add(struct init_qemu *qemu, const char *argument) {
    *ARENA_ADD(qemu->arena, qemu->arguments, qemu->argument_count) = argument;
}

/* The machine's properties without those that only concern its tree. */
static const char *clean_machine(const char *value, struct arena *arena) {
    static const char *const names[] = {"dumpdtb=", "dtb-randomness=", "dtb-kaslr-seed="};
    struct text text = {.arena = arena};
    char *rest = arena_strdup(arena, value);

    for (const char *part; (part = strsep(&rest, ",")) != NULL;) {
        bool dropped = false;

        for (size_t i = 0; i < COUNT(names); i++)
            dropped = dropped || strncmp(part, names[i], strlen(names[i])) == 0;
        if (!dropped)
            text_list(&text, ",", "%s", part);
    }
    return text_get(&text);
}

/* Takes one option, and the word behind it if it needs that. */
static void take_option(struct init_qemu *qemu, const char *word, const char **rest, bool *closed) {
    struct arena *arena = qemu->arena;
    const char *option = word + strspn(word, "-");
    bool has_value = false;

    if (word[0] == '-' && is_left_out(option, &has_value)) {
        const char *value = has_value ? next_word(rest, closed, arena) : NULL;

        text_list(&qemu->left_out, " ", "%s", word);
        if (value != NULL)
            text_add(&qemu->left_out, " %s", value);
    } else if (word[0] == '-' && strcmp(option, "serial") == 0) {
        (void)next_word(rest, closed, arena);
        add(qemu, "-serial");
        add(qemu, "null");
    } else if (word[0] == '-' && (strcmp(option, "machine") == 0 || strcmp(option, "M") == 0)) {
        const char *value = next_word(rest, closed, arena);

        add(qemu, "-machine");
        add(qemu, clean_machine(value == NULL ? "" : value, arena));
    } else {
        add(qemu, word);
    }
}

/* The place of an option's value among the arguments; 0: it is not there. */
static size_t find_value(const struct init_qemu *qemu, const char *option) {
    for (size_t i = 0; i + 1 < qemu->argument_count; i++)
        if (strcmp(qemu->arguments[i], option) == 0)
            return i + 1;
    return 0;
}

/* The program that is meant: of QEMU's own names the one in our cache, if it is there; NULL: one
 * for machines of which none is a board. */
static const char *find_program(const char *word, const char *arch, struct arena *arena) {
    static const char prefix[] = "qemu-system-";

    if (word != NULL && strncmp(word, prefix, strlen(prefix)) != 0)
        return word;
    if (word != NULL)
        arch = word + strlen(prefix);
    if (strcmp(arch, "aarch64") == 0)
        arch = "arm64";
    if (strcmp(arch, "arm64") != 0 && strcmp(arch, "riscv64") != 0)
        return NULL;
    return qemu_find(arch, arena);
}

/* Says what is wrong; false. */
static bool refuse(const struct init_qemu *qemu, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(const struct init_qemu *qemu, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    diagnostics_vadd(qemu->diagnostics, SEVERITY_ERROR, here, "qemu", format, arguments);
    va_end(arguments);
    return false;
}

bool init_qemu_parse(struct init_qemu *qemu, const char *command, const char *arch) {
    struct arena *arena = qemu->arena;
    bool closed = true;
    bool nodefaults = false;
    const char *word = next_word(&command, &closed, arena);

    qemu->left_out.arena = arena;
    bool named = word != NULL && word[0] != '-';
    qemu->program = find_program(named ? word : NULL, arch, arena);
    if (named)
        word = next_word(&command, &closed, arena);
    for (; word != NULL; word = next_word(&command, &closed, arena))
        take_option(qemu, word, &command, &closed);
    if (qemu->program == NULL)
        return refuse(qemu, "Bulkhead runs on arm64 and riscv64; give a machine of "
                            "qemu-system-aarch64 or qemu-system-riscv64");
    if (!closed)
        return refuse(qemu, "a quote is not closed in what is given to it");
    if (find_value(qemu, "-machine") == 0)
        return refuse(qemu, "no machine is named; write, say, --qemu '-machine virt -smp 4 -m 2G'");
    for (size_t i = 0; i < qemu->argument_count; i++)
        nodefaults = nodefaults || strcmp(qemu->arguments[i], "-nodefaults") == 0;
    if (!nodefaults)
        add(qemu, "-nodefaults");
    return true;
}

/* --- QEMU --- */

/* Runs QEMU on the machine with some more properties of it. */
static bool run(const struct init_qemu *qemu, const char *properties, struct process *process) {
    const char **argv = arena_alloc(qemu->arena, (qemu->argument_count + 4) * sizeof(*argv));
    size_t machine = find_value(qemu, "-machine");
    size_t count = 0;

    argv[count++] = qemu->program;
    for (size_t i = 0; i < qemu->argument_count; i++)
        argv[count++] = qemu->arguments[i];
    argv[machine + 1] = arena_printf(qemu->arena, "%s,%s", argv[machine + 1], properties);
    argv[count++] = "-display";
    argv[count] = "none";
    return process_run(argv, NULL, SECONDS, process, qemu->arena);
}

/* QEMU's messages, on one line. */
static const char *words_of(const struct process *process, struct arena *arena) {
    struct text text = {.arena = arena};
    char *rest = arena_strdup(arena, process->errors);

    for (const char *line; (line = strsep(&rest, "\n")) != NULL;)
        if (line[0] != '\0')
            text_list(&text, " ", "%s", line);
    return text.size == 0 ? "it says nothing" : text_get(&text);
}

/* "QEMU 10.0.2 virt" */
static void read_version(struct init_qemu *qemu) {
    const char *const argv[] = {qemu->program, "--version", NULL};
    const char *machine = qemu->arguments[find_value(qemu, "-machine")];
    static const char word[] = " version ";
    struct process process;
    const char *version = NULL;

    if (process_run(argv, NULL, SECONDS, &process, qemu->arena))
        version = strstr((const char *)process.output, word);
    version = version == NULL ? "" : version + strlen(word);
    qemu->from = arena_printf(qemu->arena, "QEMU %.*s %.*s", (int)strspn(version, "0123456789."),
                              version, (int)strcspn(machine, ","), machine);
}

/* Says why there is no tree; false, as there is none. */
static bool say_why(const struct init_qemu *qemu, bool started, const struct process *process) {
    if (!started || (process->code == 127 && process->errors[0] == '\0')) {
        diagnostics_add_system(qemu->diagnostics, here, "qemu",
                               "cannot run %s; install QEMU, or name its program first",
                               qemu->program);
        return false;
    }
    if (process->timed_out)
        return refuse(qemu,
                      "QEMU ran for %d s and wrote no tree; give the machine's own tree instead",
                      SECONDS);
    if (process->code != 0)
        return refuse(qemu, "QEMU refuses this: %s", words_of(process, qemu->arena));
    return refuse(qemu,
                  "QEMU wrote no tree, so this machine has none of its own (%s); give the "
                  "machine's tree as a file",
                  words_of(process, qemu->arena));
}

bool init_qemu_dump(struct init_qemu *qemu) {
    struct arena *arena = qemu->arena;
    const char *folder = getenv("TMPDIR");
    char *path = arena_printf(arena, "%s/bulkhead-init-XXXXXX", folder != NULL ? folder : P_tmpdir);
    struct process process = {0};
    /* QEMU takes a comma for the end of the path. */
    int file = strchr(path, ',') == NULL ? mkstemp(path) : -1;

    if (file < 0) {
        diagnostics_add_system(qemu->diagnostics, here, "file", "cannot make a temporary file, %s",
                               path);
        return false;
    }
    close(file);
    /* Not every machine, and no old QEMU, can leave the seeds out. */
    const char *dump = arena_printf(arena, "dumpdtb=%s", path);
    bool started = run(qemu, arena_printf(arena, "dtb-randomness=off,%s", dump), &process);
    if (started && process.code != 0 && strstr(process.errors, "dtb-randomness") != NULL)
        started = run(qemu, dump, &process);
    bool there =
        started && process.code == 0 && file_read(path, &qemu->tree, arena) && qemu->tree.size != 0;
    unlink(path);
    if (!there)
        return say_why(qemu, started, &process);
    read_version(qemu);
    return true;
}
