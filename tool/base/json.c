/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/json.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

/*
 * The code point that begins at `text`, and how many bytes it takes. What is no UTF-8 is one byte
 * that stands for nothing: U+FFFD.
 */
static uint32_t next_code_point(const char *text, size_t *length) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    size_t count = bytes[0] < 0x80   ? 1
                   : bytes[0] < 0xc0 ? 0
                   : bytes[0] < 0xe0 ? 2
                   : bytes[0] < 0xf0 ? 3
                   : bytes[0] < 0xf8 ? 4
                                     : 0;
    uint32_t point = count <= 1 ? bytes[0] : bytes[0] & (0x7fu >> count);

    for (size_t i = 1; i < count; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            count = 0; /* and the loop ends */
        point = point << 6 | (bytes[i] & 0x3fu);
    }
    *length = count == 0 ? 1 : count;
    if (count == 0 || point < least[count] || point > 0x10ffff || (point >> 11) == 0x1b)
        return 0xfffd;
    return point;
}

/* What neither JSON nor YAML takes as it is; escaped, both read it. */
static bool must_be_escaped(uint32_t point) {
    return point < 0x20 || point == '"' || point == '\\' || (point >= 0x7f && point < 0xa0) ||
           point == 0x2028 || point == 0x2029 || (point >= 0xfeff && point < 0x10000);
}

static void write_string(FILE *stream, const char *text) {
    fputc('"', stream);
    while (*text != '\0') {
        size_t length;
        uint32_t point = next_code_point(text, &length);

        if (point == '"' || point == '\\')
            fprintf(stream, "\\%c", (int)point);
        else if (point == '\n')
            fputs("\\n", stream);
        else if (must_be_escaped(point))
            fprintf(stream, "\\u%04" PRIx32, point);
        else
            fwrite(text, 1, length, stream);
        text += length;
    }
    fputc('"', stream);
}

static void new_line(struct json *json) {
    fputc('\n', json->stream);
    for (unsigned i = 0; i < json->depth; i++)
        fputs("  ", json->stream);
}

/* What stands before a value: the comma behind the last one, the place, the key. */
static void begin_value(struct json *json, const char *key) {
    if (json->depth > 0) {
        unsigned top = json->depth - 1;

        if (json->filled[top])
            fputs(json->one_line[top] ? ", " : ",", json->stream);
        if (!json->one_line[top])
            new_line(json);
        json->filled[top] = true;
    }
    if (key != NULL) {
        write_string(json->stream, key);
        fputs(": ", json->stream);
    }
}

static void open_group(struct json *json, const char *key, const char *brackets, bool one_line) {
    begin_value(json, key);
    fputc(brackets[0], json->stream);
    json->one_line[json->depth] = one_line || (json->depth > 0 && json->one_line[json->depth - 1]);
    json->closing[json->depth] = brackets[1];
    json->filled[json->depth++] = false;
}

void json_map(struct json *json, const char *key) {
    open_group(json, key, "{}", false);
}

void json_list(struct json *json, const char *key) {
    open_group(json, key, "[]", false);
}

void json_map_line(struct json *json, const char *key) {
    open_group(json, key, "{}", true);
}

void json_list_line(struct json *json, const char *key) {
    open_group(json, key, "[]", true);
}

void json_end(struct json *json) {
    unsigned top = --json->depth;

    if (json->filled[top] && !json->one_line[top])
        new_line(json);
    fputc(json->closing[top], json->stream);
    if (json->depth == 0)
        fputc('\n', json->stream);
}

void json_text(struct json *json, const char *key, const char *text) {
    begin_value(json, key);
    if (text == NULL)
        fputs("null", json->stream);
    else
        write_string(json->stream, text);
}

void json_number(struct json *json, const char *key, uint64_t number) {
    begin_value(json, key);
    fprintf(json->stream, "%" PRIu64, number);
}

void json_bool(struct json *json, const char *key, bool value) {
    begin_value(json, key);
    fputs(value ? "true" : "false", json->stream);
}

void json_hex(struct json *json, const char *key, uint64_t number) {
    begin_value(json, key);
    fprintf(json->stream, "\"0x%" PRIx64 "\"", number);
}
