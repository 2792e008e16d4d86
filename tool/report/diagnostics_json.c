/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/report/diagnostics_json.h"

#include "tool/report/rules.h"

#define VERSION 1

/* A line or column; null where there is none. */
static json_t *place(size_t number) {
    return number == 0 ? json_null() : json_unsigned(number);
}

json_t *diagnostics_json(struct diagnostics *diagnostics, const char *file) {
    json_t *list = json_array();

    diagnostics_sort(diagnostics);
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];
        enum rule rule = rule_of(item);
        json_t *map = json_pack(
            "{s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:s?}", "file", json_text(item->mark.file), "line",
            place(item->mark.line), "column", place(item->mark.column), "end_column",
            place(item->mark.end), "severity", diagnostics_severity_text(item->severity), "rule",
            item->rule, "message", json_text(item->message), "remedy",
            rule == RULE_NONE ? NULL : rule_info(rule)->remedy);

        json_array_append_new(list, map);
    }
    return json_pack("{s:i, s:o, s:b, s:o, s:o}", "version", VERSION, "file", json_text(file), "ok",
                     diagnostics->error_count == 0, "left_out",
                     json_unsigned(diagnostics->left_out), "diagnostics", list);
}

json_t *diagnostics_json_rules(void) {
    json_t *list = json_array();

    for (int i = 0; i < RULE_COUNT; i++) {
        const struct rule_info *rule = rule_info((enum rule)i);
        json_t *needs = json_array();

        for (const enum rule *need = rule->needs; *need != RULE_NONE; need++)
            json_array_append_new(needs, json_string(rule_info(*need)->name));
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", rule->name, "severity",
                                        diagnostics_severity_text(rule->severity), "text",
                                        rule->text, "remedy", rule->remedy, "needs", needs));
    }
    return json_pack("{s:i, s:o}", "version", VERSION, "rules", list);
}
