/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/run/run_console.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "abi/console.h"
#include "lib/address.h"
#include "tool/base/exit_code.h"
#include "tool/base/process.h"
#include "tool/console/console_mux.h"
#include "tool/console/run_menu.h"
#include "tool/console/status.h"
#include "tool/console/terminal.h"

#define TICK_MS       50
#define INPUT_MAX     32768 /* typed and not yet taken by the machine: more waits in the tty */
#define LAST_WORDS_MS 300   /* what a dead or refused machine's pipes may still hold */
#define KILL_LINE     0x15  /* Ctrl-U: whatever stands at the prompt */
#define REDRAW        0x0c  /* Ctrl-L */

/* The files that are waited for. */
enum { KEYBOARD, ERRORS, INPUT, LINES, POLL_COUNT = LINES + QEMU_LINES_MAX };

struct run {
    const struct run_console_config *config;
    struct console_mux *mux;
    struct status status;
    struct menu menu;
    struct typed { /* on its way to a serial line */
        char bytes[INPUT_MAX];
        size_t size;
    } typed[QEMU_LINES_MAX];
    bool keyboard; /* stdin is still open */
    bool ended;
    bool gone;         /* the terminal, or who reads the output */
    int code;          /* of the exit, when it has ended */
    uint64_t leave_at; /* ms; 0: not decided yet */
    unsigned rows, columns;
};

/* The wishes of signals; whoever waits looks at them every TICK_MS at least. */
static volatile sig_atomic_t stop_signal;
static volatile sig_atomic_t to_suspend;
static volatile sig_atomic_t to_redraw;

static void on_signal(int number) {
    if (number == SIGTSTP)
        to_suspend = 1;
    else if (number == SIGCONT || number == SIGWINCH)
        to_redraw = 1;
    else
        stop_signal = number;
}

