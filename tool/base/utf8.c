/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/utf8.h"

#include <string.h>

#include "tool/base/array.h"

struct range {
    uint32_t first;
    uint32_t last;
};

static bool is_in(const struct range *ranges, size_t count, uint32_t character) {
    for (size_t i = 0; i < count; i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    return false;
}

/* How many bytes a character has whose first byte is this; 0: none begins so. */
static size_t length_of(unsigned char first) {
    if (first < 0x80)
        return 1;
    if (first < 0xc2)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

uint32_t utf8_next(const char *text, size_t size, size_t *length) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    size_t count = length_of(bytes[0]);

    *length = 1;
    if (count < 2 || count > size)
        return count == 1 ? bytes[0] : UTF8_WRONG;
    uint32_t character = bytes[0] & (0x7fu >> count);
    for (size_t i = 1; i < count; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return UTF8_WRONG;
        character = character << 6 | (bytes[i] & 0x3fu);
    }
    bool is_surrogate = character >= 0xd800 && character < 0xe000;
    if (character < least[count] || character > 0x10ffff || is_surrogate)
        return UTF8_WRONG;
    *length = count;
    return character;
}

/* Nearly all of them. */
static bool is_plain(uint32_t character) {
    return character >= ' ' && character <= '~';
}

bool utf8_is_printed(uint32_t character) {
    static const struct range hidden[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0x200e, 0x200f}, {0x2028, 0x202e},
        {0x2066, 0x2069}, {0xfeff, 0xfeff}, {0xfff9, 0xffff}, {0x110000, UINT32_MAX},
    };

    if (is_plain(character))
        return true;
    return !is_in(hidden, COUNT(hidden), character);
}

unsigned utf8_width(uint32_t character) {
    static const struct range none[] = {
        {0x300, 0x36f}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
    };
    static const struct range wide[] = {
        {0x1100, 0x115f},   {0x2e80, 0xa4cf},   {0xac00, 0xd7a3}, {0xf900, 0xfaff},
        {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
        {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
    };

    if (is_plain(character))
        return 1;
    if (is_in(none, COUNT(none), character))
        return 0;
    return is_in(wide, COUNT(wide), character) ? 2 : 1;
}

void utf8_put(FILE *stream, uint32_t character, bool utf8) {
    static const uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};
    unsigned more = !utf8 || character < 0x80 ? 0
                    : character < 0x800       ? 1
                    : character < 0x10000     ? 2
                                              : 3;

    if (!utf8 && character >= 0x100)
        character = '?';
    fputc((int)(leads[more] | character >> 6 * more), stream);
    while (more-- > 0)
        fputc((int)(0x80 | (character >> 6 * more & 0x3f)), stream);
}

void utf8_print(FILE *stream, const char *text) {
    size_t size = strlen(text);

    for (size_t at = 0, length; at < size; at += length) {
        if (utf8_is_printed(utf8_next(text + at, size - at, &length))) {
            fwrite(text + at, 1, length, stream);
            continue;
        }
        for (size_t i = 0; i < length; i++)
            fprintf(stream, "\\x%02x", (unsigned char)text[at + i]);
    }
}
