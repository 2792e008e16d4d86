/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_schema.c - the subcommand schema.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "tool/board/board.h"
#include "tool/commands/commands.h"
#include "tool/format/schema_json.h"
#include "tool/format/schema_text.h"
#include "tool/report/diagnostics.h"
#include "tool/system/description.h"

static const char help[] =
    "usage: bulkhead schema [--board] > bulkhead.schema.json\n\n"
    "Prints the format of descriptions as a JSON Schema, by which editors complete keys, explain\n"
    "them and mark mistakes. An editor with a YAML language server takes it from a first line\n\n"
    "  # yaml-language-server: $schema=bulkhead.schema.json\n\n"
    "  --board            the format of board.yaml instead\n"
    "  --markdown         tables for docs/system-description.md instead, of both\n"
    "  -h, --help         print this\n";

int command_schema(int argc, char **argv) {
    static const struct option long_options[] = {
        {"board", no_argument, NULL, 'b'},
        {"markdown", no_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    bool board = false;
    bool markdown = false;
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return EXIT_CODE_OK;
        }
        if (option == '?') {
            fputs("bulkhead: see bulkhead schema --help\n", stderr);
            return EXIT_CODE_USAGE;
        }
        board = board || option == 'b';
        markdown = markdown || option == 'm';
    }
    if (optind != argc) {
        fputs("bulkhead: schema takes no file; see bulkhead schema --help\n", stderr);
        return EXIT_CODE_USAGE;
    }
    if (markdown) {
        schema_text_markdown(description_schema(), stdout);
        schema_text_markdown(board_schema(), stdout);
        schema_text_rules(stdout);
    } else if (board) {
        json_print(schema_json(board_schema(), "A board of Bulkhead"), stdout);
    } else {
        json_print(schema_json(description_schema(), "A system of Bulkhead"), stdout);
    }
    return EXIT_CODE_OK;
}
