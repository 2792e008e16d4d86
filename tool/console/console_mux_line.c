/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/console_mux_line.h"

#include <string.h>
#include <wchar.h>

#include "lib/address.h"
#include "tool/base/utf8.h"

#define TAB_STOP 8

void line_reset(struct console_line *line) {
    line->length = 0;
    line->cursor = 0;
    line->pending = false;
    line->overflow = false;
}

/* The cell under the cursor as a terminal shows it: a pending wrap stands on the last column. */
static size_t position(const struct console_line *line) {
    return line->pending ? line->cursor - 1 : line->cursor;
}

/* The columns of a row; without wrapping there is one row of all cells. */
static size_t row_width(const struct console_line *line) {
    return line->width != 0 ? line->width : LINE_CELLS;
}

static size_t row_start(const struct console_line *line, size_t cell) {
    return cell - cell % row_width(line);
}

static size_t row_end(const struct console_line *line, size_t cell) {
    return row_start(line, cell) + row_width(line);
}

static void move_to(struct console_line *line, size_t cell) {
    line->cursor = cell < LINE_CELLS ? cell : LINE_CELLS - 1;
    line->pending = false;
}

static void blank(struct console_line *line, size_t from, size_t to) {
    for (size_t cell = from; cell < to && cell < LINE_CELLS; cell++)
        line->cells[cell] = (struct line_cell){.code = ' '};
}

static size_t columns_of(uint32_t code) {
    int columns = code < 0x80 ? 1 : wcwidth((wchar_t)code);

    return columns < 0 ? 1 : (size_t)columns;
}

static void put_cell(struct console_line *line, uint32_t code) {
    line->cells[line->cursor++] = (struct line_cell){.code = code, .style = line->style};
}

void line_put(struct console_line *line, uint32_t code) {
    size_t columns = columns_of(code);
    /* A wide character that the row has no room for stands on the next one. */
    size_t gap = columns == 2 && (line->cursor + 1) % row_width(line) == 0;

    if (columns == 0)
        return; /* a combining mark: lost when the line is drawn again, no more */
    if (line->cursor + gap + columns > LINE_CELLS) {
        line->overflow = true;
        return;
    }
    blank(line, line->length, line->cursor);
    if (gap != 0)
        put_cell(line, ' ');
    put_cell(line, code);
    if (columns == 2)
        put_cell(line, 0);
    if (line->length < line->cursor)
        line->length = line->cursor;
    line->pending = line->cursor % row_width(line) == 0;
}

void line_write(struct console_line *line, const char *text, bool utf8) {
    struct escape_parser parser;
    struct token token;

    escape_init(&parser, utf8);
    for (size_t left = strlen(text), taken; left != 0; text += taken, left -= taken) {
        taken = escape_take(&parser, text, left, &token);
        if (token.kind == TOKEN_CHARACTER)
            line_put(line, token.code);
    }
}

bool line_is_full(const struct console_line *line) {
    return line->cursor + 2 > LINE_CELLS;
}

bool line_control(struct console_line *line, uint32_t code) {
    size_t cell = position(line);
    size_t start = row_start(line, cell);

    if (code == '\r')
        move_to(line, start);
    else if (code == '\b')
        move_to(line, cell > start ? cell - 1 : cell);
    else if (code == '\t')
        move_to(line,
                smaller(cell + TAB_STOP - (cell - start) % TAB_STOP, row_end(line, cell) - 1));
    return code == '\r' || code == '\b' || code == '\t';
}

static void erase(struct console_line *line, size_t from, size_t to) {
    if (to >= line->length)
        line->length = from < line->length ? from : line->length;
    else
        blank(line, from, to);
}

/* Delete or insert cells at the cursor; false in a line that wraps, whose other rows would move. */
static bool shift(struct console_line *line, size_t count, bool insert) {
    size_t cell = position(line);

    if (line->length > row_end(line, cell))
        return false;
    if (cell >= line->length)
        return true;
    size_t tail = line->length - cell;
    if (insert) {
        size_t room = smaller(row_end(line, cell), LINE_CELLS) - cell;
        count = smaller(count, room);
        tail = smaller(tail, room - count);
        memmove(&line->cells[cell + count], &line->cells[cell], tail * sizeof(line->cells[0]));
        blank(line, cell, cell + count);
        line->length = cell + count + tail;
    } else {
        count = smaller(count, tail);
        memmove(&line->cells[cell], &line->cells[cell + count],
                (tail - count) * sizeof(line->cells[0]));
        line->length -= count;
    }
    return true;
}

static bool move_rows(struct console_line *line, size_t count, bool up) {
    size_t cell = position(line);
    size_t distance = count * row_width(line);

    if (up ? distance > cell : row_start(line, cell) + distance >= line->length)
        return false;
    move_to(line, up ? cell - distance : cell + distance);
    return true;
}

static bool move_in_row(struct console_line *line, char final, size_t count) {
    size_t cell = position(line);
    size_t start = row_start(line, cell);
    size_t last = row_end(line, cell) - 1;

    if (final == 'D')
        move_to(line, cell - start > count ? cell - count : start);
    else
        move_to(line, smaller(final == 'C' ? cell + count : start + count - 1, last));
    return true;
}

