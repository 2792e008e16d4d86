/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/rules.h"

#include <stdarg.h>

const char *rule_name(enum rule rule) {
#define TOOL_RULE_NAME(id, name, text) name,
    static const char *const names[] = {TOOL_RULES(TOOL_RULE_NAME)};

    return names[rule];
}

const char *rule_text(enum rule rule) {
#define TOOL_RULE_TEXT(id, name, text) text,
    static const char *const texts[] = {TOOL_RULES(TOOL_RULE_TEXT)};

    return texts[rule];
}

void rule_broken(struct diagnostics *diagnostics, enum rule rule, struct mark mark,
                 const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    diagnostics_vadd(diagnostics, SEVERITY_ERROR, mark, rule_name(rule), format, arguments);
    va_end(arguments);
}
