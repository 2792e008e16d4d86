/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_mux_view.h - what one VM's console would look like.
 *
 * Each VM's output goes through a view, shown or not. It follows the line that
 * the cursor is on, notices programs that use the whole screen, and says what
 * the real terminal may be given: the bottom row belongs to the status line,
 * so sequences that would reach it are changed, and those that could act on
 * the user's machine (window operations, strings to the terminal) are left out.
 */
#pragma once

#include "tool/console/console_mux_escape.h"
#include "tool/console/console_mux_line.h"

struct console_view {
    struct escape_parser parser;
    struct console_line line;
    unsigned rows;     /* that the VM may use; 0: no limit */
    bool alternate;    /* a program asked for the alternate screen */
    bool fresh_before; /* and when it did, the cursor was on an empty line */
    bool wild;         /* the cursor was moved off its line */
    bool home;         /* the last sequence moved it to the top left corner */
    bool blank;        /* the screen was cleared, and one line written since at most */
    uint64_t wild_at;  /* ms: the last such move */
    uint64_t spoke_at; /* ms: the last output */
    bool saved;        /* ESC 7 without its ESC 8 yet */
    bool saved_wild;
    uint64_t saved_at; /* ms */
    size_t saved_cursor;
};

enum view_effect {
    VIEW_LINE_END = 1, /* the line is complete: read it, then view_next_line() */
    VIEW_SCREEN = 2,   /* the status line may have been wiped out */
    VIEW_REGION = 4,   /* the scroll region may have been lost */
};

/* Start with nothing on the screen; `width` in columns, 0 for no wrapping. */
void view_init(struct console_view *view, bool utf8, unsigned rows, unsigned width);

/*
 * Take one token. Appends to *out, unless it is NULL, what the terminal is to
 * be given for it. `now` in ms. Returns a set of enum view_effect.
 */
unsigned view_take(struct console_view *view, const struct token *token, uint64_t now, FILE *out);

/* After VIEW_LINE_END. */
void view_next_line(struct console_view *view, uint64_t now);

/* True if the cursor is at the beginning of an empty line. */
bool view_at_line_start(const struct console_view *view);

/* True if its line can be taken off the screen and put back now. */
bool view_is_line_mode(const struct console_view *view, uint64_t now);
