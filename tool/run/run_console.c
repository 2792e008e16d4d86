/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/run/run_console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "abi/console.h"
#include "tool/base/array.h"
#include "tool/console/console_mux.h"
#include "tool/console/console_mux_buffer.h"
#include "tool/console/run_menu.h"
#include "tool/console/status.h"
#include "tool/console/terminal.h"

#define TICK_MS       50
#define INPUT_MAX     65536 /* typed and not yet taken by the machine: more waits in the tty */
#define LAST_WORDS_MS 300   /* what a dead or refused machine's pipes may still hold */
#define KILL_LINE     0x15  /* Ctrl-U: whatever stands at the prompt */
#define REDRAW        0x0c  /* Ctrl-L */

/* What is waited for; of each serial line one place for either way. */
enum {
    FROM_KEYBOARD,
    FROM_ERRORS,
    FROM_SIGNALS,
    FROM_LINES,
    TO_LINES = FROM_LINES + QEMU_LINES_MAX,
    POLL_COUNT = TO_LINES + QEMU_LINES_MAX
};

struct run {
    const struct run_console_config *config;
    struct console_mux *mux;
    struct status status;
    struct menu menu;
    struct out_buffer input[QEMU_LINES_MAX]; /* on its way to the machine */
    bool keyboard;                           /* stdin is still open */
    bool spoke;
    bool ended;
    enum run_end end;
    uint64_t leave_at; /* ms; 0: not decided yet */
    unsigned columns;
};

/* Signals: the handler writes their numbers into a pipe. */
static int signal_pipe[2] = {-1, -1};
static volatile sig_atomic_t stop_signal;

static void on_signal(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;

    if (number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT)
        stop_signal = number;
    ssize_t ignored = write(signal_pipe[1], &byte, 1); /* full: the loop is awake anyway */
    (void)ignored;
    errno = saved;
}

