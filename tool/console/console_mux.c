/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/console_mux.h"

#include <stdlib.h>
#include <string.h>

#include "abi/console.h"
#include "tool/base/array.h"
#include "tool/console/console_mux_buffer.h"
#include "tool/console/console_mux_screen.h"
#include "tool/console/console_mux_view.h"

#define NAME_MAX_SIZE 64
#define TAG_MAX       (NAME_MAX_SIZE + 2)
#define QUEUE_MAX     256
/* Others' lines wait until the focused VM has been quiet for this long inside a line... */
#define QUIET_MS 40
/* ...but no longer than this. */
#define PATIENCE_MS 250
/* A line that begins with '@' and comes to a halt for this long is no record: an echo of typing...
 */
#define ECHO_MS 200
/* ...if something was typed at most this long ago; else the machine is slow, and may take longer.
 */
#define TYPING_MS 2000
#define RECORD_MS 5000

/* Speakers besides the VMs, numbered after them. */
enum { SPEAKER_HYPERVISOR, SPEAKER_MACHINE, SPEAKER_EMULATOR, SPEAKER_EXTRA };

struct voice {
    char name[NAME_MAX_SIZE];
    bool hidden;        /* focused, and its line may be a record: not on the screen yet */
    uint64_t hidden_at; /* its last byte */
    struct console_view view;
};

struct queued_line {
    char prefix[NAME_MAX_SIZE + 2];
    char *text;
};

