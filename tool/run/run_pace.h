/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_pace.h - QEMU's time, exact and at the pace of the user's.
 *
 * Under `-icount sleep=on` QEMU sleeps while all vCPUs wait, and then moves
 * virtual time on by as long as it really slept: a host that wakes it 60 us
 * late makes every deadline 60 us late. Under `sleep=off` deadlines are exact,
 * but waiting takes no time, and a machine that mostly waits runs 20 times too
 * fast. So for a user who watches, run_pace.c is also built as a library that
 * is loaded into QEMU before the C library (LD_PRELOAD) and takes two of its
 * functions' places. QEMU's monotonic clock then stands still, but for the
 * waits: each that runs out moves it on by exactly what was asked for. What a
 * wait took too long is taken off the next one, so the pace stays right.
 *
 * The library has no other business with QEMU; nothing depends on it but how
 * exact deadlines are while somebody watches.
 */
#pragma once

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* The library's file name, beside the program. */
#define PACE_LIBRARY "bulkhead-pace.so"

/* All in ns. */
struct pace {
    int64_t debt;    /* that waits have taken too long so far */
    int64_t ran_out; /* real time: when the last one ran out */
};

/* How long to really wait, at real time `now`, when `timeout` is asked for. */
int64_t pace_wait(struct pace *pace, int64_t timeout, int64_t now);

/* That wait ran out: it began at real time `began`, and now it is `now`. */
void pace_ran_out(struct pace *pace, int64_t timeout, int64_t began, int64_t now);

/* What QEMU calls by the names of clock_gettime, ppoll and __ppoll_chk. */
int pace_clock_gettime(clockid_t clock, struct timespec *time);
int pace_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
               const sigset_t *mask);
int pace_ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                   const sigset_t *mask, size_t fds_size);
