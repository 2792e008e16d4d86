/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/run/run_qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool/base/process.h"

/* QEMU's file descriptors: the first serial line is both 0 and 1, the n-th further one is 2 + n. */
enum { FD_ERRORS = 2, FD_IMAGE = FD_ERRORS + QEMU_LINES_MAX, FD_COUNT };

/* Arguments of every run: a serial line to us, and nothing else that nobody asked for. */
static const char common[] = "-nodefaults -display none -monitor none "
                             "-chardev stdio,id=serial0,signal=off -serial chardev:serial0";

/*
 * Under icount the CPUs take turns, each for a share of the time to the next timer's deadline: for
 * a millisecond, where none is nearer, which makes a CPU late that had something to do. This timer,
 * of no device's, is never far: two ports of a network that nobody sends on; 37 us, so that it
 * falls on no loop's deadline again and again.
 */
#define SLICES                                                                                     \
    " -netdev hubport,id=slices,hubid=0 -netdev hubport,id=nowhere,hubid=1,netdev=slices"          \
    " -object filter-buffer,id=timer,netdev=slices,interval=37"

/* The real-time clock is the user's while time is paced, and part of the run when it is exact. */
static const char *const clocks[] = {
    [QEMU_CLOCK_PACED] = "-icount shift=0,sleep=on -seed 1 -rtc base=utc,clock=vm" SLICES,
    [QEMU_CLOCK_EXACT] = "-icount shift=0,sleep=off -seed 1 -rtc base=2024-01-01,clock=vm" SLICES,
    [QEMU_CLOCK_WALL] = "",
};

const char *qemu_find(const char *arch, struct arena *arena) {
    const char *cache = getenv("BULKHEAD_CACHE");
    const char *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    const char *name =
        arena_printf(arena, "qemu-system-%s", strcmp(arch, "arm64") == 0 ? "aarch64" : arch);

    if (cache == NULL || *cache == '\0') {
        cache = xdg != NULL && *xdg != '\0'
                    ? arena_printf(arena, "%s/bulkhead", xdg)
                    : arena_printf(arena, "%s/.cache/bulkhead", home == NULL ? "" : home);
    }
    const char *path = arena_printf(arena, "%s/bin/%s", cache, name);
    return access(path, X_OK) == 0 ? path : name;
}

/* An argument vector that grows. */
struct list {
    struct arena *arena;
    const char **words;
    size_t count;
};

static void add(struct list *list, const char *word) {
    *ARENA_ADD(list->arena, list->words, list->count) = word;
}

/* Adds what stands between blanks. */
static void add_all(struct list *list, const char *words) {
    char *rest = arena_strdup(list->arena, words);

    for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;)
        add(list, word);
}

size_t qemu_line_count(const char *const *board, size_t count) {
    size_t lines = 0;

    for (size_t i = 0; i < count; i++)
        lines += strcmp(board[i], "-serial") == 0;
    return lines == 0 ? 1 : lines < QEMU_LINES_MAX ? lines : QEMU_LINES_MAX;
}

const char *const *qemu_arguments(const struct qemu_config *config, struct arena *arena) {
    struct list list = {.arena = arena};

    if (config->preload != NULL) {
        add(&list, "env");
        add(&list, arena_printf(arena, "LD_PRELOAD=%s", config->preload));
    }
    add(&list, config->program);
    for (size_t i = 0; i < config->board_count; i++) {
        if (strcmp(config->board[i], "-serial") == 0)
            i++; /* where its lines go is ours to say */
        else
            add(&list, config->board[i]);
    }
    add_all(&list, common);
    for (size_t i = 1; i < qemu_line_count(config->board, config->board_count); i++)
        add_all(&list, config->is_shown ? "-serial null"
                                        : arena_printf(arena,
                                                       "-chardev socket,id=serial%zu,fd=%zu "
                                                       "-serial chardev:serial%zu",
                                                       i, FD_ERRORS + i, i));
    add_all(&list, clocks[config->clock]);
    if (config->gdb != NULL)
        add_all(&list, arena_printf(arena, "-gdb %s -S", config->gdb));
    if (config->kernel != NULL) {
        add(&list, "-kernel");
        add(&list, config->kernel);
    }
    for (size_t i = 0; i < config->extra_count; i++)
        add(&list, config->extra[i]);
    add(&list, NULL);
    return list.words;
}