/* The number of codes in a colour that begins with these two: 38;5;N, 38;2;R;G;B, or one alone. */
static size_t colour_size(unsigned code, unsigned kind) {
    if (code != 38 && code != 48)
        return code != 0;
    return kind == 5 ? 3 : kind == 2 ? LINE_COLOUR : SIZE_MAX;
}

/* Takes the colour whose codes begin at an index, if it is one; returns its last one's index. */
static size_t set_colour(struct line_style *style, const struct token *token, size_t index) {
    const uint16_t *codes = &token->params[index];
    unsigned tens = codes[0] / 10u;
    size_t left = token->param_count - index;
    size_t size = colour_size(codes[0], left > 1 ? codes[1] : 0);
    uint8_t *colour = tens == 3 || tens == 9 ? style->foreground : style->background;

    if (size > left)
        return token->param_count;
    if (tens != 3 && tens != 4 && tens != 9 && tens != 10)
        return index;
    memset(colour, 0, LINE_COLOUR);
    for (size_t i = 0; i < size && codes[0] % 10 != 9; i++)
        colour[i] = (uint8_t)codes[i];
    return index + size - 1;
}

static void set_style(struct line_style *style, const struct token *token) {
    if (token->param_count == 0)
        *style = (struct line_style){0};
    for (size_t i = 0; i < token->param_count; i++) {
        uint32_t code = token->params[i];

        if (code == 0)
            *style = (struct line_style){0};
        else if (code <= 9)
            style->flags |= (uint16_t)(1u << code);
        else if (code == 22)
            style->flags &= (uint16_t) ~(1u << 1 | 1u << 2);
        else if (code >= 21 && code <= 29)
            style->flags &= (uint16_t) ~(1u << (code - 20));
        else
            i = set_colour(style, token, i);
    }
}

bool line_csi(struct console_line *line, const struct token *token) {
    size_t count = token_param(token, 0, 1);
    unsigned what = token_param(token, 0, 0);
    size_t cell = position(line);

    if (token->marker != 0 || token->intermediate != 0)
        return false;
    switch (token->final) {
    case 'm':
        set_style(&line->style, token);
        return true;
    case 'K':
        if (what <= 2)
            erase(line, what == 0 ? cell : row_start(line, cell),
                  what == 1 ? cell + 1 : row_end(line, cell));
        return what <= 2;
    case 'J':
        if (what == 0)
            erase(line, cell, LINE_CELLS);
        return what == 0;
    case 'A':
    case 'B':
        return move_rows(line, count, token->final == 'A');
    case 'C':
    case 'D':
    case 'G':
        return move_in_row(line, token->final, count);
    case 'P':
    case '@':
        return shift(line, count, token->final == '@');
    case 'X':
        blank(line, cell, smaller(cell + count, line->length));
        return true;
    default:
        return false;
    }
}

size_t line_rows(const struct console_line *line) {
    size_t last = line->length > line->cursor ? line->length - 1 : position(line);

    return last / row_width(line) + 1;
}

size_t line_cursor_row(const struct console_line *line) {
    return position(line) / row_width(line);
}

static void render_colour(const uint8_t *colour, FILE *out) {
    for (size_t i = 0; i < colour_size(colour[0], colour[1]); i++)
        fprintf(out, ";%u", colour[i]);
}

static void render_style(const struct line_style *style, FILE *out) {
    fputs("\x1b[0", out);
    for (unsigned flag = 1; flag <= 9; flag++)
        if (style->flags & 1u << flag)
            fprintf(out, ";%u", flag);
    render_colour(style->foreground, out);
    render_colour(style->background, out);
    fputs("m", out);
}

static bool same_style(const struct line_style *a, const struct line_style *b) {
    return memcmp(a, b, sizeof(*a)) == 0;
}

static void render_cursor(const struct console_line *line, FILE *out) {
    size_t end_row = line->length == 0 ? 0 : (line->length - 1) / row_width(line);
    size_t row = line_cursor_row(line);
    size_t column = position(line) % row_width(line);

    if (line->cursor == line->length)
        return;
    fputs("\r", out);
    if (row < end_row)
        fprintf(out, "\x1b[%zuA", end_row - row);
    if (column != 0)
        fprintf(out, "\x1b[%zuC", column);
}

void line_render(const struct console_line *line, bool utf8, FILE *out) {
    struct line_style style = {0};

    for (size_t i = 0; i < line->length; i++) {
        const struct line_cell *cell = &line->cells[i];

        if (!same_style(&cell->style, &style)) {
            render_style(&cell->style, out);
            style = cell->style;
        }
        if (cell->code != 0)
            utf8_put(out, cell->code, utf8);
    }
    if (!same_style(&line->style, &style))
        render_style(&line->style, out);
    render_cursor(line, out);
}

void line_text(const struct console_line *line, bool utf8, FILE *out) {
    for (size_t i = 0; i < line->length; i++)
        if (line->cells[i].code != 0)
            utf8_put(out, line->cells[i].code, utf8);
}
