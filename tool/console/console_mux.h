/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_mux.h - many VMs' voices on one terminal.
 *
 * Turns the bytes of the machine's serial line (abi/console.h) into those for
 * the user's terminal: the focused VM raw, the others'
 * lines between its own, the status line at the bottom; or, for a pipe, plain
 * prefixed lines. Pure: bytes and times go in, bytes come out.
 */
#pragma once

#include "tool/base/arena.h"

#define CONSOLE_MUX_MAX_VMS 10 /* the focus is switched by one digit */

struct console_mux;

struct console_mux_config {
    const char *const *names; /* of the VMs, in the description's order */
    size_t count;             /* 1 to CONSOLE_MUX_MAX_VMS */
    bool utf8;                /* the terminal understands UTF-8 */
    bool styled;              /* it may be given dim and reverse */
    bool plain;               /* no terminal: whole lines, prefixed, records too */
    /*
     * Called for guests' records (lines that begin with '@') and for every line of the
     * hypervisor: speaker is the VM's name, "bulkhead", or "" before the first tag.
     */
    void (*record)(void *context, const char *speaker, const char *text);
    void *context;
};

/*
 * Makes one in the arena, to be destroyed before that is freed; the names must outlive it. NULL
 * with no VM, or with more than it can tell apart.
 */
struct console_mux *console_mux_create(const struct console_mux_config *config,
                                       struct arena *arena);
void console_mux_destroy(struct console_mux *mux);

/* Bytes from the machine's serial line. All `now` are in ms and never go back. */
void console_mux_take(struct console_mux *mux, const char *bytes, size_t size, uint64_t now);

/* Bytes from a serial line that VM `vm` has for itself: no tags are in them. */
void console_mux_take_vm(struct console_mux *mux, size_t vm, const char *bytes, size_t size,
                         uint64_t now);

/* Bytes from the emulator itself (its stderr), shown as lines of "qemu". */
void console_mux_take_emulator(struct console_mux *mux, const char *bytes, size_t size,
                               uint64_t now);

/* The user types to the focused VM: what it writes now may be the echo. */
void console_mux_typed(struct console_mux *mux, uint64_t now);

/* A line of our own, to be shown where one fits; not in plain mode. */
void console_mux_say(struct console_mux *mux, const char *text, uint64_t now);

/* Let time pass: lines that waited for a better moment, held '@', the status line. */
void console_mux_tick(struct console_mux *mux, uint64_t now);

/* No more bytes will come: unfinished lines of all but the focused VM are shown. */
void console_mux_finish(struct console_mux *mux, uint64_t now);

/* Show VM `vm` raw from now on. */
void console_mux_focus(struct console_mux *mux, size_t vm, uint64_t now);
size_t console_mux_focused(const struct console_mux *mux);

/* True while the focused VM runs a program on the alternate screen: it must redraw itself. */
bool console_mux_full_screen(const struct console_mux *mux);

/* The terminal: taken over, of another size, given back. Not for plain mode. */
void console_mux_open(struct console_mux *mux, unsigned rows, unsigned columns);
void console_mux_resize(struct console_mux *mux, unsigned rows, unsigned columns);
void console_mux_close(struct console_mux *mux);

/* The status line's text; shown from the next take or tick on. */
void console_mux_status(struct console_mux *mux, const char *text);

/* Takes the bytes for the terminal out of the mux: *size of them, valid until the next call. */
const char *console_mux_output(struct console_mux *mux, size_t *size);
