/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/console_mux_screen.h"

#include <stdlib.h>
#include <string.h>

#define MIN_ROWS_FOR_STATUS 4
/* How long a guest may hold the terminal's one saved cursor before the status line takes it. */
#define SAVED_CURSOR_MS 1000

/* Style, cursor, keypad, mouse, paste and character set as a shell expects them. */
#define MODES_OFF                                                                                  \
    "\x1b[0m\x1b[?25h\x1b[?7h\x1b[?1l\x1b>\x1b[4l\x1b[?1000l\x1b[?1002l\x1b[?1003l"                \
    "\x1b[?1006l\x1b[?2004l\x1b(B\x0f"

unsigned screen_text_rows(const struct console_screen *screen) {
    return screen->rows >= MIN_ROWS_FOR_STATUS ? screen->rows - 1 : screen->rows;
}

static bool pinned(const struct console_screen *screen) {
    return screen_text_rows(screen) != screen->rows;
}

/* Setting the region moves the cursor, so it is saved around that. */
static void set_region(struct console_screen *screen) {
    if (pinned(screen))
        out_format(&screen->out,
                   "\x1b"
                   "7\x1b[1;%ur\x1b"
                   "8",
                   screen->rows - 1);
    else
        out_string(&screen->out, "\x1b"
                                 "7\x1b[r\x1b"
                                 "8");
    screen->region_dirty = false;
    screen->status_dirty = true;
}

void screen_settle(struct console_screen *screen) {
    if (pinned(screen)) {
        /* On the bottom row, the line feed scrolls all up by one row: then there is one for us. */
        out_format(&screen->out,
                   "\x1b"
                   "7\x1b[r\x1b[%u;1H\x1b[2K\x1b"
                   "8\n\x1b[A",
                   screen->rows);
    }
    set_region(screen);
}

void screen_open(struct console_screen *screen, unsigned rows, unsigned columns) {
    screen->rows = rows;
    screen->columns = columns;
    screen->open = true;
    out_string(&screen->out, "\r");
    if (pinned(screen))
        out_string(&screen->out, "\n\x1b[A"); /* as below, but the bottom row may hold a text */
    set_region(screen);
}

/* From the cursor's row in the line to its last one. */
static void to_last_row(struct console_screen *screen, const struct console_line *line) {
    size_t below = line_rows(line) - 1 - line_cursor_row(line);

    if (below)
        out_format(&screen->out, "\x1b[%zuB", below);
}

void screen_leave(struct console_screen *screen, const struct console_view *view) {
    if (view->alternate)
        out_string(&screen->out, "\x1b[?1049l");
    out_string(&screen->out, MODES_OFF);
    if (view->alternate || view->wild || view_at_line_start(view))
        out_string(&screen->out, "\r");
    if (view->alternate || view_at_line_start(view))
        return;
    to_last_row(screen, &view->line);
    out_string(&screen->out, "\r\n");
    screen_keep(screen, &view->line);
}

void screen_enter(struct console_screen *screen, const struct console_view *view) {
    if (view->alternate) {
        out_string(&screen->out, "\x1b[?1049h\x1b[H\x1b[J");
        screen->region_dirty = true;
    } else {
        line_render(&view->line, screen->utf8, &screen->out);
    }
    screen->status_dirty = true;
}

void screen_close(struct console_screen *screen, const struct console_view *view) {
    if (!screen->open)
        return;
    screen->open = false;
    screen_leave(screen, view);
    if (pinned(screen))
        out_format(&screen->out,
                   "\x1b"
                   "7\x1b[%u;1H\x1b[2K\x1b[r\x1b"
                   "8",
                   screen->rows);
    if (view->wild && !view->alternate)
        out_format(&screen->out, "\x1b[%u;1H", screen->rows);
}

void screen_status(struct console_screen *screen, const char *text) {
    if (strcmp(screen->status, text) == 0)
        return;
    size_t size = strlen(text);
    size = size < sizeof(screen->status) ? size : sizeof(screen->status) - 1;
    memcpy(screen->status, text, size);
    screen->status[size] = 0;
    screen->status_dirty = true;
}

/* The status text as one full row. */
static void draw_row(struct console_screen *screen) {
    struct console_line row = {.width = 0};
    struct escape_parser parser;
    struct token token;
    const char *text = screen->status;
    size_t left = strlen(text);

    escape_init(&parser, screen->utf8);
    while (left && row.length < screen->columns) {
        size_t taken = escape_take(&parser, text, left, &token);
        if (token.kind == TOKEN_CHARACTER)
            line_put(&row, token.code);
        text += taken;
        left -= taken;
    }
    while (row.length < screen->columns && !row.overflow)
        line_put(&row, ' ');
    if (row.length > screen->columns)
        row.length = screen->columns;
    line_text(&row, screen->utf8, &screen->out);
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
    out_format(&screen->out,
               "\x1b"
               "7\x1b[%u;1H\x1b[0%sm",
               screen->rows, screen->styled ? ";7" : "");
    draw_row(screen);
    out_string(&screen->out, "\x1b[0m\x1b"
                             "8");
    screen->status_dirty = false;
}

