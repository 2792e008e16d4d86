/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <unistd.h>

#include "tool/run/run_pace.h"

#define MS 1000000

TEST(test_late_wakes_are_made_up_for) {
    struct pace pace = {0};
    int64_t now = 1000 * MS;
    int64_t start = now;

    /* 1,000 waits of 1 ms; the host is always 60 us late, and the work takes 30 us. */
    for (int i = 0; i < 1000; i++) {
        int64_t began = now;
        now += pace_wait(&pace, MS, now) + 60000;
        pace_ran_out(&pace, MS, began, now);
        now += 30000;
    }
    assert_in_range(now - start, 1000 * (int64_t)MS - MS, 1000 * (int64_t)MS + MS);
}

TEST(test_long_work_is_not_made_up_for) {
    struct pace pace = {0};

    pace_ran_out(&pace, MS, 0, MS);
    /* 500 ms of running vCPUs count as 0.25 ms of overhead. */
    assert_int_equal(pace_wait(&pace, 10 * MS, 501 * MS), 10 * MS - 250000);
}

TEST(test_debt_is_limited) {
    struct pace pace = {0};

    pace_wait(&pace, MS, 0);
    pace_ran_out(&pace, MS, 0, 1000 * (int64_t)MS); /* the host slept for a second */
    assert_int_equal(pace_wait(&pace, MS, 1000 * (int64_t)MS), 0);
    assert_int_equal(pace_wait(&pace, 20 * MS, 1000 * (int64_t)MS), 15 * MS);
    /* What waited too short is no credit. */
    pace.debt = 0;
    pace_ran_out(&pace, 10 * MS, 0, MS);
    assert_int_equal(pace.debt, 0);
}

TEST(test_a_cut_wait_is_counted_once) {
    struct pace pace = {0};

    pace_ran_out(&pace, MS, 0, MS);
    assert_int_equal(pace_wait(&pace, 2 * MS, MS + 50000), 2 * MS - 50000);
    assert_int_equal(pace_wait(&pace, 2 * MS, MS + 50000), 2 * MS - 50000);
}

static int64_t shown(void) {
    struct timespec time;

    assert_int_equal(pace_clock_gettime(CLOCK_MONOTONIC, &time), 0);
    return (int64_t)time.tv_sec * 1000 * MS + time.tv_nsec;
}

TEST(test_clock_moves_by_what_was_asked_for) {
    struct timespec timeout = {.tv_nsec = 3 * MS};
    int64_t before = shown();

    usleep(2000);
    assert_int_equal(shown(), before);
    assert_int_equal(pace_ppoll(NULL, 0, &timeout, NULL), 0);
    assert_int_equal(shown(), before + 3 * MS);
    assert_int_equal(timeout.tv_nsec, 3 * MS);
    assert_int_equal(pace_ppoll_chk(NULL, 0, &timeout, NULL, 0), 0);
    assert_int_equal(shown(), before + 6 * MS);
}

TEST(test_an_event_does_not_move_the_clock) {
    struct timespec timeout = {.tv_sec = 5};
    struct timespec none = {0};
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    struct pollfd fd = {.fd = ends[0], .events = POLLIN};
    int64_t before = shown();
    assert_int_equal(pace_ppoll(&fd, 1, &timeout, NULL), 1);
    assert_int_equal(pace_ppoll(&fd, 1, NULL, NULL), 1);
    assert_int_equal(pace_ppoll(NULL, 0, &none, NULL), 0);
    assert_int_equal(shown(), before);
    close(ends[0]);
    close(ends[1]);
}

TEST(test_other_clocks_are_the_hosts) {
    struct timespec ours;
    struct timespec host;

    assert_int_equal(clock_gettime(CLOCK_REALTIME, &host), 0);
    assert_int_equal(pace_clock_gettime(CLOCK_REALTIME, &ours), 0);
    assert_in_range(ours.tv_sec, host.tv_sec, host.tv_sec + 10);
}
