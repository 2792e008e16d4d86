/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/run/run_qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool/base/array.h"

/* In QEMU, the socket of the second serial line; those of further ones follow. */
#define LINE_FD 5

/* What every run has: a serial line on our pipes, and nothing else that we didn't ask for. */
static const char *const common[] = {
    "-nodefaults",
    "-display",
    "none",
    "-monitor",
    "none",
    "-chardev",
    "stdio,id=serial0,signal=off",
    "-serial",
    "chardev:serial0",
};

/* And what each further line has, on a socket of ours. */
static const char *const further[QEMU_LINES_MAX - 1][4] = {
    {"-chardev", "socket,id=serial1,fd=5", "-serial", "chardev:serial1"},
    {"-chardev", "socket,id=serial2,fd=6", "-serial", "chardev:serial2"},
    {"-chardev", "socket,id=serial3,fd=7", "-serial", "chardev:serial3"},
};

/* The real-time clock is the user's while time is paced, and part of the run when it is exact. */
static const char *const paced[] = {
    "-icount", "shift=0,sleep=on", "-seed", "1", "-rtc", "base=utc,clock=vm",
};
static const char *const exact[] = {
    "-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2024-01-01,clock=vm",
};

char *qemu_find(const char *arch) {
    const char *cache = getenv("BULKHEAD_CACHE");
    const char *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    const char *target = strcmp(arch, "arm64") == 0 ? "aarch64" : arch;
    char folder[2048];
    char *path;

    if (cache && *cache)
        snprintf(folder, sizeof(folder), "%s", cache);
    else if (xdg && *xdg)
        snprintf(folder, sizeof(folder), "%s/bulkhead", xdg);
    else
        snprintf(folder, sizeof(folder), "%s/.cache/bulkhead", home ? home : "");
    if (asprintf(&path, "%s/bin/qemu-system-%s", folder, target) < 0)
        return NULL;
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    return asprintf(&path, "qemu-system-%s", target) < 0 ? NULL : path;
}

static const char **append(const char **next, const char *const *arguments, size_t count) {
    for (size_t i = 0; i < count; i++)
        *next++ = arguments[i];
    return next;
}

size_t qemu_line_count(const char *const *board, size_t count) {
    size_t lines = 0;

    for (size_t i = 0; i < count; i++)
        lines += strcmp(board[i], "-serial") == 0;
    return lines == 0 ? 1 : lines < QEMU_LINES_MAX ? lines : QEMU_LINES_MAX;
}

/* The board's own arguments; where its lines go is ours to say. */
static const char **append_board(const char **next, const struct qemu_config *config) {
    for (size_t i = 0; i < config->board_count; i++) {
        if (strcmp(config->board[i], "-serial") == 0)
            i++;
        else
            *next++ = config->board[i];
    }
    return next;
}

const char **qemu_arguments(const struct qemu_config *config) {
    const char **arguments = calloc(config->board_count + config->extra_count + COUNT(common) +
                                        COUNT(paced) + COUNT(further) * COUNT(further[0]) + 8,
                                    sizeof(*arguments));
    const char **next = arguments;
    size_t lines = qemu_line_count(config->board, config->board_count);

    if (!arguments)
        return NULL;
    *next++ = config->program;
    next = append_board(next, config);
    next = append(next, common, COUNT(common));
    for (size_t i = 1; i < lines; i++)
        next = append(next, further[i - 1], COUNT(further[0]));
    if (config->clock == QEMU_CLOCK_PACED)
        next = append(next, paced, COUNT(paced));
    else if (config->clock == QEMU_CLOCK_EXACT)
        next = append(next, exact, COUNT(exact));
    if (config->gdb)
        next = append(next, (const char *[]){"-gdb", config->gdb, "-S"}, 3);
    next = append(next, (const char *[]){"-kernel", config->kernel}, 2);
    for (size_t i = 0; i < config->extra_count; i++)
        *next++ = config->extra[i];
    return arguments;
}

/* QEMU's ends of all that connects us. */
struct ends {
    int input;
    int output;
    int errors;
    int lines[QEMU_LINES_MAX]; /* but the first */
};

/* In the child: gives each end the number that the arguments name. */
static bool take_ends(const struct ends *ends) {
    int lines[QEMU_LINES_MAX];

    if (dup2(ends->input, STDIN_FILENO) < 0 || dup2(ends->output, STDOUT_FILENO) < 0 ||
        dup2(ends->errors, STDERR_FILENO) < 0)
        return false;
    /* A number that is to be taken may be that of another end: first all go out of the way. */
    for (int i = 1; i < QEMU_LINES_MAX; i++)
        lines[i] = ends->lines[i] < 0 ? -1 : fcntl(ends->lines[i], F_DUPFD_CLOEXEC, 100);
    for (int i = 1; i < QEMU_LINES_MAX; i++)
        if (ends->lines[i] >= 0 && dup2(lines[i], LINE_FD + i - 1) < 0)
            return false;
    return true;
}