static void install_signals(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
    struct sigaction action = {.sa_handler = on_signal};

    for (size_t i = 0; i < COUNT(numbers); i++)
        sigaction(numbers[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static uint64_t now_ms(void) {
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static void finish(struct run *run, int code) {
    if (!run->ended)
        run->code = code;
    run->ended = true;
}

/* The terminal cannot be had, or nobody reads any more. */
static void give_up(struct run *run, int code) {
    run->gone = true;
    finish(run, code);
}

static void on_record(void *context, const char *speaker, const char *text) {
    struct run *run = context;

    status_take(&run->status, speaker, text);
}

/* ---- towards the terminal ---- */

/* The status line: the menu while it is open, else the system's state and how to get help. */
static void update_status(struct run *run) {
    char *text;
    size_t size;
    FILE *out = arena_memstream(&text, &size);

    if (!menu_write(&run->menu, out)) {
        char hint[160];
        size_t gap =
            run->columns - status_write(&run->status, terminal_is_utf8(), run->columns, out);

        snprintf(hint, sizeof(hint), "  [%s] Ctrl-] menu",
                 run->config->names[console_mux_focused(run->mux)]);
        if (strlen(hint) > gap)
            snprintf(hint, sizeof(hint), "  Ctrl-] menu");
        if (strlen(hint) <= gap)
            fprintf(out, "%*s", (int)gap, hint);
    }
    fclose(out);
    console_mux_status(run->mux, text);
    free(text);
}

static void write_out(struct run *run) {
    size_t size;
    const char *bytes = console_mux_output(run->mux, &size);

    if (size && !terminal_write(bytes, size, &stop_signal) && !stop_signal)
        give_up(run, EXIT_CODE_OK);
}

/* Takes the terminal, whatever it was used for before; false if it cannot be had. */
static bool take_terminal(struct run *run) {
    if (!terminal_enter()) {
        give_up(run, EXIT_CODE_SYSTEM);
        return false;
    }
    terminal_size(&run->rows, &run->columns);
    return true;
}

static void open_terminal(struct run *run) {
    if (!run->config->plain && take_terminal(run))
        console_mux_open(run->mux, run->rows, run->columns);
}

static void close_terminal(struct run *run) {
    if (run->config->plain)
        return;
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
    size_t vm = 0;

    while (vm < run->config->count && !takes_input(run, vm))
        vm++;
    console_mux_focus(run->mux, vm, now_ms());
}

/* Puts bytes on their way to a line. More than there is room for is lost: nobody types so fast. */
static void put(struct run *run, size_t line, const char *bytes, size_t size) {
    struct typed *typed = &run->typed[line];

    size = smaller(size, sizeof(typed->bytes) - typed->size);
    memcpy(typed->bytes + typed->size, bytes, size);
    typed->size += size;
}

static void send_focus(struct run *run, size_t vm) {
    if (own_line(run, vm) < 0)
        put(run, 0, (char[]){CONSOLE_ESCAPE, (char)('0' + vm)}, 2);
}

/* Types to a VM: to the focused one, or to one that send_focus() was called for. */
static void type_bytes(struct run *run, size_t vm, const char *bytes, size_t size) {
    int line = own_line(run, vm);

    for (size_t i = 0; i < size; i++) {
        put(run, line < 0 ? 0 : (size_t)line, &bytes[i], 1);
        if (line < 0 && bytes[i] == CONSOLE_ESCAPE)
            put(run, 0, &bytes[i], 1);
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

        snprintf(text, sizeof(text), "%s has no console: it cannot be typed to.",
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
    char line[80];
    int size = snprintf(line, sizeof(line), "%c%s\n", KILL_LINE, command);

    if (vm != before)
        send_focus(run, vm);
    type_bytes(run, vm, line, (size_t)size);
    if (vm != before)
        send_focus(run, before);
}

static void obey(struct run *run, struct menu_choice choice) {
    if (choice.action == MENU_TYPE) {
        console_mux_typed(run->mux, now_ms());
        type_byte(run, choice.byte);
    } else if (choice.action == MENU_FOCUS) {
        focus(run, choice.vm);
    } else if (choice.action == MENU_BREAK_LINUX) {
        break_linux(run, choice.vm, choice.command);
    } else if (choice.action == MENU_HELP) {
        for (size_t i = 0; menu_help(i) != NULL; i++)
            console_mux_say(run->mux, menu_help(i), now_ms());
    } else if (choice.action == MENU_QUIT) {
        finish(run, EXIT_CODE_OK);
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
            give_up(run, EXIT_CODE_OK);
        return;
    }
    if (run->config->plain) {
        /* As it is: a script switches the focus itself (abi/console.h). */
        put(run, 0, bytes, (size_t)size);
        return;
    }
    for (ssize_t i = 0; i < size && !run->ended; i++) {
        bool open = run->menu.level != MENU_CLOSED;
        obey(run, menu_take(&run->menu, bytes[i]));
        if (open && bytes[i] == 0x1b)
            break; /* a function key closed the menu: its other bytes are not typed text */
    }
}

static void write_line(struct run *run, size_t line) {
    struct typed *typed = &run->typed[line];
    const struct qemu *qemu = run->config->qemu;
    ssize_t size = write(line == 0 ? qemu->input : qemu->lines[line], typed->bytes, typed->size);

    if (size > 0) {
        memmove(typed->bytes, typed->bytes + size, typed->size - (size_t)size);
        typed->size -= (size_t)size;
    } else if (size < 0 && errno != EAGAIN && errno != EINTR) {
        typed->size = 0; /* it ended; its exit is on its way to us */
    }
}

/* Reads what has come from QEMU, 0 bytes if nothing has; closes what has ended. */
static size_t read_some(int *fd, char *bytes, size_t room) {
    ssize_t size = *fd < 0 ? 0 : read(*fd, bytes, room);

    if (size > 0)
        return (size_t)size;
    if (*fd >= 0 && (size == 0 || (errno != EINTR && errno != EAGAIN))) {
        close(*fd);
        *fd = -1;
    }
    return 0;
}

static void take_line(struct run *run, size_t line, const char *bytes, size_t size) {
    int owner = run->config->lines[line].vm;

    if (owner >= 0)
        console_mux_take_vm(run->mux, (size_t)owner, bytes, size, now_ms());
    else if (line == 0)
        console_mux_take(run->mux, bytes, size, now_ms());
}

/*
 * Reads all that QEMU says. What the first line says of a VM's end comes after the VM's own last
 * words, on whichever line: so it is read first, and taken last.
 */
static void read_machine(struct run *run) {
    struct qemu *qemu = run->config->qemu;
    char first[16384];
    char bytes[65536];
    size_t size = read_some(&qemu->errors, bytes, sizeof(bytes));

    console_mux_take_emulator(run->mux, bytes, size, now_ms());
    size = read_some(&qemu->lines[0], first, sizeof(first));
    for (size_t i = 1; i < QEMU_LINES_MAX; i++)
        take_line(run, i, bytes, read_some(&qemu->lines[i], bytes, sizeof(bytes)));
    take_line(run, 0, first, size);
}

/* ---- signals ---- */

static void redraw(struct run *run) {
    if (run->config->plain)
        return;
    terminal_leave(); /* a shell may have put its own modes while we were stopped */
    if (!take_terminal(run))
        return;
    console_mux_resize(run->mux, run->rows, run->columns);
    if (console_mux_full_screen(run->mux))
        type_byte(run, REDRAW);
}

static void obey_signals(struct run *run) {
    if (to_suspend) {
        to_suspend = 0;
        close_terminal(run);
        kill(getpid(), SIGSTOP);
        open_terminal(run);
    }
    if (to_redraw) {
        to_redraw = 0;
        redraw(run);
    }
    if (stop_signal)
        finish(run, 128 + stop_signal);
}

/* ---- the loop ---- */

/* Waits until there is something to do; true if something was typed. */
static bool wait_for_any(struct run *run) {
    const struct qemu *qemu = run->config->qemu;
    struct pollfd fds[POLL_COUNT];
    bool listen = run->keyboard;

    for (size_t i = 0; i < QEMU_LINES_MAX; i++) {
        short events = run->typed[i].size == 0 ? POLLIN : POLLIN | POLLOUT;

        listen = listen && run->typed[i].size < INPUT_MAX / 2;
        fds[LINES + i] = (struct pollfd){.fd = qemu->lines[i], .events = events};
    }
    fds[KEYBOARD] = (struct pollfd){.fd = listen ? STDIN_FILENO : -1, .events = POLLIN};
    fds[INPUT] = (struct pollfd){run->typed[0].size == 0 ? -1 : qemu->input, POLLOUT, 0};
    fds[ERRORS] = (struct pollfd){.fd = qemu->errors, .events = POLLIN};
    return poll(fds, POLL_COUNT, TICK_MS) > 0 && fds[KEYBOARD].revents != 0;
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
        silent = silent && qemu->lines[i] < 0;
    if (silent || now >= run->leave_at)
        finish(run, qemu->exited ? process_code(qemu->status) : EXIT_CODE_DESCRIPTION);
}

static void step(struct run *run) {
    bool typed = wait_for_any(run);

    obey_signals(run);
    read_machine(run);
    if (typed && !run->ended)
        read_keyboard(run);
    for (size_t i = 0; i < QEMU_LINES_MAX; i++)
        if (run->typed[i].size != 0)
            write_line(run, i);
    if (!run->config->plain)
        update_status(run);
    console_mux_tick(run->mux, now_ms());
    look_for_the_end(run);
    write_out(run);
}

int run_console(const struct run_console_config *config) {
    struct run run = {.config = config, .keyboard = true, .columns = 80};
    struct arena arena = {0};

    run.mux = console_mux_create(
        &(struct console_mux_config){
            .names = config->names,
            .count = config->count,
            .utf8 = terminal_is_utf8(),
            .styled = getenv("NO_COLOR") == NULL,
            .plain = config->plain,
            .record = on_record,
            .context = &run,
        },
        &arena);
    if (run.mux == NULL)
        return EXIT_CODE_SYSTEM;
    install_signals();
    status_init(&run.status, config->names, config->count);
    menu_init(&run.menu, config->names, config->count);
    open_terminal(&run);
    focus_at_start(&run);
    console_mux_say(run.mux, "Ctrl-] opens the menu: switch VM, quit, help.", now_ms());
    while (!run.ended)
        step(&run);
    console_mux_finish(run.mux, now_ms());
    close_terminal(&run);
    write_out(&run);
    if (!config->plain && !run.gone) { /* what remains on the user's screen is how it went */
        status_write(&run.status, terminal_is_utf8(), run.columns, stdout);
        puts("");
    }
    console_mux_destroy(run.mux);
    arena_free(&arena);
    if (run.gone && run.code == EXIT_CODE_SYSTEM)
        fprintf(stderr, "bulkhead run: the terminal cannot be had\n");
    return run.code;
}
