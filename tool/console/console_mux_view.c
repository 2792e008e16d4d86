/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/console_mux_view.h"

#include <string.h>

#include "tool/base/utf8.h"

/* A line end that comes this long after the last cursor addressing ends a full-screen program. */
#define WILD_MS 500

void view_init(struct console_view *view, bool utf8, unsigned rows, unsigned width) {
    *view = (struct console_view){.rows = rows};
    view->line.width = width;
    escape_init(&view->parser, utf8);
}

/* Besides enum view_effect: the terminal gets the token as it came. */
#define GIVE 0x100u

static unsigned go_wild(struct console_view *view) {
    view->wild = true;
    view->wild_at = view->spoke_at;
    view->blank = false;
    return GIVE;
}

/* Whether a byte is one of some. */
static bool is_one_of(uint32_t byte, const char *bytes) {
    return byte != 0 && strchr(bytes, (int)byte) != NULL;
}

static unsigned take_control(struct console_view *view, const struct token *token, FILE *out) {
    if (is_one_of(token->code, "\n\v\f")) {
        /* A bare-metal guest ends its lines with \n alone. */
        if (out != NULL)
            fputs(view->wild || view->alternate ? "\n" : "\r\n", out);
        return VIEW_LINE_END;
    }
    /* Besides what moves in the line: the bell, and character sets. */
    return line_control(&view->line, token->code) || is_one_of(token->code, "\a\x0e\x0f") ? GIVE
                                                                                          : 0;
}

static unsigned save_cursor(struct console_view *view) {
    view->saved = true;
    view->saved_at = view->spoke_at;
    view->saved_wild = view->wild;
    view->saved_cursor = view->line.cursor;
    return GIVE;
}

static unsigned restore_cursor(struct console_view *view) {
    if (!view->saved)
        return go_wild(view);
    view->saved = false;
    view->wild = view->saved_wild;
    view->line.cursor = view->saved_cursor;
    view->line.pending = false;
    return GIVE;
}

/* Full reset: clear and home, without touching the status line's ways. */
static unsigned reset(struct console_view *view, FILE *out) {
    line_reset(&view->line);
    view->line.style = (struct line_style){0};
    view->alternate = false;
    go_wild(view);
    view->blank = true;
    if (out != NULL)
        fputs("\x1b[?1049l\x1b[0m\x1b[H\x1b[J", out);
    return VIEW_SCREEN | VIEW_REGION;
}

static unsigned take_escape(struct console_view *view, const struct token *token, FILE *out) {
    uint32_t final = (unsigned char)token->final;

    if (token->intermediate != 0)
        return is_one_of((unsigned char)token->intermediate, "()*+") ? GIVE
                                                                     : 0; /* character sets */
    if (final == '7')
        return save_cursor(view);
    if (final == '8')
        return restore_cursor(view);
    if (final == 'c')
        return reset(view, out);
    if (is_one_of(final, "DEM")) /* to another row */
        return go_wild(view);
    return is_one_of(final, "=>") ? GIVE : 0; /* the keypad */
}

/* The alternate screen gives the cursor back where it was. */
static void set_alternate(struct console_view *view, bool on) {
    if (on && !view->alternate)
        view->fresh_before = !view->wild && view_at_line_start(view);
    bool fresh = !on && view->alternate && view->fresh_before;
    view->alternate = on;
    go_wild(view);
    if (fresh) {
        view->wild = false;
        line_reset(&view->line);
    }
}

/* Sequences with ESC [ ? ... h or l. */
static unsigned take_mode(struct console_view *view, const struct token *token) {
    unsigned effects = GIVE;

    for (size_t i = 0; i < token->param_count; i++) {
        unsigned mode = token->params[i];

        /* 80 or 132 columns, an origin that would shift the status line, left and right margins. */
        if (mode == 3 || mode == 6 || mode == 69)
            return 0;
        if (mode == 47 || mode == 1047 || mode == 1049) {
            set_alternate(view, token->final == 'h');
            effects = GIVE | VIEW_SCREEN | VIEW_REGION;
        }
    }
    return effects;
}

static unsigned limit(const struct console_view *view, unsigned row) {
    return view->rows && row > view->rows ? view->rows : row;
}

/* Cursor addressing: never on the status line's row. */
static unsigned take_address(struct console_view *view, const struct token *token, FILE *out) {
    unsigned row = token_param(token, 0, 1);
    unsigned column = token_param(token, 1, 1);

    go_wild(view);
    if (token->final != 'd' && row == 1 && column == 1) {
        view->home = true;
        line_reset(&view->line);
    }
    if (out != NULL && token->final == 'd')
        fprintf(out, "\x1b[%ud", limit(view, row));
    else if (out != NULL)
        fprintf(out, "\x1b[%u;%uH", limit(view, row), column);
    return 0;
}

/* The scroll region: within the rows above the status line. */
static unsigned take_region(struct console_view *view, const struct token *token, FILE *out) {
    unsigned top = token_param(token, 0, 1);
    unsigned bottom = limit(view, token_param(token, 1, view->rows));

    if (token->marker != 0 || token->intermediate != 0)
        return 0;
    go_wild(view);
    if (out != NULL && top < bottom)
        fprintf(out, "\x1b[%u;%ur", top, bottom);
    else if (out != NULL && bottom == 0)
        fputs("\x1b[r", out);
    return 0;
}

static unsigned take_erase(struct console_view *view, const struct token *token, bool was_home) {
    bool in_line = token_param(token, 0, 0) == 0 && !was_home && line_csi(&view->line, token);

    if (!in_line)
        go_wild(view);
    if (was_home) {
        view->blank = true;
        line_reset(&view->line);
    }
    return GIVE | VIEW_SCREEN;
}

static unsigned take_csi(struct console_view *view, const struct token *token, FILE *out) {
    uint32_t final = (unsigned char)token->final;
    bool was_home = view->home;

    view->home = false;
    if (token->marker == '?' && is_one_of(final, "hl"))
        return take_mode(view, token);
    if (is_one_of(final, "Hfd"))
        return take_address(view, token, out);
    if (final == 'r')
        return take_region(view, token, out);
    if (final == 'J')
        return take_erase(view, token, was_home);
    if (is_one_of(final, "su"))
        return final == 's' ? save_cursor(view) : restore_cursor(view);
    if (is_one_of(final, "te")) /* window operations, and moves over the region's edge */
        return 0;
    if (final == 'p')
        return GIVE | VIEW_REGION;
    /* Questions, whose answer is typed to the VM, and modes leave the cursor where it is. */
    view->home = was_home && is_one_of(final, "nchlqm");
    if (!is_one_of(final, "nchlq") && !line_csi(&view->line, token))
        go_wild(view);
    return GIVE;
}

unsigned view_take(struct console_view *view, const struct token *token, uint64_t now, FILE *out) {
    unsigned effects = 0;

    view->spoke_at = now;
    if (token->kind != TOKEN_CSI)
        view->home = false;
    if (token->kind == TOKEN_CHARACTER) {
        line_put(&view->line, token->code);
        if (out != NULL)
            utf8_put(out, token->code, view->parser.utf8);
    } else if (token->kind == TOKEN_CONTROL) {
        effects = take_control(view, token, out);
    } else if (token->kind == TOKEN_ESCAPE) {
        effects = take_escape(view, token, out);
    } else if (token->kind == TOKEN_CSI) {
        effects = take_csi(view, token, out);
    }
    if (out != NULL && (effects & GIVE))
        fwrite(token->bytes, 1, token->size, out);
    return effects & ~GIVE;
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
