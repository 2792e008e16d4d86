/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/console_mux.h"

#include <stdlib.h>
#include <string.h>

#include "abi/console.h"
#include "tool/console/console_mux_screen.h"
#include "tool/console/console_mux_view.h"
#include "tool/console/status.h"

#define TAG_MAX   66 /* a name with what is behind it */
#define QUEUE_MAX 256
/* Others' lines wait until the focused VM has been quiet for this long inside a line... */
#define QUIET_MS 40
/* ...but no longer than this. */
#define PATIENCE_MS 250
/* A line that begins with '@' and comes to a halt for this long is no record but an echo
   of typing... */
#define ECHO_MS 200
/* ...if something was typed at most this long ago; else the machine is slow, and may take
   longer. */
#define TYPING_MS 2000
#define RECORD_MS 5000

/* Speakers besides the VMs, numbered after them. */
enum { SPEAKER_HYPERVISOR, SPEAKER_MACHINE, SPEAKER_EMULATOR, SPEAKER_EXTRA };

struct voice {
    const char *name;
    bool hidden;        /* focused, and its line may be a record: not on the screen yet */
    uint64_t hidden_at; /* its last byte */
    struct console_view view;
};

struct console_mux {
    struct console_mux_config config;
    struct console_screen screen;
    struct voice voices[CONSOLE_MUX_MAX_VMS + SPEAKER_EXTRA];
    size_t voice_count;
    size_t speaker; /* whose bytes come now */
    size_t focus;
    bool in_tag;
    char tag[TAG_MAX];
    size_t tag_size;
    char *queue[QUEUE_MAX]; /* others' lines that wait */
    size_t queue_count;
    size_t queue_lost;
    uint64_t now;
    uint64_t queued_at; /* when the oldest was queued */
    uint64_t typed_at;  /* when the user last typed to the focused VM */
    char *out_bytes;    /* the screen's stream */
    size_t out_size;
    char *written; /* the bytes of the stream before it */
};

static size_t extra(const struct console_mux *mux, size_t which) {
    return mux->config.count + which;
}

static struct voice *focused(struct console_mux *mux) {
    return &mux->voices[mux->focus];
}

static bool is_shown(const struct console_mux *mux, const struct voice *voice) {
    return !mux->config.plain && voice == &mux->voices[mux->focus];
}

static void voice_restart(struct console_mux *mux, struct voice *voice) {
    view_init(&voice->view, mux->config.utf8, screen_text_rows(mux->screen.rows),
              mux->config.plain ? 0 : mux->screen.columns);
    voice->hidden = false;
}

struct console_mux *console_mux_create(const struct console_mux_config *config,
                                       struct arena *arena) {
    static const char *const extra_names[SPEAKER_EXTRA] = {
        [SPEAKER_HYPERVISOR] = CONSOLE_HYPERVISOR_NAME,
        [SPEAKER_MACHINE] = "",
        [SPEAKER_EMULATOR] = "qemu",
    };
    if (config->count == 0 || config->count > CONSOLE_MUX_MAX_VMS)
        return NULL;
    struct console_mux *mux = arena_alloc(arena, sizeof(*mux));
    mux->config = *config;
    mux->voice_count = config->count + SPEAKER_EXTRA;
    mux->screen = (struct console_screen){
        .out = arena_memstream(&mux->out_bytes, &mux->out_size),
        .utf8 = config->utf8,
        .styled = config->styled,
        .columns = 80,
    };
    for (size_t i = 0; i < mux->voice_count; i++) {
        mux->voices[i].name = i < config->count ? config->names[i] : extra_names[i - config->count];
        voice_restart(mux, &mux->voices[i]);
    }
    mux->speaker = extra(mux, SPEAKER_MACHINE);
    return mux;
}

void console_mux_destroy(struct console_mux *mux) {
    for (size_t i = 0; i < mux->queue_count; i++)
        free(mux->queue[i]);
    screen_free(&mux->screen);
    fclose(mux->screen.out);
    free(mux->out_bytes);
    free(mux->written);
}

/* Another speaker's line as the screen shows it. */
static char *format_line(const struct console_mux *mux, const char *name, const char *text) {
    bool dim = mux->config.styled;
    char *line;
    size_t size;
    FILE *out = arena_memstream(&line, &size);

    fprintf(out, "%s%s%s%s%s", dim ? "\x1b[2m" : "", name, name[0] == '\0' ? "" : "| ", text,
            dim ? "\x1b[0m" : "");
    fclose(out);
    return line;
}

