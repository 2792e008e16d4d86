/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/report/diagnostics_json.h"

#include "tool/base/json.h"
#include "tool/report/rules.h"

#define VERSION 1

/* A line or column; null where there is none. */
static void add_place(struct json *json, const char *key, size_t number) {
    if (number == 0)
        json_text(json, key, NULL);
    else
        json_number(json, key, number);
}

void diagnostics_json(struct diagnostics *diagnostics, const char *file, FILE *stream) {
    struct json json = {.stream = stream};

    diagnostics_sort(diagnostics);
    json_map(&json, NULL);
    json_number(&json, "version", VERSION);
    json_text(&json, "file", file);
    json_bool(&json, "ok", diagnostics->error_count == 0);
    json_number(&json, "left_out", diagnostics->left_out);
    json_list(&json, "diagnostics");
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];
        enum rule rule = rule_find(item->rule);

        json_map(&json, NULL);
        json_text(&json, "file", item->mark.file);
        add_place(&json, "line", item->mark.line);
        add_place(&json, "column", item->mark.column);
        add_place(&json, "end_column", item->mark.end);
        json_text(&json, "severity", diagnostics_severity_text(item->severity));
        json_text(&json, "rule", item->rule);
        json_text(&json, "message", item->message);
        json_text(&json, "remedy", rule == RULE_NONE ? NULL : rule_info(rule)->remedy);
        json_end(&json);
    }
    json_end(&json);
    json_end(&json);
}

void diagnostics_json_rules(FILE *stream) {
    struct json json = {.stream = stream};

    json_map(&json, NULL);
    json_number(&json, "version", VERSION);
    json_list(&json, "rules");
    for (int i = 0; i < RULE_COUNT; i++) {
        const struct rule_info *rule = rule_info((enum rule)i);

        json_map(&json, NULL);
        json_text(&json, "name", rule->name);
        json_text(&json, "severity", diagnostics_severity_text(rule->severity));
        json_text(&json, "text", rule->text);
        json_text(&json, "remedy", rule->remedy);
        json_list_line(&json, "needs");
        for (const enum rule *needs = rule->needs; *needs != RULE_NONE; needs++)
            json_text(&json, NULL, rule_info(*needs)->name);
        json_end(&json);
        json_end(&json);
    }
    json_end(&json);
    json_end(&json);
}
