/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/console_mux_view.h"

#include <string.h>

/* A line end that comes this long after the last cursor addressing ends a full-screen program. */
#define WILD_MS 500

void view_init(struct console_view *view, bool utf8, unsigned rows, unsigned width) {
    *view = (struct console_view){.rows = rows};
    view->line.width = width;
    escape_init(&view->parser, utf8);
}

static void give(struct out_buffer *out, const struct token *token) {
    if (out)
        out_bytes(out, token->bytes, token->size);
}

static unsigned go_wild(struct console_view *view, uint64_t now) {
    view->wild = true;
    view->wild_at = now;
    view->blank = false;
    return 0;
}

static unsigned take_control(struct console_view *view, const struct token *token,
                             struct out_buffer *out) {
    bool full_screen = view->wild || view->alternate;

    switch (token->code) {
    case '\n':
    case '\v':
    case '\f':
        /* A bare-metal guest ends its lines with \n alone. */
        if (out)
            out_string(out, full_screen ? "\n" : "\r\n");
        return VIEW_LINE_END;
    case '\r':
    case '\b':
    case '\t':
        line_control(&view->line, token->code);
        give(out, token);
        return 0;
    case 0x07: /* bell */
    case 0x0e: /* character sets */
    case 0x0f:
        give(out, token);
        return 0;
    default:
        return 0;
    }
}

static void save_cursor(struct console_view *view, uint64_t now) {
    view->saved = true;
    view->saved_at = now;
    view->saved_wild = view->wild;
    view->saved_cursor = view->line.cursor;
}

static void restore_cursor(struct console_view *view, uint64_t now) {
    if (!view->saved) {
        go_wild(view, now);
        return;
    }
    view->saved = false;
    view->wild = view->saved_wild;
    view->line.cursor = view->saved_cursor;
    view->line.pending = false;
}

static unsigned take_escape(struct console_view *view, const struct token *token, uint64_t now,
                            struct out_buffer *out) {
    if (token->intermediate) {
        if (strchr("()*+", token->intermediate))
            give(out, token); /* character sets */
        return 0;
    }
    switch (token->final) {
    case '7':
        save_cursor(view, now);
        give(out, token);
        return 0;
    case '8':
        restore_cursor(view, now);
        give(out, token);
        return 0;
    case '=':
    case '>':
        give(out, token);
        return 0;
    case 'D':
    case 'E':
    case 'M':
        go_wild(view, now);
        give(out, token);
        return 0;
    case 'c': /* full reset: clear and home, without touching the status line's ways */
        line_reset(&view->line);
        view->line.style = (struct line_style){0};
        view->alternate = false;
        go_wild(view, now);
        view->blank = true;
        if (out)
            out_string(out, "\x1b[?1049l\x1b[0m\x1b[H\x1b[J");
        return VIEW_SCREEN | VIEW_REGION;
    default:
        return 0;
    }
}

/* The alternate screen gives the cursor back where it was. */
static void set_alternate(struct console_view *view, bool on, uint64_t now) {
    if (on && !view->alternate)
        view->fresh_before = !view->wild && view_at_line_start(view);
    bool fresh = !on && view->alternate && view->fresh_before;
    view->alternate = on;
    go_wild(view, now);
    if (fresh) {
        view->wild = false;
        line_reset(&view->line);
    }
}

/* Sequences with ESC [ ? ... h or l. */
static unsigned take_mode(struct console_view *view, const struct token *token, uint64_t now,
                          struct out_buffer *out) {
    unsigned effects = 0;

    for (size_t i = 0; i < token->param_count; i++) {
        switch (token->params[i]) {
        case 3:  /* 80 or 132 columns */
        case 6:  /* origin mode: it would shift the status line */
        case 69: /* left and right margins */
            return 0;
        case 47:
        case 1047:
        case 1049:
            set_alternate(view, token->final == 'h', now);
            effects = VIEW_SCREEN | VIEW_REGION;
            break;
        default:
            break;
        }
    }
    give(out, token);
    return effects;
}

static unsigned limit(const struct console_view *view, unsigned row) {
    return view->rows && row > view->rows ? view->rows : row;
}

