/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/text.h"

#include <string.h>

#include "tool/base/number.h"

static void append(struct text *text, const char *bytes, size_t size) {
    if (text->size + size + 1 > text->capacity) {
        size_t capacity = 2 * (text->size + size + 1) + 1024;
        char *larger = arena_alloc(text->arena, capacity);

        if (text->size != 0)
            memcpy(larger, text->bytes, text->size);
        text->bytes = larger;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

void text_add(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *more = arena_vprintf(text->arena, format, arguments);
    va_end(arguments);
    append(text, more, strlen(more));
}

void text_list(struct text *text, const char *between, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *more = arena_vprintf(text->arena, format, arguments);
    va_end(arguments);
    text_add(text, "%s%s", text->size == 0 ? "" : between, more);
}

void text_wrap(struct text *text, const char *first, const char *next, const char *words) {
    size_t column = strlen(first);

    append(text, first, strlen(first));
    if (*words == '\0' && text->bytes[text->size - 1] == ' ')
        text->size--;
    for (bool begins = true; *words != '\0'; begins = false) {
        size_t length = strcspn(words, " ");

        if (!begins && column + 1 + length > TEXT_COLUMNS) {
            append(text, "\n", 1);
            append(text, next, strlen(next));
            column = strlen(next);
        } else if (!begins) {
            append(text, " ", 1);
            column++;
        }
        append(text, words, length);
        column += length;
        words += length;
        words += strspn(words, " ");
    }
    append(text, "\n", 1);
}

const char *text_get(const struct text *text) {
    return text->size == 0 ? "" : text->bytes;
}

const char *text_address(struct arena *arena, uint64_t address) {
    if (address <= UINT32_MAX)
        return arena_printf(arena, "0x%04x_%04x", (unsigned)(address >> 16),
                            (unsigned)(address & 0xffff));
    return number_address_text(arena, address);
}

bool text_ends_with(const char *text, const char *end) {
    size_t length = strlen(text);
    size_t end_length = strlen(end);

    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}
