/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/format.h"

#include <stdbool.h>
#include <stdint.h>

struct output {
    char *text;
    size_t size;
    size_t length;
};

struct conversion {
    unsigned width;
    char padding;
    bool is_long;
    char kind;
};

static void put(struct output *out, char character) {
    if (out->length + 1 < out->size)
        out->text[out->length++] = character;
}

static void put_padded(struct output *out, const char *digits, size_t count, bool negative,
                       const struct conversion *how) {
    size_t used = count + (negative ? 1 : 0);

    if (negative && how->padding == '0')
        put(out, '-');
    for (; used < how->width; used++)
        put(out, how->padding);
    if (negative && how->padding != '0')
        put(out, '-');
    for (size_t i = 0; i < count; i++)
        put(out, digits[i]);
}

static void put_number(struct output *out, uint64_t value, bool negative,
                       const struct conversion *how) {
    char digits[20];
    size_t first = sizeof digits;
    unsigned base = how->kind == 'x' ? 16 : 10;

    do {
        digits[--first] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    put_padded(out, digits + first, sizeof digits - first, negative, how);
}

static void put_string(struct output *out, const char *string, const struct conversion *how) {
    size_t length = 0;

    while (string[length] != '\0')
        length++;
    put_padded(out, string, length, false, how);
}

/* Reads what follows a '%'; returns where the rest of the format begins. */
static const char *parse(const char *at, struct conversion *how) {
    *how = (struct conversion){.padding = ' '};
    if (*at == '0') {
        how->padding = '0';
        at++;
    }
    for (; *at >= '0' && *at <= '9'; at++)
        how->width = how->width * 10 + (unsigned)(*at - '0');
    for (; *at == 'l'; at++)
        how->is_long = true;
    how->kind = *at;
    return *at == '\0' ? at : at + 1;
}

size_t format_text_list(char *text, size_t size, const char *format, va_list arguments) {
    struct output out = {text, size, 0};
    struct conversion how;

    while (*format != '\0') {
        if (*format != '%') {
            put(&out, *format++);
            continue;
        }
        format = parse(format + 1, &how);
        if (how.kind == 's') {
            put_string(&out, va_arg(arguments, const char *), &how);
        } else if (how.kind == 'c') {
            put(&out, (char)va_arg(arguments, int));
        } else if (how.kind == 'd') {
            int64_t value = how.is_long ? va_arg(arguments, long) : va_arg(arguments, int);
            put_number(&out, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0, &how);
        } else if (how.kind == 'u' || how.kind == 'x') {
            put_number(&out,
                       how.is_long ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned),
                       false, &how);
        } else {
            put(&out, how.kind == '\0' ? '%' : how.kind);
        }
    }
    out.text[out.length] = '\0';
    return out.length;
}

size_t format_text(char *text, size_t size, const char *format, ...) {
    va_list arguments;
    size_t length;

    va_start(arguments, format);
    length = format_text_list(text, size, format, arguments);
    va_end(arguments);
    return length;
}
