/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/init/init_qemu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/base/array.h"
#include "tool/base/process.h"
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

/* What is no part of the machine: given at each run, by the one who runs it. */
static const struct {
    const char *name;
    bool has_value;
} not_the_machine[] = {
    {"nographic", false}, {"display", true}, {"monitor", true}, {"kernel", true},
    {"initrd", true},     {"append", true},  {"dtb", true},     {"S", false},
    {"s", false},         {"gdb", true},     {"D", true},       {"d", true},
    {"daemonize", false}, {"pidfile", true}, {"qmp", true},     {"chardev", true},
};

/* Whether an option without its dashes is one of those, and takes the word behind it along. */
static bool is_left_out(const char *option, bool *has_value) {
    for (size_t i = 0; i < COUNT(not_the_machine); i++) {
        if (strcmp(not_the_machine[i].name, option) == 0) {
            *has_value = not_the_machine[i].has_value;
            return true;
        }
    }
    return false;
}

static void add(struct init_qemu *qemu, const char *argument, struct arena *arena) {
    *ARENA_ADD(arena, qemu->arguments, qemu->argument_count) = argument;
}

/* The machine's properties without those that only concern its tree. */
static const char *clean_machine(const char *value, struct arena *arena) {
    static const char *const names[] = {"dumpdtb=", "dtb-randomness=", "dtb-kaslr-seed="};
    const char *text = "";

    while (*value != '\0') {
        size_t length = strcspn(value, ",");
        bool dropped = false;

        for (size_t i = 0; i < COUNT(names); i++)
            dropped = dropped || strncmp(value, names[i], strlen(names[i])) == 0;
        if (!dropped)
            text = arena_printf(arena, "%s%s%.*s", text, text[0] == '\0' ? "" : ",", (int)length,
                                value);
        value += length;
        value += *value == ',';
    }
    return text;
}

/* Takes one option, and the word behind it if it needs that. */
static void take_option(struct init_qemu *qemu, const char *word, const char **rest, bool *closed,
                        struct arena *arena) {
    const char *option = word + strspn(word, "-");
    bool has_value = false;

    if (word[0] == '-' && is_left_out(option, &has_value)) {
        const char *value = has_value ? next_word(rest, closed, arena) : NULL;

        qemu->left_out =
            arena_printf(arena, "%s%s%s%s%s", qemu->left_out, qemu->left_out[0] == '\0' ? "" : " ",
                         word, value == NULL ? "" : " ", value == NULL ? "" : value);
    } else if (word[0] == '-' && strcmp(option, "serial") == 0) {
        (void)next_word(rest, closed, arena);
        add(qemu, "-serial", arena);
        add(qemu, "null", arena);
    } else if (word[0] == '-' && (strcmp(option, "machine") == 0 || strcmp(option, "M") == 0)) {
        const char *value = next_word(rest, closed, arena);

        add(qemu, "-machine", arena);
        add(qemu, clean_machine(value == NULL ? "" : value, arena), arena);
    } else {
        add(qemu, word, arena);
    }
}

/* The place of an option's value among the arguments; 0: it is not there. */
static size_t find_value(const struct init_qemu *qemu, const char *option) {
    for (size_t i = 0; i + 1 < qemu->argument_count; i++)
        if (strcmp(qemu->arguments[i], option) == 0)
            return i + 1;
    return 0;
}

/* The program that is meant: of QEMU's own names the one in our cache, if it is there. */
static const char *find_program(const char *word, const char *arch, struct arena *arena) {
    static const char prefix[] = "qemu-system-";

    if (word != NULL && strcmp(word, "qemu-system-aarch64") == 0)
        arch = "arm64";
    else if (word != NULL && strncmp(word, prefix, strlen(prefix)) == 0)
        arch = word + strlen(prefix);
    else if (word != NULL)
        return word;
    return qemu_find(arch, arena);
}

bool init_qemu_parse(struct init_qemu *qemu, const char *command, const char *arch,
                     struct arena *arena, struct diagnostics *diagnostics) {
    bool closed = true;
    bool nodefaults = false;
    const char *word = next_word(&command, &closed, arena);

    *qemu = (struct init_qemu){.left_out = "", .from = "QEMU"};
    bool named = word != NULL && word[0] != '-';
    qemu->program = find_program(named ? word : NULL, arch, arena);
    if (named)
        word = next_word(&command, &closed, arena);
    for (; word != NULL; word = next_word(&command, &closed, arena))
        take_option(qemu, word, &command, &closed, arena);
    if (!closed) {
        diagnostics_add(diagnostics, SEVERITY_ERROR, here, "qemu",
                        "a quote is not closed in what is given to it");
        return false;
    }
    if (find_value(qemu, "-machine") == 0) {
        diagnostics_add(diagnostics, SEVERITY_ERROR, here, "qemu",
                        "no machine is named; write, say, --qemu '-machine virt -smp 4 -m 2G'");
        return false;
    }
    for (size_t i = 0; i < qemu->argument_count; i++)
        nodefaults = nodefaults || strcmp(qemu->arguments[i], "-nodefaults") == 0;
    if (!nodefaults)
        add(qemu, "-nodefaults", arena);
    return true;
}

