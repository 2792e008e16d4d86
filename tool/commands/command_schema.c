/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_schema.c - the subcommand schema.
 */
#include <stdio.h>

#include "tool/board/board_file.h"
#include "tool/commands/commands.h"
#include "tool/commands/options.h"
#include "tool/format/schema_json.h"
#include "tool/format/schema_text.h"
#include "tool/report/diagnostics.h"
#include "tool/system/description.h"

static const char usage[] =
    "usage: bulkhead schema [--board] > bulkhead.schema.json\n\n"
    "Prints the format of descriptions as a JSON Schema, by which editors complete keys, explain\n"
    "them and mark mistakes. An editor with a YAML language server takes it from a first line\n\n"
    "  # yaml-language-server: $schema=bulkhead.schema.json\n";

int command_schema(int argc, char **argv) {
    bool board = false;
    bool markdown = false;
    const struct option_row rows[] = {
        {"board", 0, NULL, "the format of board.yaml instead", .flag = &board},
        {"markdown", 0, NULL, "tables for docs/system-description.md instead, of both",
         .flag = &markdown},
    };
    int code;

    if (!options_parse(rows, COUNT(rows), usage, "", argc, argv, &code))
        return code;
    if (optind != argc)
        return options_refuse("schema", "takes no file");
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
