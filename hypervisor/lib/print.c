/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/print.h"

/* Writes `text`, `count` characters of it at most, to `at`, up to `end`; returns where it ends. */
static char *put(char *at, const char *end, const char *text, size_t count) {
    while (at < end && count-- > 0 && *text != '\0')
        *at++ = *text++;
    return at;
}

static char *put_number(char *at, const char *end, uint64_t value, unsigned base) {
    char digits[20], *first = digits + sizeof(digits);

    do {
        *--first = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    return put(at, end, first, (size_t)(digits + sizeof(digits) - first));
}

size_t format_va(char *out, size_t size, const char *format, va_list arguments) {
    const char *end = out + size - 1;
    char *at = out;

    for (const char *f = format; *f != '\0'; f++) {
        if (*f != '%')
            at = put(at, end, f, 1);
        else if (*++f == 's')
            at = put(at, end, va_arg(arguments, const char *), size);
        else if (*f == 'u')
            at = put_number(at, end, va_arg(arguments, unsigned), 10);
        else if (*++f == 'x') /* behind an l */
            at = put_number(put(at, end, "0x", 2), end, va_arg(arguments, unsigned long), 16);
        else
            at = put_number(at, end, va_arg(arguments, unsigned long), 10);
    }
    *at = '\0';
    return (size_t)(at - out);
}

size_t format(char *out, size_t size, const char *text, ...) {
    va_list arguments;
    size_t length;

    va_start(arguments, text);
    length = format_va(out, size, text, arguments);
    va_end(arguments);
    return length;
}