static void queue_line(struct console_mux *mux, const char *name, const char *text) {
    if (mux->queue_count == 0)
        mux->queued_at = mux->now;
    if (mux->queue_count == QUEUE_MAX) {
        free(mux->queue[0]);
        memmove(&mux->queue[0], &mux->queue[1], --mux->queue_count * sizeof(mux->queue[0]));
        mux->queue_lost++;
    }
    mux->queue[mux->queue_count++] = format_line(mux, name, text);
}

/* Whether the lines that wait can be shown now. */
static bool is_good_moment(struct console_mux *mux) {
    const struct voice *voice = focused(mux);
    const struct console_view *view = &voice->view;

    if (!mux->screen.open || !view_is_line_mode(view, mux->now) ||
        line_rows(&view->line) + 1 >= screen_text_rows(mux->screen.rows))
        return false;
    return voice->hidden || view_at_line_start(view) || mux->now - view->spoke_at >= QUIET_MS ||
           mux->now - mux->queued_at >= PATIENCE_MS;
}

static void flush_queue(struct console_mux *mux) {
    struct console_view view = focused(mux)->view;

    if (mux->queue_count == 0 || !is_good_moment(mux))
        return;
    if (focused(mux)->hidden)
        line_reset(&view.line); /* nothing of its line is on the screen */
    if (mux->queue_lost != 0) {
        char notice[64];

        snprintf(notice, sizeof(notice), "(%zu lines of other VMs were not shown)",
                 mux->queue_lost);
        screen_insert(&mux->screen, &view, format_line(mux, "", notice));
        mux->queue_lost = 0;
    }
    for (size_t i = 0; i < mux->queue_count; i++)
        screen_insert(&mux->screen, &view, mux->queue[i]);
    mux->queue_count = 0;
}

/* A record begins with '@' and a small letter. */
static bool may_follow_at(uint32_t code) {
    return code >= 'a' && code <= 'z';
}

/* A VM whose life took a turn leaves no full-screen program and no unfinished line behind. */
static void follow_hypervisor(struct console_mux *mux, const char *text) {
    for (size_t i = 0; i < mux->config.count; i++) {
        struct voice *voice = &mux->voices[i];

        if (status_event(text, voice->name) == STATUS_WAITING)
            continue;
        if (is_shown(mux, voice) && mux->screen.open) {
            if (voice->hidden)
                line_reset(&voice->view.line);
            screen_leave(&mux->screen, &voice->view);
            mux->screen.region_dirty = true;
        }
        voice_restart(mux, voice);
    }
}

/* Passes a speaker's finished line on: to the screen, as a record, as an event of a VM's life. */
static void tell_line(struct console_mux *mux, const struct voice *voice, bool full_screen,
                      const char *text) {
    size_t speaker = (size_t)(voice - mux->voices);
    bool record = text[0] == '@' && may_follow_at((uint8_t)text[1]) && speaker < mux->config.count;
    bool ours = speaker == extra(mux, SPEAKER_HYPERVISOR) || speaker == extra(mux, SPEAKER_MACHINE);

    if (mux->config.plain)
        fprintf(mux->screen.out, "%s%s%s\n", voice->name, voice->name[0] == '\0' ? "" : "| ", text);
    else if (!is_shown(mux, voice) && !record && !full_screen)
        queue_line(mux, voice->name, text);
    if (speaker == extra(mux, SPEAKER_HYPERVISOR))
        follow_hypervisor(mux, text);
    if ((record || ours) && mux->config.record != NULL)
        mux->config.record(mux->config.context, voice->name, text);
}

/* The speaker's line is complete, and on the screen already if it is the focused one's. */
static void end_line(struct console_mux *mux, struct voice *voice) {
    bool full_screen = voice->view.alternate || voice->view.wild;
    char *text;
    size_t size;
    FILE *out = arena_memstream(&text, &size);

    line_text(&voice->view.line, mux->config.utf8, out);
    fclose(out);
    if (!voice->hidden && is_shown(mux, voice) && !full_screen)
        screen_keep(&mux->screen, &voice->view.line);
    voice->hidden = false;
    view_next_line(&voice->view, mux->now);
    tell_line(mux, voice, full_screen, text);
    free(text);
}