/* Cursor addressing: never on the status line's row. */
static unsigned take_address(struct console_view *view, const struct token *token, uint64_t now,
                             struct out_buffer *out) {
    unsigned row = token_param(token, 0, 1);
    unsigned column = token_param(token, 1, 1);

    go_wild(view, now);
    if (token->final != 'd' && row == 1 && column == 1) {
        view->home = true;
        line_reset(&view->line);
    }
    if (!out)
        return 0;
    if (token->final == 'd')
        out_format(out, "\x1b[%ud", limit(view, row));
    else
        out_format(out, "\x1b[%u;%uH", limit(view, row), column);
    return 0;
}

/* The scroll region: within the rows above the status line. */
static unsigned take_region(struct console_view *view, const struct token *token, uint64_t now,
                            struct out_buffer *out) {
    unsigned top = token_param(token, 0, 1);
    unsigned bottom = token_param(token, 1, view->rows);

    if (token->marker || token->intermediate)
        return 0;
    go_wild(view, now);
    bottom = limit(view, bottom);
    if (out && top < bottom)
        out_format(out, "\x1b[%u;%ur", top, bottom);
    else if (out && bottom == 0)
        out_string(out, "\x1b[r");
    return 0;
}

static unsigned take_erase(struct console_view *view, const struct token *token, bool was_home,
                           uint64_t now, struct out_buffer *out) {
    unsigned what = token_param(token, 0, 0);

    give(out, token);
    if (what == 0 && !was_home) {
        if (!line_csi(&view->line, token))
            go_wild(view, now);
        return VIEW_SCREEN;
    }
    go_wild(view, now);
    if (was_home) {
        view->blank = true;
        line_reset(&view->line);
    }
    return VIEW_SCREEN;
}

static unsigned take_csi(struct console_view *view, const struct token *token, uint64_t now,
                         struct out_buffer *out) {
    bool was_home = view->home;

    view->home = false;
    if (token->marker == '?' && (token->final == 'h' || token->final == 'l'))
        return take_mode(view, token, now, out);
    switch (token->final) {
    case 'H':
    case 'f':
    case 'd':
        return take_address(view, token, now, out);
    case 'r':
        return take_region(view, token, now, out);
    case 'J':
        return take_erase(view, token, was_home, now, out);
    case 's':
    case 'u':
        if (token->final == 's')
            save_cursor(view, now);
        else
            restore_cursor(view, now);
        give(out, token);
        return 0;
    case 't': /* window operations: not the guest's to do */
    case 'e': /* moves over the region's edge */
        return 0;
    case 'n': /* questions: the answer is typed to the VM */
    case 'c':
    case 'h':
    case 'l':
    case 'q':
        view->home = was_home;
        give(out, token);
        return 0;
    case 'p':
        give(out, token);
        return VIEW_REGION;
    default:
        if (!line_csi(&view->line, token))
            go_wild(view, now);
        view->home = was_home && token->final == 'm';
        give(out, token);
        return 0;
    }
}

unsigned view_take(struct console_view *view, const struct token *token, uint64_t now,
                   struct out_buffer *out) {
    view->spoke_at = now;
    if (token->kind != TOKEN_CSI)
        view->home = false;
    switch (token->kind) {
    case TOKEN_CHARACTER:
        line_put(&view->line, token->code);
        if (out)
            out_character(out, token->code, view->parser.utf8);
        return 0;
    case TOKEN_CONTROL:
        return take_control(view, token, out);
    case TOKEN_ESCAPE:
        return take_escape(view, token, now, out);
    case TOKEN_CSI:
        return take_csi(view, token, now, out);
    default:
        return 0;
    }
}

void view_next_line(struct console_view *view, uint64_t now) {
    line_reset(&view->line);
    view->blank = false;
    view->saved = false;
    if (view->wild && now - view->wild_at >= WILD_MS)
        view->wild = false;
}

bool view_at_line_start(const struct console_view *view) {
    return view->line.length == 0 && view->line.cursor == 0 && !view->line.overflow;
}

bool view_is_line_mode(const struct console_view *view, uint64_t now) {
    if (view->alternate || view->line.overflow)
        return false;
    /* `clear`, then a prompt: the line is known, and whoever cleared the screen is quiet. */
    return !view->wild ||
           (view->blank && now - view->wild_at >= WILD_MS && now - view->spoke_at >= WILD_MS);
}
