/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/console_mux_buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void out_bytes(struct out_buffer *out, const char *bytes, size_t size) {
    if (size > out->capacity - out->size) {
        size_t capacity = (out->size + size) * 2 + 256;
        char *grown = realloc(out->bytes, capacity);

        if (!grown) {
            out->lost = true;
            return;
        }
        out->bytes = grown;
        out->capacity = capacity;
    }
    if (size)
        memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

void out_string(struct out_buffer *out, const char *string) {
    out_bytes(out, string, strlen(string));
}

void out_format(struct out_buffer *out, const char *format, ...) {
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    int size = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (size > 0)
        out_bytes(out, text, (size_t)size < sizeof(text) ? (size_t)size : sizeof(text) - 1);
}

void out_character(struct out_buffer *out, uint32_t code, bool utf8) {
    char bytes[4];
    size_t size = 0;

    if (!utf8 || code < 0x80) {
        bytes[size++] = (char)(code < 0x100 ? code : '?');
    } else if (code < 0x800) {
        bytes[size++] = (char)(0xc0 | (code >> 6));
    } else if (code < 0x10000) {
        bytes[size++] = (char)(0xe0 | (code >> 12));
        bytes[size++] = (char)(0x80 | ((code >> 6) & 0x3f));
    } else {
        bytes[size++] = (char)(0xf0 | ((code >> 18) & 7));
        bytes[size++] = (char)(0x80 | ((code >> 12) & 0x3f));
        bytes[size++] = (char)(0x80 | ((code >> 6) & 0x3f));
    }
    if (utf8 && code >= 0x80)
        bytes[size++] = (char)(0x80 | (code & 0x3f));
    out_bytes(out, bytes, size);
}

void out_clear(struct out_buffer *out) {
    out->size = 0;
}

void out_free(struct out_buffer *out) {
    free(out->bytes);
    *out = (struct out_buffer){0};
}