/* The focused VM's held line is no record after all: show as much of it as has come. */
static void reveal(struct console_mux *mux, struct voice *voice) {
    voice->hidden = false;
    if (mux->screen.open)
        line_render(&voice->view.line, mux->config.utf8, mux->screen.out);
}

/* Decide whether a token begins, continues or ends the hiding of a line that may be a record. */
static void hide_or_reveal(struct console_mux *mux, struct voice *voice,
                           const struct token *token) {
    const struct console_view *view = &voice->view;

    voice->hidden_at = mux->now;
    if (!voice->hidden) {
        voice->hidden = token->kind == TOKEN_CHARACTER && token->code == '@' && !view->wild &&
                        !view->alternate && view_at_line_start(view);
        return;
    }
    bool line_end = token->kind == TOKEN_CONTROL && (token->code == '\r' || token->code == '\n');
    bool fits = token->kind == TOKEN_CHARACTER &&
                (view->line.length > 1 || may_follow_at(token->code)) && !view->line.overflow;
    if (line_end ? view->line.length < 2 : !fits)
        reveal(mux, voice);
}

static void take_token(struct console_mux *mux, struct voice *voice, const struct token *token) {
    bool shown = is_shown(mux, voice);

    if (shown)
        hide_or_reveal(mux, voice, token);
    bool on_screen = shown && !voice->hidden && mux->screen.open;
    /* A line longer than the model: others' come in pieces. */
    if (!shown && token->kind == TOKEN_CHARACTER && line_is_full(&voice->view.line))
        end_line(mux, voice);
    unsigned effects = view_take(&voice->view, token, mux->now, on_screen ? mux->screen.out : NULL);
    if (on_screen && (effects & VIEW_SCREEN))
        mux->screen.status_dirty = true;
    if (on_screen && (effects & VIEW_REGION) && !voice->view.alternate)
        screen_settle(&mux->screen); /* a resize may have put the main screen's cursor anywhere */
    else if (on_screen && (effects & VIEW_REGION))
        mux->screen.region_dirty = true;
    if (effects & VIEW_LINE_END) {
        end_line(mux, voice);
        flush_queue(mux);
    }
}

static void take_voice(struct console_mux *mux, size_t speaker, const char *bytes, size_t size) {
    struct voice *voice = &mux->voices[speaker];
    struct token token;

    while (size != 0) {
        size_t taken = escape_take(&voice->view.parser, bytes, size, &token);
        bytes += taken;
        size -= taken;
        if (token.kind != TOKEN_NONE)
            take_token(mux, voice, &token);
    }
}

/* A tag is "NAME| " of a speaker that we know; false if this one is not. */
static bool switch_speaker(struct console_mux *mux) {
    for (size_t i = 0; i <= extra(mux, SPEAKER_HYPERVISOR); i++) {
        const char *name = mux->voices[i].name;
        size_t size = strlen(name);

        if (mux->tag_size == size + 2 && memcmp(mux->tag, name, size) == 0 &&
            memcmp(mux->tag + size, "| ", 2) == 0) {
            mux->speaker = i;
            return true;
        }
    }
    return false;
}

/* A tag that turned out to be none is text of the current speaker. */
static void take_tag_as_text(struct console_mux *mux) {
    mux->in_tag = false;
    take_voice(mux, mux->speaker, mux->tag, mux->tag_size);
}

static void take_tag_byte(struct console_mux *mux, char byte) {
    if (byte == CONSOLE_TAG_BEGIN) {
        if (mux->in_tag)
            take_tag_as_text(mux);
        mux->in_tag = true;
        mux->tag_size = 0;
    } else if (byte == CONSOLE_TAG_END) {
        mux->in_tag = false;
        if (!switch_speaker(mux))
            take_tag_as_text(mux);
    } else {
        mux->tag[mux->tag_size++] = byte;
        if (mux->tag_size == TAG_MAX || byte == '\n')
            take_tag_as_text(mux);
    }
}

