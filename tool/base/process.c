/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_MAX ((size_t)64 << 20) /* what is more is dropped */

/* One of its streams, as far as it has been read. */
struct stream {
    int fd;
    char *bytes;
    size_t size;
    size_t capacity;
};

static uint64_t now_ms(void) {
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* In the child: never returns. */
static void become(const char *const *argv, pid_t parent, int input, int output, int errors) {
    /* execvp() was declared before const was; it leaves its strings alone. */
    union {
        const char *const *in;
        char *const *out;
    } same = {.in = argv};

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(errors, STDERR_FILENO) >= 0)
        execvp(argv[0], same.out);
    _exit(127);
}

/* Reads what there is; at the end the stream is closed. */
static void read_stream(struct stream *stream) {
    char bytes[16384];
    ssize_t size = read(stream->fd, bytes, sizeof(bytes));

    if (size < 0 && errno == EINTR)
        return;
    if (size <= 0) {
        close(stream->fd);
        stream->fd = -1;
        return;
    }
    if (stream->size + (size_t)size > stream->capacity && stream->size < OUTPUT_MAX) {
        size_t capacity = stream->capacity * 2 + sizeof(bytes);
        char *larger = realloc(stream->bytes, capacity);

        if (larger == NULL)
            return;
        stream->bytes = larger;
        stream->capacity = capacity;
    }
    if (stream->size + (size_t)size <= stream->capacity) {
        memcpy(stream->bytes + stream->size, bytes, (size_t)size);
        stream->size += (size_t)size;
    }
}

/* Reads both streams to their ends; false if the time is up before. */
static bool read_streams(struct stream *streams, uint64_t end) {
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        struct pollfd fds[2] = {{.fd = streams[0].fd, .events = POLLIN},
                                {.fd = streams[1].fd, .events = POLLIN}};
        uint64_t now = now_ms();

        if (now >= end)
            return false;
        if (poll(fds, 2, (int)(end - now)) < 0)
            continue;
        for (size_t i = 0; i < 2; i++)
            if (fds[i].revents != 0)
                read_stream(&streams[i]);
    }
    return true;
}

static void close_if_open(int fd) {
    if (fd >= 0)
        close(fd);
}

/* The stream's bytes, moved into the arena. */
static char *keep(const struct stream *stream, struct arena *arena) {
    char *bytes = arena_alloc(arena, stream->size + 1);

    if (stream->size != 0)
        memcpy(bytes, stream->bytes, stream->size);
    return bytes;
}

/* What the program reads: a file without a name, so that nobody has to feed a pipe. */
static int open_input(const struct file *input) {
    FILE *copy = input == NULL ? fopen("/dev/null", "re") : tmpfile();
    int fd = -1;

    if (copy == NULL)
        return -1;
    if (input == NULL ||
        (fwrite(input->bytes, 1, input->size, copy) == input->size && fflush(copy) == 0)) {
        rewind(copy);
        fd = fcntl(fileno(copy), F_DUPFD_CLOEXEC, 0);
    }
    fclose(copy);
    return fd;
}

static void wait_for(pid_t pid, struct process *process) {
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    process->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool process_run(const char *const *argv, const struct file *input, unsigned seconds,
                 struct process *process, struct arena *arena) {
    int from = open_input(input);
    int output[2] = {-1, -1};
    int errors[2] = {-1, -1};
    pid_t self = getpid();
    pid_t pid = -1;

    *process = (struct process){0};
    if (from >= 0 && pipe2(output, O_CLOEXEC) == 0 && pipe2(errors, O_CLOEXEC) == 0)
        pid = fork();
    if (pid == 0)
        become(argv, self, from, output[1], errors[1]);
    int why = errno;
    close_if_open(from);
    close_if_open(output[1]);
    close_if_open(errors[1]);
    if (pid < 0) {
        close_if_open(output[0]);
        close_if_open(errors[0]);
        errno = why;
        return false;
    }
    setpgid(pid, pid); /* here too: whoever comes first, a kill of the group then reaches it */
    struct stream streams[2] = {{.fd = output[0]}, {.fd = errors[0]}};
    process->timed_out = !read_streams(streams, now_ms() + UINT64_C(1000) * seconds);
    if (process->timed_out)
        kill(-pid, SIGKILL);
    wait_for(pid, process);
    process->output = (unsigned char *)keep(&streams[0], arena);
    process->output_size = streams[0].size;
    process->errors = keep(&streams[1], arena);
    for (size_t i = 0; i < 2; i++) {
        close_if_open(streams[i].fd);
        free(streams[i].bytes);
    }
    return true;
}
