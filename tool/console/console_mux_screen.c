/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/console_mux_screen.h"

#include <stdlib.h>
#include <string.h>

#include "tool/base/arena.h"

#define MIN_ROWS_FOR_STATUS 4
/* How long a guest may hold the terminal's one saved cursor before the status line takes it. */
#define SAVED_CURSOR_MS 1000

/* Style, cursor, keypad, mouse, paste and character set as a shell expects them. */
#define MODES_OFF                                                                                  \
    "\x1b[0m\x1b[?25h\x1b[?7h\x1b[?1l\x1b>\x1b[4l\x1b[?1000l\x1b[?1002l\x1b[?1003l"                \
    "\x1b[?1006l\x1b[?2004l\x1b(B\x0f"

unsigned screen_text_rows(unsigned rows) {
    return rows >= MIN_ROWS_FOR_STATUS ? rows - 1 : rows;
}

static bool pinned(const struct console_screen *screen) {
    return screen->rows >= MIN_ROWS_FOR_STATUS;
}

/* Saving and restoring the cursor, around what moves it. */
#define SAVE    "\x1b\x37"
#define RESTORE "\x1b\x38"

static void set_region(struct console_screen *screen) {
    if (pinned(screen))
        fprintf(screen->out, SAVE "\x1b[1;%ur" RESTORE, screen->rows - 1);
    else
        fputs(SAVE "\x1b[r" RESTORE, screen->out);
    screen->region_dirty = false;
    screen->status_dirty = true;
}

void screen_settle(struct console_screen *screen) {
    /* On the bottom row, the line feed scrolls all up by one row: then there is one for us. */
    if (pinned(screen))
        fprintf(screen->out, SAVE "\x1b[r\x1b[%u;1H\x1b[2K" RESTORE "\n\x1b[A", screen->rows);
    set_region(screen);
}

void screen_open(struct console_screen *screen, unsigned rows, unsigned columns) {
    screen->rows = rows;
    screen->columns = columns;
    screen->open = true;
    fputs("\r", screen->out);
    if (pinned(screen))
        fputs("\n\x1b[A", screen->out); /* as above, but the bottom row may hold a text */
    set_region(screen);
}

void screen_leave(struct console_screen *screen, const struct console_view *view) {
    bool fresh = view->alternate || view_at_line_start(view);
    size_t below = line_rows(&view->line) - 1 - line_cursor_row(&view->line);

    fprintf(screen->out, "%s" MODES_OFF, view->alternate ? "\x1b[?1049l" : "");
    if (fresh || view->wild)
        fputs("\r", screen->out);
    if (fresh)
        return;
    if (below != 0)
        fprintf(screen->out, "\x1b[%zuB", below);
    fputs("\r\n", screen->out);
    screen_keep(screen, &view->line);
}

void screen_enter(struct console_screen *screen, const struct console_view *view) {
    if (view->alternate) {
        fputs("\x1b[?1049h\x1b[H\x1b[J", screen->out);
        screen->region_dirty = true;
    } else {
        line_render(&view->line, screen->utf8, screen->out);
    }
    screen->status_dirty = true;
}

void screen_close(struct console_screen *screen, const struct console_view *view) {
    if (!screen->open)
        return;
    screen->open = false;
    screen_leave(screen, view);
    if (pinned(screen))
        fprintf(screen->out, SAVE "\x1b[%u;1H\x1b[2K\x1b[r" RESTORE, screen->rows);
    if (view->wild && !view->alternate)
        fprintf(screen->out, "\x1b[%u;1H", screen->rows);
}

void screen_status(struct console_screen *screen, const char *text) {
    if (strcmp(screen->status, text) == 0)
        return;
    snprintf(screen->status, sizeof(screen->status), "%s", text);
    screen->status_dirty = true;
}

/* The status text as one full row. */
static void draw_row(struct console_screen *screen) {
    struct console_line row = {.width = 0};

    line_write(&row, screen->status, screen->utf8);
    while (row.length < screen->columns && !row.overflow)
        line_put(&row, ' ');
    if (row.length > screen->columns)
        row.length = screen->columns;
    line_text(&row, screen->utf8, screen->out);
}