void console_mux_take(struct console_mux *mux, const char *bytes, size_t size, uint64_t now) {
    mux->now = now;
    for (const char *end = bytes + size; bytes < end;) {
        const char *tag =
            mux->in_tag ? bytes : memchr(bytes, CONSOLE_TAG_BEGIN, (size_t)(end - bytes));
        const char *text_end = tag == NULL ? end : tag;

        take_voice(mux, mux->speaker, bytes, (size_t)(text_end - bytes));
        if (tag != NULL)
            take_tag_byte(mux, *tag);
        bytes = tag == NULL ? end : tag + 1;
    }
    console_mux_tick(mux, now);
}

void console_mux_take_vm(struct console_mux *mux, size_t vm, const char *bytes, size_t size,
                         uint64_t now) {
    mux->now = now;
    take_voice(mux, vm, bytes, size);
    console_mux_tick(mux, now);
}

void console_mux_take_emulator(struct console_mux *mux, const char *bytes, size_t size,
                               uint64_t now) {
    console_mux_take_vm(mux, extra(mux, SPEAKER_EMULATOR), bytes, size, now);
}

void console_mux_typed(struct console_mux *mux, uint64_t now) {
    mux->typed_at = now;
}

void console_mux_say(struct console_mux *mux, const char *text, uint64_t now) {
    mux->now = now;
    if (!mux->config.plain)
        queue_line(mux, "", text);
    console_mux_tick(mux, now);
}

void console_mux_tick(struct console_mux *mux, uint64_t now) {
    struct voice *voice = focused(mux);
    uint64_t patience = now - mux->typed_at < TYPING_MS ? ECHO_MS : RECORD_MS;

    mux->now = now;
    if (mux->config.plain)
        return;
    if (voice->hidden && now - voice->hidden_at >= patience)
        reveal(mux, voice);
    flush_queue(mux);
    screen_update(&mux->screen, &voice->view, now);
}

void console_mux_finish(struct console_mux *mux, uint64_t now) {
    mux->now = now;
    if (mux->in_tag)
        take_tag_as_text(mux);
    for (size_t i = 0; i < mux->voice_count; i++) {
        struct voice *voice = &mux->voices[i];

        if (!is_shown(mux, voice) && voice->view.line.length != 0)
            end_line(mux, voice);
        else if (voice->hidden)
            reveal(mux, voice);
    }
    /* Nobody writes any more: every moment is a good one. */
    console_mux_tick(mux, now + PATIENCE_MS);
}

void console_mux_focus(struct console_mux *mux, size_t vm, uint64_t now) {
    if (vm >= mux->config.count || vm == mux->focus)
        return;
    struct voice *voice = focused(mux);
    if (mux->screen.open) {
        if (voice->hidden)
            reveal(mux, voice);
        screen_leave(&mux->screen, &voice->view);
    }
    voice->hidden = false;
    mux->focus = vm;
    mux->screen.region_dirty = true;
    if (mux->screen.open)
        screen_enter(&mux->screen, &focused(mux)->view);
    console_mux_tick(mux, now);
}

size_t console_mux_focused(const struct console_mux *mux) {
    return mux->focus;
}

bool console_mux_full_screen(const struct console_mux *mux) {
    return mux->voices[mux->focus].view.alternate;
}

static void resize_views(struct console_mux *mux, unsigned rows, unsigned columns) {
    for (size_t i = 0; i < mux->voice_count; i++) {
        mux->voices[i].view.rows = screen_text_rows(rows);
        mux->voices[i].view.line.width = columns;
    }
}

void console_mux_open(struct console_mux *mux, unsigned rows, unsigned columns) {
    resize_views(mux, rows, columns);
    screen_open(&mux->screen, rows, columns);
    screen_enter(&mux->screen, &focused(mux)->view);
}

void console_mux_resize(struct console_mux *mux, unsigned rows, unsigned columns) {
    resize_views(mux, rows, columns);
    if (mux->screen.open)
        screen_resize(&mux->screen, &focused(mux)->view, rows, columns);
}

void console_mux_close(struct console_mux *mux) {
    screen_close(&mux->screen, &focused(mux)->view);
}

void console_mux_status(struct console_mux *mux, const char *text) {
    screen_status(&mux->screen, text);
}

const char *console_mux_output(struct console_mux *mux, size_t *size) {
    fclose(mux->screen.out);
    free(mux->written);
    mux->written = mux->out_bytes;
    *size = mux->out_size;
    mux->screen.out = arena_memstream(&mux->out_bytes, &mux->out_size);
    return mux->written;
}