/* --- QEMU --- */

/* Runs QEMU on the machine with some more properties of it. */
static bool run(const struct init_qemu *qemu, const char *properties, struct process *process,
                struct arena *arena) {
    const char **argv = arena_alloc(arena, (qemu->argument_count + 4) * sizeof(*argv));
    size_t machine = find_value(qemu, "-machine");
    size_t count = 0;

    argv[count++] = qemu->program;
    for (size_t i = 0; i < qemu->argument_count; i++)
        argv[count++] = qemu->arguments[i];
    argv[machine + 1] = arena_printf(arena, "%s,%s", argv[machine + 1], properties);
    argv[count++] = "-display";
    argv[count] = "none";
    return process_run(argv, NULL, SECONDS, process, arena);
}

/* What QEMU said, on one line. */
static const char *words_of(const struct process *process, struct arena *arena) {
    char *text = arena_strdup(arena, process->errors);
    size_t length = strlen(text);

    while (length != 0 && (text[length - 1] == '\n' || text[length - 1] == ' '))
        text[--length] = '\0';
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\n')
            *at = ' ';
    return length == 0 ? "it says nothing" : text;
}

/* "QEMU 10.0.2 virt" */
static void read_version(struct init_qemu *qemu, struct arena *arena) {
    const char *const argv[] = {qemu->program, "--version", NULL};
    const char *machine = qemu->arguments[find_value(qemu, "-machine")];
    static const char word[] = " version ";
    struct process process;
    const char *version = NULL;

    if (process_run(argv, NULL, SECONDS, &process, arena))
        version = strstr((const char *)process.output, word);
    version = version == NULL ? "" : version + strlen(word);
    qemu->from = arena_printf(arena, "QEMU %.*s %.*s", (int)strspn(version, "0123456789."), version,
                              (int)strcspn(machine, ","), machine);
}

/* Says why there is no tree; false, as there is none. */
static bool refuse(const struct init_qemu *qemu, bool started, const struct process *process,
                   struct arena *arena, struct diagnostics *diagnostics) {
    if (!started || (process->code == 127 && process->errors[0] == '\0')) {
        diagnostics_add_system(diagnostics, here, "qemu",
                               "cannot run %s; install QEMU, or name its program first",
                               qemu->program);
    } else if (process->timed_out) {
        diagnostics_add(diagnostics, SEVERITY_ERROR, here, "qemu",
                        "QEMU ran for %d s and wrote no tree; give the machine's own tree instead",
                        SECONDS);
    } else if (process->code != 0) {
        diagnostics_add(diagnostics, SEVERITY_ERROR, here, "qemu", "QEMU refuses this: %s",
                        words_of(process, arena));
    } else {
        diagnostics_add(diagnostics, SEVERITY_ERROR, here, "qemu",
                        "QEMU wrote no tree, so this machine has none of its own (%s); give the "
                        "machine's tree as a file",
                        words_of(process, arena));
    }
    return false;
}

bool init_qemu_dump(struct init_qemu *qemu, struct arena *arena, struct diagnostics *diagnostics) {
    const char *folder = getenv("TMPDIR");
    char *path = arena_printf(arena, "%s/bulkhead-init-XXXXXX", folder != NULL ? folder : P_tmpdir);
    struct process process = {0};
    /* QEMU takes a comma for the end of the path. */
    int file = strchr(path, ',') == NULL ? mkstemp(path) : -1;

    if (file < 0) {
        diagnostics_add_system(diagnostics, here, "file", "cannot make a temporary file, %s", path);
        return false;
    }
    close(file);
    /* Not every machine, and no old QEMU, can leave the seeds out. */
    const char *dump = arena_printf(arena, "dumpdtb=%s", path);
    bool started = run(qemu, arena_printf(arena, "dtb-randomness=off,%s", dump), &process, arena);
    if (started && process.code != 0 && strstr(process.errors, "dtb-randomness") != NULL)
        started = run(qemu, dump, &process, arena);
    bool there =
        started && process.code == 0 && file_read(path, &qemu->tree, arena) && qemu->tree.size != 0;
    unlink(path);
    if (!there)
        return refuse(qemu, started, &process, arena, diagnostics);
    read_version(qemu, arena);
    return true;
}
