/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/report/source_line.h"

#include "lib/address.h"
#include "tool/base/utf8.h"

#define TAB_WIDTH 8
#define BOM       0xfeff

/* A line of more bytes is nobody's, and is not shown: each message would go through all of it. */
#define LENGTH_MAX 2048

/* The bytes of a line end, by those that libyaml counts; 0: there is none here. */
static size_t line_end(const char *text, size_t size) {
    size_t length;

    if (text[0] >= ' ' && text[0] <= '~') /* nearly always */
        return 0;
    uint32_t character = utf8_next(text, size, &length);
    if (character == '\r' && size > 1 && text[1] == '\n')
        return 2;
    bool ends = character == '\n' || character == '\r' || character == 0x85 ||
                character == 0x2028 || character == 0x2029;
    return ends ? length : 0;
}

const char *source_line_find(const char *text, size_t size, size_t line, size_t *length) {
    size_t start = 0;
    size_t at = 0;

    while (at < size) {
        size_t step = line_end(text + at, size - at);

        if (step != 0 && line == 1)
            break;
        if (step != 0) {
            line--;
            start = at + step;
        }
        if (step == 0 && (text[at] & 0x80) == 0)
            step = 1;
        else if (step == 0)
            utf8_next(text + at, size - at, &step);
        at += step;
    }
    *length = at - start;
    return line == 1 ? text + start : NULL;
}

/* A line as it is shown: character by character. */
struct reader {
    const char *text;
    size_t size;
    size_t at;
    size_t index;  /* of the next character */
    size_t column; /* where it is shown */
};

struct glyph {
    const char *text;
    size_t length;
    size_t column;
    size_t width;
    bool blank; /* shown as `width` spaces */
};

/* The next character; false: there is none. */
static bool next_glyph(struct reader *reader, struct glyph *glyph) {
    if (reader->at == reader->size)
        return false;
    const char *text = reader->text + reader->at;
    uint32_t character = utf8_next(text, reader->size - reader->at, &glyph->length);
    bool tab = character == '\t';

    glyph->text = utf8_is_printed(character) || tab ? text : "?";
    glyph->blank = tab;
    glyph->width = tab                          ? TAB_WIDTH - reader->column % TAB_WIDTH
                   : utf8_is_printed(character) ? utf8_width(character)
                                                : 1;
    glyph->column = reader->column;
    reader->at += glyph->length;
    if (!utf8_is_printed(character))
        glyph->length = 1;
    if (reader->index == 0 && character == BOM)
        return next_glyph(reader, glyph); /* it is no part of the text */
    reader->column += glyph->width;
    reader->index++;
    return true;
}

/* The column in which the character with this index is shown; behind the last, the line's end. */
static size_t column_of(const char *line, size_t size, size_t index) {
    struct reader reader = {.text = line, .size = size};
    struct glyph glyph;

    while (reader.index < index && next_glyph(&reader, &glyph))
        ;
    return reader.column;
}

/* Prints the columns from `from` up to `to`. */
static void print_part(FILE *stream, const char *line, size_t size, size_t from, size_t to) {
    struct reader reader = {.text = line, .size = size};
    struct glyph glyph;

    while (next_glyph(&reader, &glyph)) {
        size_t behind = glyph.column + glyph.width;

        if (behind <= from || behind > to)
            continue;
        if (glyph.blank || glyph.column < from)
            fprintf(stream, "%*s", (int)smaller(glyph.width, behind - from), "");
        else
            fwrite(glyph.text, 1, glyph.length, stream);
    }
}

void source_line_print(FILE *stream, const char *text, size_t size, const struct mark *mark,
                       const char *colour, const char *plain) {
    size_t length = 0;
    const char *line = mark->line == 0 ? NULL : source_line_find(text, size, mark->line, &length);

    if (line == NULL || length > LENGTH_MAX)
        return;
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
        length--;
    size_t width = column_of(line, length, SIZE_MAX);
    size_t begin = column_of(line, length, mark->column - 1);
    size_t end = mark->end > mark->column ? column_of(line, length, mark->end - 1) : begin + 1;
    size_t from = 0;

    if (width > SOURCE_LINE_WIDTH && begin > SOURCE_LINE_WIDTH / 2)
        from = smaller(begin - SOURCE_LINE_WIDTH / 2, width - SOURCE_LINE_WIDTH);
    size_t to = smaller(width, from + SOURCE_LINE_WIDTH);
    fprintf(stream, "%5zu | %s", mark->line, from > 0 ? "..." : "");
    print_part(stream, line, length, from, to);
    fprintf(stream, "%s\n      | %*s%s^", to < width ? "..." : "",
            (int)(begin - from + (from > 0 ? 3 : 0)), "", colour);
    for (size_t column = begin + 1; column < smaller(end, to); column++)
        fputc('~', stream);
    fprintf(stream, "%s\n", plain);
}