/* In the child: never returns. */
static void become_qemu(const char *const *arguments, const char *preload, pid_t parent,
                        const struct ends *ends) {
    /* execvp() was declared before const was; it leaves its strings alone. */
    union {
        const char *const *in;
        char *const *out;
    } same = {.in = arguments};
    static const int handled[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGCHLD,
                                  SIGPIPE, SIGTSTP, SIGCONT, SIGWINCH};

    setpgid(0, 0);
    for (size_t i = 0; i < COUNT(handled); i++)
        signal(handled[i], SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    if (preload)
        setenv("LD_PRELOAD", preload, 1);
    if (take_ends(ends))
        execvp(arguments[0], same.out);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", arguments[0], strerror(errno));
    _exit(127);
}

static void close_if_open(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Makes all connections: ours are in `qemu`, QEMU's in `ends`. */
static bool connect_all(struct qemu *qemu, struct ends *ends, size_t line_count) {
    int input[2];
    int output[2];
    int errors[2];

    if (pipe2(input, O_CLOEXEC) != 0)
        return false;
    ends->input = input[0];
    qemu->lines[0].to = input[1];
    if (pipe2(output, O_CLOEXEC) != 0)
        return false;
    ends->output = output[1];
    qemu->lines[0].from = output[0];
    if (pipe2(errors, O_CLOEXEC) != 0)
        return false;
    ends->errors = errors[1];
    qemu->errors = errors[0];
    for (size_t i = 1; i < line_count; i++) {
        int line[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) != 0)
            return false;
        ends->lines[i] = line[0];
        qemu->lines[i].from = line[1];
        qemu->lines[i].to = fcntl(line[1], F_DUPFD_CLOEXEC, 0);
        if (qemu->lines[i].to < 0)
            return false;
    }
    return true;
}

bool qemu_start(struct qemu *qemu, const char *const *arguments, size_t line_count,
                const char *preload) {
    struct ends ends = {.input = -1, .output = -1, .errors = -1};
    pid_t self = getpid();
    pid_t pid = -1;

    *qemu = (struct qemu){.errors = -1};
    for (size_t i = 0; i < QEMU_LINES_MAX; i++) {
        qemu->lines[i] = (struct qemu_line){.to = -1, .from = -1};
        ends.lines[i] = -1;
    }
    if (connect_all(qemu, &ends, line_count))
        pid = fork();
    if (pid == 0)
        become_qemu(arguments, preload, self, &ends);
    int why = errno;
    close_if_open(&ends.input);
    close_if_open(&ends.output);
    close_if_open(&ends.errors);
    for (size_t i = 0; i < QEMU_LINES_MAX; i++)
        close_if_open(&ends.lines[i]);
    if (pid < 0) {
        qemu_kill(qemu);
        errno = why;
        return false;
    }
    setpgid(pid, pid); /* here too: whoever comes first, a kill of the group then reaches it */
    qemu->pid = pid;
    for (size_t i = 0; i < line_count; i++)
        fcntl(qemu->lines[i].to, F_SETFL, O_NONBLOCK);
    return true;
}

void qemu_poll(struct qemu *qemu) {
    if (qemu->pid == 0 || qemu->exited)
        return;
    qemu->exited = waitpid(qemu->pid, &qemu->status, WNOHANG) == qemu->pid;
}

void qemu_kill(struct qemu *qemu) {
    if (qemu->pid) {
        /* The group outlives its leader if a wrapper script started QEMU as its child. */
        kill(-qemu->pid, SIGKILL);
        while (!qemu->exited) {
            pid_t reaped = waitpid(qemu->pid, &qemu->status, 0);
            qemu->exited = reaped == qemu->pid || (reaped < 0 && errno != EINTR);
        }
        qemu->pid = 0;
    }
    for (size_t i = 0; i < QEMU_LINES_MAX; i++) {
        close_if_open(&qemu->lines[i].to);
        close_if_open(&qemu->lines[i].from);
    }
    close_if_open(&qemu->errors);
}

int qemu_exit_code(const struct qemu *qemu) {
    if (WIFSIGNALED(qemu->status))
        return 128 + WTERMSIG(qemu->status);
    return WEXITSTATUS(qemu->status);
}