/* Whether a shell takes a word for itself without quotes. */
static bool is_plain(const char *word) {
    return *word != '\0' &&
           word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "%+,-./:=@_")] == '\0';
}

void qemu_print(FILE *stream, const char *const *arguments) {
    for (size_t i = 0; arguments[i] != NULL; i++) {
        bool plain = is_plain(arguments[i]);

        fputs(i == 0 ? "" : " ", stream);
        fputs(plain ? "" : "'", stream);
        for (const char *at = arguments[i]; *at != '\0'; at++)
            if (*at == '\'')
                fputs("'\\''", stream);
            else
                fputc(*at, stream);
        fputs(plain ? "" : "'", stream);
    }
    fputc('\n', stream);
}

static void close_if_open(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Makes a pipe that we read without waiting. */
static bool take_output(int *ours, int *theirs) {
    int pair[2];

    if (pipe2(pair, O_CLOEXEC) != 0)
        return false;
    *ours = pair[0];
    *theirs = pair[1];
    return fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0;
}

/* Makes all connections: ours are in `qemu`, QEMU's in `ends`. */
static bool connect_all(struct qemu *qemu, int *ends, size_t line_count) {
    int pair[2];

    for (size_t i = 1; i < line_count; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
            return false;
        qemu->lines[i] = pair[0];
        ends[FD_ERRORS + i] = pair[1];
        fcntl(pair[0], F_SETFL, O_NONBLOCK);
    }
    if (pipe2(pair, O_CLOEXEC) != 0)
        return false;
    ends[STDIN_FILENO] = pair[0];
    qemu->input = pair[1];
    fcntl(pair[1], F_SETFL, O_NONBLOCK);
    return take_output(&qemu->lines[0], &ends[STDOUT_FILENO]) &&
           take_output(&qemu->errors, &ends[FD_ERRORS]);
}

bool qemu_start(struct qemu *qemu, const char *const *arguments, size_t line_count, int image) {
    int ends[FD_COUNT] = {-1, -1, -1, -1, -1, -1, image};
    pid_t pid = -1;

    *qemu = (struct qemu){.errors = -1, .input = -1, .lines = {-1, -1, -1, -1}};
    if (connect_all(qemu, ends, line_count))
        pid = process_start(arguments, ends, FD_COUNT);
    int why = errno;
    for (size_t i = 0; i < FD_IMAGE; i++)
        close_if_open(&ends[i]);
    if (pid < 0) {
        qemu_kill(qemu);
        errno = why;
        return false;
    }
    qemu->pid = pid;
    return true;
}

void qemu_poll(struct qemu *qemu) {
    if (qemu->pid == 0 || qemu->exited)
        return;
    qemu->exited = waitpid(qemu->pid, &qemu->status, WNOHANG) == qemu->pid;
}

void qemu_kill(struct qemu *qemu) {
    if (qemu->pid != 0) {
        /* The group outlives its leader if a wrapper script started QEMU as its child. */
        kill(-qemu->pid, SIGKILL);
        while (!qemu->exited) {
            pid_t reaped = waitpid(qemu->pid, &qemu->status, 0);
            qemu->exited = reaped == qemu->pid || (reaped < 0 && errno != EINTR);
        }
        qemu->pid = 0;
    }
    for (size_t i = 0; i < QEMU_LINES_MAX; i++)
        close_if_open(&qemu->lines[i]);
    close_if_open(&qemu->input);
    close_if_open(&qemu->errors);
}
