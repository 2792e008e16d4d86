/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_mux_line.h - the line on which a VM's cursor stands.
 *
 * A model of what a terminal shows since the last line end: characters with
 * their styles, and the cursor. It understands what shells' line editors send,
 * so that the line can be taken off the screen and put back. A long line wraps
 * at the terminal's width; the model keeps it as one row of cells.
 */
#pragma once

#include <stdio.h>

#include "tool/console/console_mux_escape.h"

#define LINE_CELLS 1024

#define LINE_COLOUR 5 /* SGR codes of a colour at most, as in 38;2;R;G;B */

/* How characters look (SGR). Each is what a guest has sent; all 0 is the default. */
struct line_style {
    uint8_t foreground[LINE_COLOUR];
    uint8_t background[LINE_COLOUR];
    uint16_t flags; /* bit n: SGR n, for n of 1 to 9 */
};

struct line_cell {
    uint32_t code; /* 0: the right half of a wide character */
    struct line_style style;
};

struct console_line {
    struct line_cell cells[LINE_CELLS];
    size_t length;
    size_t cursor;  /* may be beyond the length */
    bool pending;   /* the last column was written; the next character wraps */
    bool overflow;  /* more than LINE_CELLS: the rest is not in the model */
    unsigned width; /* the terminal's columns; 0: no wrapping */
    struct line_style style;
};

/* Start a new line; style and width stay. */
void line_reset(struct console_line *line);

/* Print one character at the cursor. */
void line_put(struct console_line *line, uint32_t code);

/* Print a text; its styles and all else that is no character are left out. */
void line_write(struct console_line *line, const char *text, bool utf8);

/* True if there is no room for another character, wide ones included. */
bool line_is_full(const struct console_line *line);

/* Carriage return, backspace or tab; returns false for any other control character. */
bool line_control(struct console_line *line, uint32_t code);

/* Obey a CSI. Returns false, with nothing done, if it leads off the line or is not known. */
bool line_csi(struct console_line *line, const struct token *token);

/* The terminal rows that the line takes, at least 1, and the one of them with the cursor. */
size_t line_rows(const struct console_line *line);
size_t line_cursor_row(const struct console_line *line);

/*
 * Write the line for a terminal whose cursor is at the beginning of a row in
 * the default style: it then shows the line, the cursor and the current style.
 */
void line_render(const struct console_line *line, bool utf8, FILE *out);

/* Write the line's characters alone. */
void line_text(const struct console_line *line, bool utf8, FILE *out);