bool run_signals_install(void) {
    static const int numbers[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                  SIGCHLD, SIGTSTP, SIGCONT, SIGWINCH};
    struct sigaction action = {.sa_handler = on_signal};

    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT(numbers); i++)
        sigaction(numbers[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    return true;
}

int run_signals_stop(void) {
    return stop_signal;
}

static uint64_t now_ms(void) {
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static void finish(struct run *run, enum run_end end) {
    if (!run->ended)
        run->end = end;
    run->ended = true;
}

static void on_record(void *context, const char *speaker, const char *text) {
    struct run *run = context;

    status_take(&run->status, speaker, text);
}

/* ---- towards the terminal ---- */

/* The status line: the menu while it is open, else the system's state and how to get help. */
static void update_status(struct run *run) {
    char text[512];

    menu_format(&run->menu, text, sizeof(text));
    if (text[0] == 0) {
        char hint[160];
        snprintf(hint, sizeof(hint), "  [%s] Ctrl-] menu",
                 run->config->names[console_mux_focused(run->mux)]);
        size_t used =
            status_format(&run->status, terminal_is_utf8(), run->columns, text, sizeof(text));
        size_t bytes = strlen(text);
        size_t gap = run->columns - used;
        if (strlen(hint) > gap)
            snprintf(hint, sizeof(hint), "  Ctrl-] menu");
        if (strlen(hint) <= gap && bytes + gap < sizeof(text)) {
            memset(text + bytes, ' ', gap);
            memcpy(text + bytes + gap - strlen(hint), hint, strlen(hint) + 1);
        }
    }
    console_mux_status(run->mux, text);
}

static void write_out(struct run *run) {
    size_t size;
    const char *bytes = console_mux_output(run->mux, &size);

    if (size && !terminal_write(bytes, size, &stop_signal) && !stop_signal)
        finish(run, RUN_END_OUTPUT);
}

static bool open_terminal(struct run *run) {
    unsigned rows;

    if (!terminal_enter())
        return false;
    terminal_size(&rows, &run->columns);
    console_mux_open(run->mux, rows, run->columns);
    return true;
}

static void close_terminal(struct run *run) {
    console_mux_close(run->mux);
    write_out(run);
    terminal_leave();
}

/* ---- towards the machine ---- */

/* The serial line that a VM has for its console; -1: it shares Bulkhead's, which is the first. */
static int own_line(const struct run *run, size_t vm) {
    for (int line = 0; line < QEMU_LINES_MAX; line++)
        if (run->config->lines[line].vm == (int)vm && run->config->lines[line].is_console)
            return line;
    return -1;
}

/* Whether a VM can be typed to at all: what has no console is not even asked by Bulkhead. */
static bool takes_input(const struct run *run, size_t vm) {
    return run->config->consoles[vm] || own_line(run, vm) >= 0;
}

/* Whom Bulkhead types to at first, or what comes first with a line of its own. */
static void focus_at_start(struct run *run) {
    for (size_t vm = 0; vm < run->config->count; vm++) {
        if (takes_input(run, vm)) {
            console_mux_focus(run->mux, vm, now_ms());
            return;
        }
    }
}

static void send_focus(struct run *run, size_t vm) {
    if (own_line(run, vm) < 0) {
        char bytes[2] = {CONSOLE_ESCAPE, (char)('0' + vm)};

        out_bytes(&run->input[0], bytes, sizeof(bytes));
    }
}

/* Types to a VM: to the focused one, or to one that send_focus() was called for. */
static void type_bytes(struct run *run, size_t vm, const char *bytes, size_t size) {
    int line = own_line(run, vm);

    if (line >= 0) {
        out_bytes(&run->input[line], bytes, size);
        return;
    }
    for (size_t i = 0; i < size; i++) {
        out_bytes(&run->input[0], &bytes[i], 1);
        if (bytes[i] == CONSOLE_ESCAPE)
            out_bytes(&run->input[0], &bytes[i], 1);
    }
}

static void type_byte(struct run *run, char byte) {
    type_bytes(run, console_mux_focused(run->mux), &byte, 1);
}

static void focus(struct run *run, size_t vm) {
    if (vm == console_mux_focused(run->mux))
        return;
    if (!takes_input(run, vm)) {
        char text[128];

        snprintf(text, sizeof(text), "%s has no console: it can't be typed to.",
                 run->config->names[vm]);
        console_mux_say(run->mux, text, now_ms());
        return;
    }
    send_focus(run, vm);
    console_mux_focus(run->mux, vm, now_ms());
    if (console_mux_full_screen(run->mux))
        type_byte(run, REDRAW);
}

static void break_linux(struct run *run, size_t vm, const char *command) {
    size_t before = console_mux_focused(run->mux);
    static const char kill_line = KILL_LINE;

    if (vm != before)
        send_focus(run, vm);
    type_bytes(run, vm, &kill_line, 1);
    type_bytes(run, vm, command, strlen(command));
    type_bytes(run, vm, "\n", 1);
    if (vm != before)
        send_focus(run, before);
}

static void obey(struct run *run, struct menu_choice choice) {
    switch (choice.action) {
    case MENU_TYPE:
        console_mux_typed(run->mux, now_ms());
        type_byte(run, choice.byte);
        break;
    case MENU_FOCUS:
        focus(run, choice.vm);
        break;
    case MENU_BREAK_LINUX:
        break_linux(run, choice.vm, choice.command);
        break;
    case MENU_HELP:
        for (size_t i = 0; menu_help(i); i++)
            console_mux_say(run->mux, menu_help(i), now_ms());
        break;
    case MENU_QUIT:
        finish(run, RUN_END_QUIT);
        break;
    default:
        break;
    }
}

static void read_keyboard(struct run *run) {
    char bytes[1024];
    ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));

    if (size < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (size <= 0) {
        run->keyboard = false;
        if (!run->config->plain)
            finish(run, RUN_END_OUTPUT); /* the terminal is gone */
        return;
    }
    if (run->config->plain) {
        /* As it is: a script switches the focus itself (abi/console.h). */
        out_bytes(&run->input[0], bytes, (size_t)size);
        return;
    }
    for (ssize_t i = 0; i < size && !run->ended; i++) {
        bool open = run->menu.level != MENU_CLOSED;
        obey(run, menu_take(&run->menu, bytes[i]));
        if (open && bytes[i] == 0x1b)
            break; /* a function key closed the menu: its other bytes aren't typed text */
    }
}

static void write_line(struct run *run, size_t line) {
    struct out_buffer *input = &run->input[line];
    int *to = &run->config->qemu->lines[line].to;
    ssize_t size = write(*to, input->bytes, input->size);

    if (size > 0) {
        memmove(input->bytes, input->bytes + size, input->size - (size_t)size);
        input->size -= (size_t)size;
    } else if (size < 0 && errno != EAGAIN && errno != EINTR) {
        out_clear(input); /* it ended; its exit is on its way to us */
        close(*to);
        *to = -1;
    }
}

/* Reads what has come from QEMU, 0 bytes if nothing has; closes what has ended. */
static size_t read_some(int *fd, char *bytes, size_t room) {
    ssize_t size = read(*fd, bytes, room);

    if (size > 0)
        return (size_t)size;
    if (size == 0 || (errno != EINTR && errno != EAGAIN)) {
        close(*fd);
        *fd = -1;
    }
    return 0;
}

static void read_errors(struct run *run) {
    char bytes[16384];
    size_t size = read_some(&run->config->qemu->errors, bytes, sizeof(bytes));

    if (size != 0)
        console_mux_take_emulator(run->mux, bytes, size, now_ms());
}

static void take_line(struct run *run, size_t line, const char *bytes, size_t size) {
    int owner = run->config->lines[line].vm;

    if (size == 0)
        return;
    if (!run->spoke && run->config->first_output)
        run->config->first_output(run->config->context);
    run->spoke = true;
    if (owner >= 0)
        console_mux_take_vm(run->mux, (size_t)owner, bytes, size, now_ms());
    else if (line == 0)
        console_mux_take(run->mux, bytes, size, now_ms());
}

/*
 * Reads the serial lines. What the first one says of a VM's end comes after the VM's own last
 * words, on whichever line: so it is read first, and taken last.
 */
static void read_lines(struct run *run, const struct pollfd *fds) {
    struct qemu_line *lines = run->config->qemu->lines;
    char first[16384];
    char bytes[65536];
    size_t size = fds[FROM_LINES].revents ? read_some(&lines[0].from, first, sizeof(first)) : 0;

    for (size_t i = 1; i < QEMU_LINES_MAX; i++)
        if (lines[i].from >= 0)
            take_line(run, i, bytes, read_some(&lines[i].from, bytes, sizeof(bytes)));
    take_line(run, 0, first, size);
}

/* ---- signals ---- */

static void suspend(struct run *run) {
    if (!run->config->plain)
        close_terminal(run);
    kill(getpid(), SIGSTOP);
    if (!run->config->plain && !open_terminal(run))
        finish(run, RUN_END_SYSTEM);
}

static void redraw(struct run *run) {
    unsigned rows;

    if (run->config->plain)
        return;
    terminal_leave(); /* a shell may have put its own modes while we were stopped */
    if (!terminal_enter()) {
        finish(run, RUN_END_SYSTEM);
        return;
    }
    terminal_size(&rows, &run->columns);
    console_mux_resize(run->mux, rows, run->columns);
    if (console_mux_full_screen(run->mux))
        type_byte(run, REDRAW);
}

static void read_signals(struct run *run) {
    unsigned char numbers[64];
    bool resized = false;
    ssize_t size = read(signal_pipe[0], numbers, sizeof(numbers));

    for (ssize_t i = 0; i < size; i++)
        if (numbers[i] == SIGTSTP)
            suspend(run);
        else if (numbers[i] == SIGWINCH || numbers[i] == SIGCONT)
            resized = true;
    if (resized)
        redraw(run);
    if (stop_signal)
        finish(run, RUN_END_SIGNAL);
}

/* ---- the loop ---- */

static void wait_for_any(struct run *run, struct pollfd *fds) {
    struct qemu *qemu = run->config->qemu;
    bool listen = run->keyboard;

    for (size_t i = 0; i < QEMU_LINES_MAX; i++) {
        const struct qemu_line *line = &qemu->lines[i];
        size_t waiting = run->input[i].size;

        listen = listen && waiting < INPUT_MAX;
        fds[FROM_LINES + i] = (struct pollfd){.fd = line->from, .events = POLLIN};
        fds[TO_LINES + i] = (struct pollfd){.fd = waiting ? line->to : -1, .events = POLLOUT};
    }
    fds[FROM_KEYBOARD] = (struct pollfd){.fd = listen ? STDIN_FILENO : -1, .events = POLLIN};
    fds[FROM_ERRORS] = (struct pollfd){.fd = qemu->errors, .events = POLLIN};
    fds[FROM_SIGNALS] = (struct pollfd){.fd = signal_pipe[0], .events = POLLIN};
    if (poll(fds, POLL_COUNT, TICK_MS) < 0)
        for (size_t i = 0; i < POLL_COUNT; i++)
            fds[i].revents = 0;
}

static void look_for_the_end(struct run *run) {
    struct qemu *qemu = run->config->qemu;
    uint64_t now = now_ms();

    qemu_poll(qemu);
    bool halted = (run->status.refused || run->status.panicked) && run->config->plain;
    if (!run->leave_at && (qemu->exited || halted))
        run->leave_at = now + LAST_WORDS_MS;
    if (!run->leave_at)
        return;
    bool silent = qemu->errors < 0;
    for (size_t i = 0; i < QEMU_LINES_MAX; i++)
        silent = silent && qemu->lines[i].from < 0;
    if (silent || now >= run->leave_at)
        finish(run, qemu->exited ? RUN_END_MACHINE : RUN_END_HALTED);
}

static void step(struct run *run) {
    struct qemu *qemu = run->config->qemu;
    struct pollfd fds[POLL_COUNT];

    wait_for_any(run, fds);
    if (fds[FROM_SIGNALS].revents)
        read_signals(run);
    if (fds[FROM_ERRORS].revents)
        read_errors(run);
    read_lines(run, fds);
    if (fds[FROM_KEYBOARD].revents && !run->ended)
        read_keyboard(run);
    for (size_t i = 0; i < QEMU_LINES_MAX; i++)
        if (run->input[i].size && qemu->lines[i].to >= 0)
            write_line(run, i);
    if (!run->config->plain)
        update_status(run);
    console_mux_tick(run->mux, now_ms());
    look_for_the_end(run);
    write_out(run);
}

/* What remains on the user's screen is how it went. */
static void say_goodbye(struct run *run) {
    char text[512];

    status_format(&run->status, terminal_is_utf8(), run->columns, text, sizeof(text));
    printf("%s\n", text);
    fflush(stdout);
}

enum run_end run_console(const struct run_console_config *config) {
    struct run run = {.config = config, .keyboard = true, .columns = 80};
    bool terminal = !config->plain;

    run.mux = console_mux_create(&(struct console_mux_config){
        .names = config->names,
        .count = config->count,
        .utf8 = terminal_is_utf8(),
        .styled = getenv("NO_COLOR") == NULL,
        .plain = config->plain,
        .record = on_record,
        .context = &run,
    });
    if (!run.mux)
        return RUN_END_SYSTEM;
    status_init(&run.status, config->names, config->count);
    menu_init(&run.menu, config->names, config->count);
    if (terminal && !open_terminal(&run))
        finish(&run, RUN_END_SYSTEM);
    focus_at_start(&run);
    console_mux_say(run.mux, "Ctrl-] opens the menu: switch VM, quit, help.", now_ms());
    while (!run.ended)
        step(&run);
    console_mux_finish(run.mux, now_ms());
    if (terminal)
        close_terminal(&run);
    else
        write_out(&run);
    if (terminal && run.end != RUN_END_SYSTEM && run.end != RUN_END_OUTPUT)
        say_goodbye(&run);
    console_mux_destroy(run.mux);
    for (size_t i = 0; i < QEMU_LINES_MAX; i++)
        out_free(&run.input[i]);
    return run.end;
}