void screen_update(struct console_screen *screen, const struct console_view *view, uint64_t now) {
    if (!screen->open)
        return;
    if (screen->region_dirty)
        set_region(screen);
    if (!screen->status_dirty || !pinned(screen))
        return;
    if (view->saved && now - view->saved_at < SAVED_CURSOR_MS)
        return;
    fprintf(screen->out, SAVE "\x1b[%u;1H\x1b[0%sm", screen->rows, screen->styled ? ";7" : "");
    draw_row(screen);
    fputs("\x1b[0m" RESTORE, screen->out);
    screen->status_dirty = false;
}

static void remember(struct console_screen *screen, char *text) {
    free(screen->history[screen->history_next]);
    screen->history[screen->history_next] = text;
    screen->history_next = (screen->history_next + 1) % SCREEN_HISTORY;
}

void screen_keep(struct console_screen *screen, const struct console_line *line) {
    struct console_line copy = *line;
    char *text;
    size_t size;
    FILE *out = arena_memstream(&text, &size);

    copy.cursor = copy.length; /* no cursor movement, no style left on */
    copy.style = (struct line_style){0};
    line_render(&copy, screen->utf8, out);
    fclose(out);
    remember(screen, text);
}

/* Clear the rows of the focused line; the cursor ends where the line begins. */
static void lift(struct console_screen *screen, const struct console_line *line) {
    size_t rows = line_rows(line);

    fputs("\x1b[0m\r", screen->out);
    if (line_cursor_row(line) != 0)
        fprintf(screen->out, "\x1b[%zuA", line_cursor_row(line));
    for (size_t row = 0; row < rows; row++)
        fputs(row + 1 < rows ? "\x1b[K\x1b[B" : "\x1b[K", screen->out);
    if (rows > 1)
        fprintf(screen->out, "\x1b[%zuA", rows - 1);
}

void screen_insert(struct console_screen *screen, const struct console_view *view, char *text) {
    lift(screen, &view->line);
    fprintf(screen->out, "%s\r\n", text);
    line_render(&view->line, screen->utf8, screen->out);
    remember(screen, text);
}

/* The rows that a line of the history takes at the terminal's present width. */
static size_t rows_of(const struct console_screen *screen, const char *text) {
    struct console_line line = {.width = screen->columns};

    line_write(&line, text, screen->utf8);
    line.cursor = 0; /* it wraps only for a further character */
    return line_rows(&line);
}

/* The line that is the n-th last of the history, from 1 on. */
static const char *last_line(const struct console_screen *screen, size_t n) {
    return screen->history[(screen->history_next + SCREEN_HISTORY - n) % SCREEN_HISTORY];
}

/* As much of the history as fits above the focused line. */
static void draw_history(struct console_screen *screen, size_t room) {
    size_t count = 0;

    while (count < SCREEN_HISTORY && last_line(screen, count + 1) != NULL) {
        size_t rows = rows_of(screen, last_line(screen, count + 1));

        if (rows > room)
            break;
        room -= rows;
        count++;
    }
    for (; count > 0; count--)
        fprintf(screen->out, "%s\r\n", last_line(screen, count));
}

void screen_resize(struct console_screen *screen, const struct console_view *view, unsigned rows,
                   unsigned columns) {
    unsigned old_rows = screen->rows;

    screen->rows = rows;
    screen->columns = columns;
    if (view->alternate || view->wild) {
        /* A full-screen program draws its own; only the old status line is in the way. */
        if (old_rows < rows)
            fprintf(screen->out, SAVE "\x1b[%u;1H\x1b[2K" RESTORE, old_rows);
        screen_settle(screen);
        return;
    }
    fputs("\x1b[0m\x1b[r\x1b[H\x1b[J", screen->out);
    set_region(screen);
    size_t text_rows = screen_text_rows(rows);
    size_t own = line_rows(&view->line);
    draw_history(screen, text_rows > own ? text_rows - own : 0);
    line_render(&view->line, screen->utf8, screen->out);
}

void screen_free(struct console_screen *screen) {
    for (size_t i = 0; i < SCREEN_HISTORY; i++)
        free(screen->history[i]);
}