static void remember(struct console_screen *screen, const struct out_buffer *line,
                     unsigned columns) {
    struct screen_line *slot = &screen->history[screen->history_next];
    char *text = malloc(line->size + 1);

    if (!text)
        return;
    if (line->size)
        memcpy(text, line->bytes, line->size);
    text[line->size] = 0;
    free(slot->text);
    *slot = (struct screen_line){.text = text, .columns = columns};
    screen->history_next = (screen->history_next + 1) % SCREEN_HISTORY;
}

void screen_keep(struct console_screen *screen, const struct console_line *line) {
    struct out_buffer bytes = {0};
    struct console_line copy = *line;

    copy.cursor = copy.length; /* no cursor movement, no style left on */
    copy.style = (struct line_style){0};
    line_render(&copy, screen->utf8, &bytes);
    remember(screen, &bytes, (unsigned)line->length);
    out_free(&bytes);
}

/* Clear the rows of the focused line; the cursor ends where the line begins. */
static void lift(struct console_screen *screen, const struct console_line *line) {
    size_t rows = line_rows(line);

    out_string(&screen->out, "\x1b[0m\r");
    if (line_cursor_row(line))
        out_format(&screen->out, "\x1b[%zuA", line_cursor_row(line));
    for (size_t row = 0; row < rows; row++)
        out_string(&screen->out, row + 1 < rows ? "\x1b[K\x1b[B" : "\x1b[K");
    if (rows > 1)
        out_format(&screen->out, "\x1b[%zuA", rows - 1);
}

void screen_insert(struct console_screen *screen, const struct console_view *view,
                   const char *prefix, const char *text) {
    struct out_buffer bytes = {0};

    if (screen->styled)
        out_string(&bytes, "\x1b[2m");
    out_string(&bytes, prefix);
    out_string(&bytes, text);
    if (screen->styled)
        out_string(&bytes, "\x1b[0m");
    lift(screen, &view->line);
    out_bytes(&screen->out, bytes.bytes, bytes.size);
    out_string(&screen->out, "\r\n");
    line_render(&view->line, screen->utf8, &screen->out);
    remember(screen, &bytes, (unsigned)(strlen(prefix) + strlen(text)));
    out_free(&bytes);
}

static size_t rows_of(const struct console_screen *screen, unsigned columns) {
    return columns <= screen->columns ? 1 : (columns + screen->columns - 1) / screen->columns;
}

/* As much of the history as fits above the focused line. */
static void draw_history(struct console_screen *screen, size_t room) {
    size_t count = 0;

    while (count < SCREEN_HISTORY) {
        size_t index = (screen->history_next + SCREEN_HISTORY - count - 1) % SCREEN_HISTORY;
        const struct screen_line *line = &screen->history[index];

        if (!line->text || rows_of(screen, line->columns) > room)
            break;
        room -= rows_of(screen, line->columns);
        count++;
    }
    while (count > 0) {
        size_t index = (screen->history_next + SCREEN_HISTORY - count) % SCREEN_HISTORY;
        out_string(&screen->out, screen->history[index].text);
        out_string(&screen->out, "\r\n");
        count--;
    }
}

void screen_resize(struct console_screen *screen, const struct console_view *view, unsigned rows,
                   unsigned columns) {
    unsigned old_rows = screen->rows;

    screen->rows = rows;
    screen->columns = columns;
    if (view->alternate || view->wild) {
        /* A full-screen program draws its own; only the old status line is in the way. */
        if (old_rows < rows)
            out_format(&screen->out,
                       "\x1b"
                       "7\x1b[%u;1H\x1b[2K\x1b"
                       "8",
                       old_rows);
        screen_settle(screen);
        return;
    }
    out_string(&screen->out, "\x1b[0m\x1b[r\x1b[H\x1b[J");
    set_region(screen);
    size_t text_rows = screen_text_rows(screen);
    size_t own = line_rows(&view->line);
    draw_history(screen, text_rows > own ? text_rows - own : 0);
    line_render(&view->line, screen->utf8, &screen->out);
}

void screen_free(struct console_screen *screen) {
    for (size_t i = 0; i < SCREEN_HISTORY; i++) {
        free(screen->history[i].text);
        screen->history[i] = (struct screen_line){0};
    }
    out_free(&screen->out);
}