struct console_mux {
    struct console_mux_config config;
    struct console_screen screen;
    struct voice *voices;
    size_t voice_count;
    size_t speaker; /* whose bytes come now */
    size_t focus;
    bool in_tag;
    char tag[TAG_MAX];
    size_t tag_size;
    struct queued_line queue[QUEUE_MAX];
    size_t queue_count;
    size_t queue_lost;
    uint64_t queued_at; /* when the oldest was queued */
    uint64_t typed_at;  /* when the user last typed to the focused VM */
    struct out_buffer written;
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

static unsigned view_width(const struct console_mux *mux) {
    return mux->config.plain ? 0 : mux->screen.columns;
}

static void voice_restart(struct console_mux *mux, struct voice *voice) {
    view_init(&voice->view, mux->config.utf8, screen_text_rows(&mux->screen), view_width(mux));
    voice->hidden = false;
}

struct console_mux *console_mux_create(const struct console_mux_config *config) {
    static const char *const extra_names[SPEAKER_EXTRA] = {
        [SPEAKER_HYPERVISOR] = CONSOLE_HYPERVISOR_NAME,
        [SPEAKER_MACHINE] = "",
        [SPEAKER_EMULATOR] = "qemu",
    };
    if (config->count == 0 || config->count > CONSOLE_MUX_MAX_VMS)
        return NULL;
    struct console_mux *mux = calloc(1, sizeof(*mux));
    if (!mux)
        return NULL;
    mux->config = *config;
    mux->voice_count = config->count + SPEAKER_EXTRA;
    mux->voices = calloc(mux->voice_count, sizeof(*mux->voices));
    if (!mux->voices) {
        free(mux);
        return NULL;
    }
    mux->screen.utf8 = config->utf8;
    mux->screen.styled = config->styled;
    mux->screen.columns = 80;
    for (size_t i = 0; i < mux->voice_count; i++) {
        const char *name = i < config->count ? config->names[i] : extra_names[i - config->count];
        strncat(mux->voices[i].name, name, NAME_MAX_SIZE - 1);
        voice_restart(mux, &mux->voices[i]);
    }
    mux->speaker = extra(mux, SPEAKER_MACHINE);
    return mux;
}

void console_mux_destroy(struct console_mux *mux) {
    if (!mux)
        return;
    for (size_t i = 0; i < mux->queue_count; i++)
        free(mux->queue[i].text);
    screen_free(&mux->screen);
    out_free(&mux->written);
    free(mux->voices);
    free(mux);
}

static void drop_oldest(struct console_mux *mux) {
    free(mux->queue[0].text);
    mux->queue_count--;
    memmove(&mux->queue[0], &mux->queue[1], mux->queue_count * sizeof(mux)->queue[0]);
    mux->queue_lost++;
}

static void queue_line(struct console_mux *mux, const char *name, const char *text, uint64_t now) {
    if (mux->queue_count == QUEUE_MAX)
        drop_oldest(mux);
    char *copy = strdup(text);
    if (!copy) {
        mux->queue_lost++;
        return;
    }
    if (mux->queue_count == 0)
        mux->queued_at = now;
    struct queued_line *line = &mux->queue[mux->queue_count++];
    *line = (struct queued_line){.text = copy};
    strncat(line->prefix, name, NAME_MAX_SIZE - 1);
    if (name[0])
        strcat(line->prefix, "| ");
}

/* Show the lines that wait, if this is a good moment. */
static void flush_queue(struct console_mux *mux, uint64_t now) {
    struct voice *voice = focused(mux);
    const struct console_view *view = &voice->view;
    struct console_view empty;

    if (mux->queue_count == 0 || !mux->screen.open || !view_is_line_mode(view, now))
        return;
    if (line_rows(&view->line) + 1 >= screen_text_rows(&mux->screen))
        return;
    bool quiet = now - view->spoke_at >= QUIET_MS || now - mux->queued_at >= PATIENCE_MS;
    if (!voice->hidden && !view_at_line_start(view) && !quiet)
        return;
    if (voice->hidden) { /* nothing of its line is on the screen */
        empty = *view;
        line_reset(&empty.line);
        view = &empty;
    }
    if (mux->queue_lost) {
        struct out_buffer notice = {0};
        out_format(&notice, "(%zu lines of other VMs were not shown)", mux->queue_lost);
        out_bytes(&notice, "", 1);
        if (notice.bytes)
            screen_insert(&mux->screen, view, "", notice.bytes);
        out_free(&notice);
        mux->queue_lost = 0;
    }
    for (size_t i = 0; i < mux->queue_count; i++) {
        screen_insert(&mux->screen, view, mux->queue[i].prefix, mux->queue[i].text);
        free(mux->queue[i].text);
    }
    mux->queue_count = 0;
}

static void write_plain(struct console_mux *mux, const struct voice *voice, const char *text) {
    struct out_buffer *out = &mux->screen.out;

    if (voice->name[0]) {
        out_string(out, voice->name);
        out_string(out, "| ");
    }
    out_string(out, text);
    out_string(out, "\n");
}

static bool lower_case(uint32_t code) {
    return code >= 'a' && code <= 'z';
}

static bool is_record(const char *text) {
    return text[0] == '@' && lower_case((unsigned char)text[1]);
}

static bool is_life_event(const char *what) {
    static const char *const events[] = {"started", "restarting", "off", "stopped"};

    for (size_t i = 0; i < COUNT(events); i++)
        if (strncmp(what, events[i], strlen(events[i])) == 0)
            return true;
    return false;
}

/* "vm NAME: what": a VM that ended leaves no full-screen program and no unfinished line behind. */
static void follow_hypervisor(struct console_mux *mux, const char *text) {
    if (strncmp(text, "vm ", 3) != 0)
        return;
    const char *name = text + 3;
    const char *colon = strchr(name, ':');
    if (!colon || colon[1] != ' ' || !is_life_event(colon + 2))
        return;
    for (size_t i = 0; i < mux->config.count; i++) {
        struct voice *voice = &mux->voices[i];

        if (strlen(voice->name) != (size_t)(colon - name) ||
            memcmp(voice->name, name, (size_t)(colon - name)) != 0)
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

/* The speaker's line is complete, and on the screen already if it is the focused one's. */
static void end_line(struct console_mux *mux, struct voice *voice, uint64_t now) {
    struct out_buffer text = {0};
    size_t speaker = (size_t)(voice - mux->voices);
    bool hidden = voice->hidden;
    bool full_screen = voice->view.alternate || voice->view.wild;

    line_text(&voice->view.line, mux->config.utf8, &text);
    out_bytes(&text, "", 1);
    if (!hidden && is_shown(mux, voice) && !full_screen)
        screen_keep(&mux->screen, &voice->view.line);
    voice->hidden = false;
    view_next_line(&voice->view, now);
    if (!text.bytes)
        return;
    bool record = is_record(text.bytes) && speaker < mux->config.count;
    bool ours = speaker == extra(mux, SPEAKER_HYPERVISOR) || speaker == extra(mux, SPEAKER_MACHINE);
    if (mux->config.plain)
        write_plain(mux, voice, text.bytes);
    else if (!is_shown(mux, voice) && !record && !full_screen)
        queue_line(mux, voice->name, text.bytes, now);
    if (speaker == extra(mux, SPEAKER_HYPERVISOR))
        follow_hypervisor(mux, text.bytes);
    if ((record || ours) && mux->config.record)
        mux->config.record(mux->config.context, voice->name, text.bytes);
    out_free(&text);
}

/* The focused VM's held line is no record after all: show what there is of it. */
static void reveal(struct console_mux *mux, struct voice *voice) {
    voice->hidden = false;
    if (mux->screen.open)
        line_render(&voice->view.line, mux->config.utf8, &mux->screen.out);
}

/* Decide whether a token begins, continues or ends the hiding of a line that may be a record. */
static void hide_or_reveal(struct console_mux *mux, struct voice *voice, const struct token *token,
                           uint64_t now) {
    const struct console_view *view = &voice->view;

    if (!voice->hidden) {
        voice->hidden = token->kind == TOKEN_CHARACTER && token->code == '@' && !view->wild &&
                        !view->alternate && view_at_line_start(view);
        voice->hidden_at = now;
        return;
    }
    voice->hidden_at = now;
    bool line_end = token->kind == TOKEN_CONTROL && (token->code == '\r' || token->code == '\n');
    bool fits = token->kind == TOKEN_CHARACTER &&
                (view->line.length > 1 || lower_case(token->code)) && !view->line.overflow;
    if (!line_end && !fits)
        reveal(mux, voice);
    else if (line_end && view->line.length < 2)
        reveal(mux, voice);
}

static void take_token(struct console_mux *mux, struct voice *voice, const struct token *token,
                       uint64_t now) {
    bool shown = is_shown(mux, voice);

    if (shown)
        hide_or_reveal(mux, voice, token, now);
    bool on_screen = shown && !voice->hidden && mux->screen.open;
    /* A line longer than the model: others' come in pieces. */
    if (!shown && token->kind == TOKEN_CHARACTER && line_is_full(&voice->view.line))
        end_line(mux, voice, now);
    unsigned effects = view_take(&voice->view, token, now, on_screen ? &mux->screen.out : NULL);
    if (on_screen && (effects & VIEW_SCREEN))
        mux->screen.status_dirty = true;
    if (on_screen && (effects & VIEW_REGION) && !voice->view.alternate)
        screen_settle(&mux->screen); /* a resize may have put the main screen's cursor anywhere */
    else if (on_screen && (effects & VIEW_REGION))
        mux->screen.region_dirty = true;
    if (effects & VIEW_LINE_END) {
        end_line(mux, voice, now);
        flush_queue(mux, now);
    }
}

static void take_voice(struct console_mux *mux, size_t speaker, const char *bytes, size_t size,
                       uint64_t now) {
    struct voice *voice = &mux->voices[speaker];
    struct token token;

    while (size) {
        size_t taken = escape_take(&voice->view.parser, bytes, size, &token);
        bytes += taken;
        size -= taken;
        if (token.kind != TOKEN_NONE)
            take_token(mux, voice, &token, now);
    }
}

/* The name between tag begin and end must be one that we know; returns false if it is none. */
static bool switch_speaker(struct console_mux *mux) {
    if (mux->tag_size < 2 || memcmp(&mux->tag[mux->tag_size - 2], "| ", 2) != 0)
        return false;
    size_t size = mux->tag_size - 2;
    for (size_t i = 0; i <= extra(mux, SPEAKER_HYPERVISOR); i++) {
        const char *name = mux->voices[i].name;
        if (strlen(name) == size && memcmp(name, mux->tag, size) == 0) {
            mux->speaker = i;
            return true;
        }
    }
    return false;
}

/* What looked like a tag is none: it is text of whoever speaks. */
static void take_tag_as_text(struct console_mux *mux, uint64_t now) {
    mux->in_tag = false;
    take_voice(mux, mux->speaker, mux->tag, mux->tag_size, now);
}

static void take_tag_byte(struct console_mux *mux, char byte, uint64_t now) {
    if (byte == CONSOLE_TAG_BEGIN) {
        take_tag_as_text(mux, now);
        mux->in_tag = true;
        mux->tag_size = 0;
    } else if (byte == CONSOLE_TAG_END) {
        mux->in_tag = false;
        if (!switch_speaker(mux))
            take_tag_as_text(mux, now);
    } else {
        mux->tag[mux->tag_size++] = byte;
        if (mux->tag_size == TAG_MAX || byte == '\n')
            take_tag_as_text(mux, now);
    }
}

void console_mux_take(struct console_mux *mux, const char *bytes, size_t size, uint64_t now) {
    size_t begin = 0;

    for (size_t i = 0; i < size; i++) {
        if (!mux->in_tag && bytes[i] != CONSOLE_TAG_BEGIN)
            continue;
        if (mux->in_tag) {
            take_tag_byte(mux, bytes[i], now);
        } else {
            take_voice(mux, mux->speaker, bytes + begin, i - begin, now);
            mux->in_tag = true;
            mux->tag_size = 0;
        }
        begin = i + 1;
    }
    if (begin < size)
        take_voice(mux, mux->speaker, bytes + begin, size - begin, now);
    console_mux_tick(mux, now);
}

void console_mux_take_vm(struct console_mux *mux, size_t vm, const char *bytes, size_t size,
                         uint64_t now) {
    take_voice(mux, vm, bytes, size, now);
    console_mux_tick(mux, now);
}

void console_mux_take_emulator(struct console_mux *mux, const char *bytes, size_t size,
                               uint64_t now) {
    take_voice(mux, extra(mux, SPEAKER_EMULATOR), bytes, size, now);
    console_mux_tick(mux, now);
}

void console_mux_typed(struct console_mux *mux, uint64_t now) {
    mux->typed_at = now;
}

void console_mux_say(struct console_mux *mux, const char *text, uint64_t now) {
    if (mux->config.plain)
        return;
    queue_line(mux, "", text, now);
    console_mux_tick(mux, now);
}

void console_mux_tick(struct console_mux *mux, uint64_t now) {
    if (mux->config.plain)
        return;
    struct voice *voice = focused(mux);
    uint64_t patience = now - mux->typed_at < TYPING_MS ? ECHO_MS : RECORD_MS;
    if (voice->hidden && now - voice->hidden_at >= patience)
        reveal(mux, voice);
    flush_queue(mux, now);
    screen_update(&mux->screen, &voice->view, now);
}

void console_mux_finish(struct console_mux *mux, uint64_t now) {
    if (mux->in_tag)
        take_tag_as_text(mux, now);
    for (size_t i = 0; i < mux->voice_count; i++) {
        struct voice *voice = &mux->voices[i];

        if (!is_shown(mux, voice) && voice->view.line.length)
            end_line(mux, voice, now);
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
    mux->screen.rows = rows;
    unsigned text_rows = screen_text_rows(&mux->screen);
    for (size_t i = 0; i < mux->voice_count; i++) {
        mux->voices[i].view.rows = text_rows;
        mux->voices[i].view.line.width = columns;
    }
}

void console_mux_open(struct console_mux *mux, unsigned rows, unsigned columns) {
    resize_views(mux, rows, columns);
    screen_open(&mux->screen, rows, columns);
    screen_enter(&mux->screen, &focused(mux)->view);
}

void console_mux_resize(struct console_mux *mux, unsigned rows, unsigned columns) {
    unsigned old_rows = mux->screen.rows;

    resize_views(mux, rows, columns);
    mux->screen.rows = old_rows;
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
    struct out_buffer next = mux->written;

    mux->written = mux->screen.out;
    mux->screen.out = next;
    out_clear(&mux->screen.out);
    *size = mux->written.size;
    return mux->written.bytes ? mux->written.bytes : "";
}
