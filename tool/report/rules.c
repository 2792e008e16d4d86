/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/report/rules.h"

#define INFO(id, name, severity, text, remedy, ...)                                                \
    {name, SEVERITY_##severity, text, remedy, (const enum rule[]){__VA_ARGS__, RULE_NONE}},
static const struct rule_info rules[RULE_COUNT] = {TOOL_RULES(INFO)};
#undef INFO

const struct rule_info *rule_info(enum rule rule) {
    return &rules[rule];
}

enum rule rule_of(const struct diagnostic *diagnostic) {
    for (int rule = 0; rule < RULE_COUNT; rule++)
        if (rules[rule].name == diagnostic->rule)
            return (enum rule)rule;
    return RULE_NONE;
}

void rule_vbroken(struct diagnostics *diagnostics, enum rule rule, struct mark mark,
                  const char *format, va_list arguments) {
    diagnostics_vadd(diagnostics, rules[rule].severity, mark, rules[rule].name, format, arguments);
}

void rule_broken(struct diagnostics *diagnostics, enum rule rule, struct mark mark,
                 const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rule_vbroken(diagnostics, rule, mark, format, arguments);
    va_end(arguments);
}
