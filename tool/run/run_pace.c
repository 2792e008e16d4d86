/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This file is in the tool for its tests. As a library it is linked so that pace_clock_gettime is
 * also called clock_gettime and so on; it then must not call those itself, hence the system calls.
 */
#include "tool/run/run_pace.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NS 1000000000

/* Work between two waits that is put down to the emulator's overhead, and not to its vCPUs. */
#define OVERHEAD_NS 250000
/* A clock that lags by more than this keeps its lag: the machine was busy, or the host was. */
#define DEBT_NS 5000000

/* The clock that QEMU sees; 0: not started. Only the main thread moves it. */
static atomic_int_least64_t shown;

int64_t pace_wait(struct pace *pace, int64_t timeout, int64_t now) {
    int64_t between = pace->ran_out ? now - pace->ran_out : 0;

    pace->debt += between < OVERHEAD_NS ? between : OVERHEAD_NS;
    pace->ran_out = now; /* the same time is not counted again if this wait is cut short */
    return timeout > pace->debt ? timeout - pace->debt : 0;
}

void pace_ran_out(struct pace *pace, int64_t timeout, int64_t began, int64_t now) {
    int64_t debt = pace->debt + (now - began) - timeout;

    pace->debt = debt < 0 ? 0 : debt > DEBT_NS ? DEBT_NS : debt;
    pace->ran_out = now;
}

static int64_t real_time(void) {
    struct timespec time = {0};

    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * NS + time.tv_nsec;
}

int pace_clock_gettime(clockid_t clock, struct timespec *time) {
    int_least64_t now = atomic_load(&shown);

    if (clock != CLOCK_MONOTONIC)
        return (int)syscall(SYS_clock_gettime, clock, time);
    if (now == 0) {
        int_least64_t start = real_time();
        now = atomic_compare_exchange_strong(&shown, &now, start) ? start : now;
    }
    time->tv_sec = (time_t)(now / NS);
    time->tv_nsec = (long)(now % NS);
    return 0;
}

static int real_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                      const sigset_t *mask) {
    struct timespec left; /* the system call writes to it */

    if (timeout != NULL)
        left = *timeout;
    return (int)syscall(SYS_ppoll, fds, count, timeout != NULL ? &left : NULL, mask, (size_t)8);
}

int pace_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
               const sigset_t *mask) {
    static struct pace pace;
    int64_t asked = timeout != NULL ? (int64_t)timeout->tv_sec * NS + timeout->tv_nsec : 0;

    /* Timers are the main thread's business, and only where there is one to wait for. */
    if (asked <= 0 || syscall(SYS_gettid) != getpid())
        return real_ppoll(fds, count, timeout, mask);
    int64_t began = real_time();
    int64_t wait = pace_wait(&pace, asked, began);
    struct timespec shorter = {.tv_sec = (time_t)(wait / NS), .tv_nsec = (long)(wait % NS)};
    int ready = real_ppoll(fds, count, &shorter, mask);
    if (ready == 0) {
        pace_ran_out(&pace, asked, began, real_time());
        atomic_fetch_add(&shown, asked);
    }
    return ready;
}

int pace_ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                   const sigset_t *mask, size_t fds_size) {
    (void)fds_size;
    return pace_ppoll(fds, count, timeout, mask);
}
