/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/print.h"

#include <stdint.h>

struct sink {
    char *out;
    size_t used;
    size_t size;
};

static void put(struct sink *sink, char c) {
    if (sink->used + 1 < sink->size)
        sink->out[sink->used++] = c;
}

static void put_string(struct sink *sink, const char *s) {
    while (*s != '\0')
        put(sink, *s++);
}

static void put_number(struct sink *sink, uint64_t value, unsigned base) {
    char digits[20];
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while (count > 0)
        put(sink, digits[--count]);
}

/* One conversion, behind its '%'; returns the last character of it. */
static const char *convert(struct sink *sink, const char *f, va_list *arguments) {
    switch (*f) {
    case 's':
        put_string(sink, va_arg(*arguments, const char *));
        return f;
    case 'c':
        put(sink, (char)va_arg(*arguments, int));
        return f;
    case 'u':
        put_number(sink, va_arg(*arguments, unsigned), 10);
        return f;
    case 'l':
        if (f[1] == 'x') {
            put_string(sink, "0x");
            put_number(sink, va_arg(*arguments, unsigned long), 16);
        } else {
            put_number(sink, va_arg(*arguments, unsigned long), 10);
        }
        return f[1] != '\0' ? f + 1 : f;
    default:
        put(sink, *f);
        return f;
    }
}

size_t format_va(char *out, size_t size, const char *format, va_list arguments) {
    struct sink sink = {out, 0, size};
    va_list list;

    va_copy(list, arguments);
    for (const char *f = format; *f != '\0'; f++) {
        if (*f != '%' || f[1] == '\0')
            put(&sink, *f);
        else
            f = convert(&sink, f + 1, &list);
    }
    va_end(list);
    out[sink.used] = '\0';
    return sink.used;
}
