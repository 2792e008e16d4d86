/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX ((off_t)64 << 20) /* what is more is dropped */

/* In the child: gives each end its number. That may be another's: so first all move away. */
static bool take_ends(const int *fds, size_t count) {
    int moved[PROCESS_FDS_MAX];

    for (size_t i = 0; i < count; i++)
        moved[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, (int)count);
    for (size_t i = 0; i < count; i++)
        if (fds[i] >= 0 && dup2(moved[i], (int)i) < 0)
            return false;
    return true;
}

pid_t process_start(const char *const *argv, const int *fds, size_t count) {
    /* execvp() was declared before const was; it leaves its strings alone. */
    union {
        const char *const *in;
        char *const *out;
    } same = {.in = argv};
    pid_t self = getpid();

    assert(count <= PROCESS_FDS_MAX);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == self && take_ends(fds, count))
            execvp(argv[0], same.out);
        _exit(127);
    }
    if (pid > 0)
        setpgid(pid, pid); /* here too: whoever comes first, a kill of the group reaches it */
    return pid;
}

int process_code(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int process_file(const void *bytes, size_t size) {
    int fd = memfd_create("bulkhead", MFD_CLOEXEC);

    for (size_t at = 0; fd >= 0 && at < size;) {
        ssize_t written = pwrite(fd, (const char *)bytes + at, size - at, (off_t)at);

        if (written < 0 && errno != EINTR) {
            close(fd);
            return -1;
        }
        at += written < 0 ? 0 : (size_t)written;
    }
    return fd;
}

/* The bytes that a program has written into process_file(). */
static unsigned char *read_back(int fd, size_t *size, struct arena *arena) {
    struct stat info = {0};

    fstat(fd, &info);
    size_t room = (size_t)(info.st_size < OUTPUT_MAX ? info.st_size : OUTPUT_MAX);
    unsigned char *bytes = arena_alloc(arena, room + 1);
    ssize_t got = pread(fd, bytes, room, 0);
    *size = got < 0 ? 0 : (size_t)got;
    return bytes;
}

/* The wait status of a program that is killed unless it ends in time. */
static int wait_for(pid_t pid, unsigned seconds, bool *timed_out) {
    struct pollfd end = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    int status = 0;

    /* A kernel that cannot watch a process has it waited for however long that takes. */
    *timed_out = end.fd >= 0 && poll(&end, 1, (int)seconds * 1000) == 0;
    if (*timed_out)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (end.fd >= 0)
        close(end.fd);
    return status;
}

bool process_run(const char *const *argv, const struct file *input, unsigned seconds,
                 struct process *process, struct arena *arena) {
    int fds[] = {input == NULL ? process_file(NULL, 0) : process_file(input->bytes, input->size),
                 process_file(NULL, 0), process_file(NULL, 0)};
    bool ready = fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0;
    pid_t pid = ready ? process_start(argv, fds, 3) : -1;
    int why = errno;
    size_t size;

    *process = (struct process){0};
    if (pid > 0) {
        process->code = process_code(wait_for(pid, seconds, &process->timed_out));
        process->output = read_back(fds[1], &process->output_size, arena);
        process->errors = (char *)read_back(fds[2], &size, arena);
    }
    for (size_t i = 0; i < 3; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    errno = why;
    return pid > 0;
}
