/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/format/characters.h"

#include <string.h>

#include "tool/base/utf8.h"

const char *characters_wrong(const char *text, size_t size, struct mark *mark,
                             struct arena *arena) {
    mark->line = mark->column = 1;
    if (size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
        return "this file is UTF-16; save it as UTF-8";
    if (size > 0 && memchr(text, 0, size) != NULL) {
        mark->line = mark->column = 0;
        return "this file is binary; name the description, or a board.yaml, which is YAML";
    }
    for (size_t at = 0, length; at < size; at += length) {
        uint32_t c = utf8_next(text + at, size - at, &length);

        if (c == UTF8_WRONG)
            return arena_printf(arena,
                                "the byte 0x%02x is no UTF-8; save the file as UTF-8, or write the "
                                "character in ASCII",
                                (unsigned char)text[at]);
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return arena_printf(
                arena, "the control character 0x%02x cannot be in a description; remove it",
                (unsigned)c);
        mark->column++;
        if (c == '\n')
            *mark = (struct mark){mark->file, mark->line + 1, 1, 0};
    }
    return NULL;
}

const char *characters_odd(const char *text, size_t size, struct arena *arena) {
    static const struct {
        uint32_t first, last;
        const char *name;
        const char *advice;
    } odd[] = {
        {0x00a0, 0x00a0, "a no-break space", "which looks like a blank; write one"},
        {0x2000, 0x200a, "an odd space", "which looks like a blank; write one"},
        {0x200b, 0x200f, "a character", "which nobody sees; remove it"},
        {0x202f, 0x202f, "a no-break space", "which looks like a blank; write one"},
        {0x3000, 0x3000, "a wide space", "which looks like a blank; write one"},
        {0x00ab, 0x00ab, "a typographic quote", "which looks like \"; write that"},
        {0x00bb, 0x00bb, "a typographic quote", "which looks like \"; write that"},
        {0x2018, 0x201b, "a typographic quote", "which looks like '; write that"},
        {0x201c, 0x201f, "a typographic quote", "which looks like \"; write that"},
        {0x2010, 0x2015, "a dash", "which looks like -; write that"},
        {0x2212, 0x2212, "a minus sign", "which looks like -; write that"},
        {0xff1a, 0xff1a, "a wide colon", "which looks like ':'; write that"},
        {0xfeff, 0xfeff, "a byte order mark", "which nobody sees; remove it"},
    };

    for (size_t at = 0, length; at < size; at += length) {
        uint32_t c = utf8_next(text + at, size - at, &length);

        for (size_t i = 0; c >= 0x80 && i < COUNT(odd); i++)
            if (c >= odd[i].first && c <= odd[i].last)
                return arena_printf(arena, "%s (U+%04X), %s", odd[i].name, (unsigned)c,
                                    odd[i].advice);
    }
    return NULL;
}
