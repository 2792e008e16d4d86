/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/json.h"

#include <stdlib.h>
#include <string.h>

#include "tool/base/arena.h"
#include "tool/base/text.h"
#include "tool/base/utf8.h"

void json_begin(void) {
    json_set_alloc_funcs(arena_malloc, free);
}

json_t *json_text(const char *text) {
    struct arena arena = {0};
    struct text clean = {.arena = &arena};
    size_t size = text == NULL ? 0 : strlen(text);

    for (size_t at = 0, length; at < size; at += length) {
        if (utf8_next(text + at, size - at, &length) == UTF8_WRONG)
            text_add(&clean, "\ufffd");
        else
            text_add(&clean, "%.*s", (int)length, text + at);
    }
    json_t *value = text == NULL ? json_null() : json_string(text_get(&clean));
    arena_free(&arena);
    return value;
}

json_t *json_unsigned(uint64_t number) {
    return json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number);
}

json_t *json_hex(uint64_t number) {
    return json_sprintf("0x%llx", (unsigned long long)number);
}

void json_print(json_t *value, FILE *stream) {
    json_dumpf(value, stream, JSON_INDENT(2));
    fputc('\n', stream);
    json_decref(value);
}
