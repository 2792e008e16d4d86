/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/print.h"

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

size_t format_va(char *out, size_t size, const char *format, va_list arguments) {
    struct sink sink = {out, 0, size};

    for (const char *f = format; *f != '\0'; f++) {
        if (*f != '%') {
            put(&sink, *f);
            continue;
        }
        switch (*++f) {
        case 's':
            put_string(&sink, va_arg(arguments, const char *));
            break;
        case 'u':
            put_number(&sink, va_arg(arguments, unsigned), 10);
            break;
        case 'l':
            if (*++f == 'x')
                put_string(&sink, "0x");
            put_number(&sink, va_arg(arguments, unsigned long), *f == 'x' ? 16 : 10);
            break;
        }
    }
    out[sink.used] = '\0';
    return sink.used;
}
