/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - the bulkhead command: finds the subcommand.
 */
#include <stdio.h>
#include <string.h>

#include "tool/base/array.h"
#include "tool/base/json.h"
#include "tool/base/nearest.h"
#include "tool/base/version.h"
#include "tool/commands/commands.h"
#include "tool/report/diagnostics.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *text;
} commands[] = {
    {"check", command_check, "say whether a description is right, and what is wrong"},
    {"build", command_build, "make a bootable system image of a description"},
    {"update", command_update, "put another guest's image into a system image's slot"},
    {"show", command_show, "say who owns what, in a description or an image"},
    {"run", command_run, "build a system and run it in QEMU"},
    {"init", command_init, "make a first board and system out of a device tree"},
    {"schema", command_schema, "print the format as a JSON Schema, for editors"},
};

static void print_help(FILE *stream) {
    fputs("usage: bulkhead COMMAND [OPTION...] FILE\n\n"
          "Turns a description of virtual machines on one board into a checked, bootable image.\n\n"
          "commands:\n",
          stream);
    for (size_t i = 0; i < COUNT(commands); i++)
        fprintf(stream, "  %-8s %s\n", commands[i].name, commands[i].text);
    fputs("\n`bulkhead COMMAND --help` says more about one.\n\n"
          "exit codes: 0 all is well; 1 the description is wrong; 2 wrong usage;\n"
          "3 the machine's fault (a file cannot be read or written, ...)\n",
          stream);
}

static int refuse_command(const char *name) {
    struct arena arena = {0};
    struct nearest nearest;

    nearest_begin(&nearest, name);
    for (size_t i = 0; i < COUNT(commands); i++)
        nearest_offer(&nearest, commands[i].name);
    fprintf(stderr, "bulkhead: there is no command '%s'; %s\n", name,
            nearest_advice(&nearest, &arena, "see bulkhead --help"));
    arena_free(&arena);
    return EXIT_CODE_USAGE;
}

int main(int argc, char **argv) {
    json_begin();
    if (argc < 2) {
        print_help(stderr);
        return EXIT_CODE_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_CODE_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("bulkhead " BULKHEAD_VERSION);
        return EXIT_CODE_OK;
    }
    for (size_t i = 0; i < COUNT(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return refuse_command(argv[1]);
}
