/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_mux_screen.h - the user's terminal, as bytes to write to it.
 *
 * One row at the bottom is kept out of the scroll region for the status line.
 * Lines of others go in above the line that the focused VM is writing.
 */
#pragma once

#include <stdio.h>

#include "tool/console/console_mux_view.h"

#define SCREEN_HISTORY    256
#define SCREEN_STATUS_MAX 512

struct console_screen {
    FILE *out; /* bytes for the terminal */
    bool utf8;
    bool styled; /* dim and reverse may be used */
    bool open;
    bool status_dirty;
    bool region_dirty;
    unsigned rows; /* of the terminal */
    unsigned columns;
    char status[SCREEN_STATUS_MAX];
    char *history[SCREEN_HISTORY]; /* lines with their styles, without a line end */
    size_t history_next;
};

/* Rows that text may use of a terminal's: all but the status line's, if the terminal is high enough
 * for one. */
unsigned screen_text_rows(unsigned rows);

/* Take a terminal of this size over. The cursor may be anywhere. */
void screen_open(struct console_screen *screen, unsigned rows, unsigned columns);

/* The cursor may be anywhere: move it off the status line. */
void screen_settle(struct console_screen *screen);

/* Give the terminal back: cursor on a new line, status line gone, modes as a shell expects. */
void screen_close(struct console_screen *screen, const struct console_view *view);

/* The terminal has another size now: draw it anew from what is remembered. */
void screen_resize(struct console_screen *screen, const struct console_view *view, unsigned rows,
                   unsigned columns);

/* Show `text` on the status line from the next screen_update() on; cut at the width. */
void screen_status(struct console_screen *screen, const char *text);

/* Put the scroll region and the status line right, if something may have hurt them. */
void screen_update(struct console_screen *screen, const struct console_view *view, uint64_t now);

/* Show another's line above the focused view's, and own it. The view must be in line mode. */
void screen_insert(struct console_screen *screen, const struct console_view *view, char *text);

/* Remember the focused view's finished line, for a later resize. */
void screen_keep(struct console_screen *screen, const struct console_line *line);

/* End the focused view's unfinished line, if any, and take back the modes that it set. */
void screen_leave(struct console_screen *screen, const struct console_view *view);

/* Show a view from now on: its unfinished line, its modes. After screen_leave of another. */
void screen_enter(struct console_screen *screen, const struct console_view *view);

/* Free the history. */
void screen_free(struct console_screen *screen);
