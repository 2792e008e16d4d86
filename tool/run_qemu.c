/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/run_qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What every run has: one serial line, on our pipes, and nothing else that we didn't ask for. */
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

/* The real-time clock is the user's while time is paced, and part of the run when it is exact. */
static const char *const paced[] = {
    "-icount", "shift=0,sleep=on", "-seed", "1", "-rtc", "base=utc,clock=vm",
};
static const char *const exact[] = {
    "-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2024-01-01,clock=vm",
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

char *qemu_find(const char *arch) {
    const char *cache = getenv("BULKHEAD_CACHE");
    const char *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    const char *target = strcmp(arch, "arm64") == 0 ? "aarch64" : arch;
    char folder[2048];
    char *path;

    if (cache && *cache)
        snprintf(folder, sizeof folder, "%s", cache);
    else if (xdg && *xdg)
        snprintf(folder, sizeof folder, "%s/bulkhead", xdg);
    else
        snprintf(folder, sizeof folder, "%s/.cache/bulkhead", home ? home : "");
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

const char **qemu_arguments(const struct qemu_config *config) {
    const char **arguments =
        calloc(config->board_count + config->extra_count + LENGTH(common) + LENGTH(paced) + 8,
               sizeof *arguments);
    const char **next = arguments;

    if (!arguments)
        return NULL;
    *next++ = config->program;
    next = append(next, config->board, config->board_count);
    next = append(next, common, LENGTH(common));
    if (config->clock == QEMU_CLOCK_PACED)
        next = append(next, paced, LENGTH(paced));
    else if (config->clock == QEMU_CLOCK_EXACT)
        next = append(next, exact, LENGTH(exact));
    if (config->gdb)
        next = append(next, (const char *[]){"-gdb", config->gdb, "-S"}, 3);
    next = append(next, (const char *[]){"-kernel", config->kernel}, 2);
    for (size_t i = 0; i < config->extra_count; i++)
        *next++ = config->extra[i];
    return arguments;
}

/* In the child: never returns. */
static void become_qemu(const char *const *arguments, const char *preload, pid_t parent,
                        const int *ends) {
    /* execvp() was declared before const was; it leaves its strings alone. */
    union {
        const char *const *in;
        char *const *out;
    } same = {.in = arguments};
    static const int handled[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGCHLD,
                                  SIGPIPE, SIGTSTP, SIGCONT, SIGWINCH};

    setpgid(0, 0);
    for (size_t i = 0; i < LENGTH(handled); i++)
        signal(handled[i], SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    if (preload)
        setenv("LD_PRELOAD", preload, 1);
    if (dup2(ends[0], STDIN_FILENO) >= 0 && dup2(ends[1], STDOUT_FILENO) >= 0 &&
        dup2(ends[2], STDERR_FILENO) >= 0)
        execvp(arguments[0], same.out);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", arguments[0], strerror(errno));
    _exit(127);
}

static void close_if_open(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

bool qemu_start(struct qemu *qemu, const char *const *arguments, const char *preload) {
    int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    pid_t self = getpid();
    pid_t pid = -1;

    *qemu = (struct qemu){.to = -1, .from = -1, .errors = -1};
    if (pipe2(pipes[0], O_CLOEXEC) == 0 && pipe2(pipes[1], O_CLOEXEC) == 0 &&
        pipe2(pipes[2], O_CLOEXEC) == 0)
        pid = fork();
    if (pid == 0)
        become_qemu(arguments, preload, self, (int[]){pipes[0][0], pipes[1][1], pipes[2][1]});
    int why = errno;
    close_if_open(&pipes[0][0]);
    close_if_open(&pipes[1][1]);
    close_if_open(&pipes[2][1]);
    qemu->to = pipes[0][1];
    qemu->from = pipes[1][0];
    qemu->errors = pipes[2][0];
    if (pid < 0) {
        qemu_kill(qemu);
        errno = why;
        return false;
    }
    setpgid(pid, pid); /* here too: whoever comes first, a kill of the group then reaches it */
    qemu->pid = pid;
    fcntl(qemu->to, F_SETFL, O_NONBLOCK);
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
    close_if_open(&qemu->to);
    close_if_open(&qemu->from);
    close_if_open(&qemu->errors);
}

int qemu_exit_code(const struct qemu *qemu) {
    if (WIFSIGNALED(qemu->status))
        return 128 + WTERMSIG(qemu->status);
    return WEXITSTATUS(qemu->status);
}
