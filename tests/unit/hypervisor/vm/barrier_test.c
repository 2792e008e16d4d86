/* SPDX-License-Identifier: Apache-2.0 */
/* With threads for cores. */
#include "hypervisor/support.h"

#include <pthread.h>

#include "vm/barrier.h"

#define CORES  3u
#define ROUNDS 50u

static struct barrier barrier;
static uint32_t marks[CORES]; /* the round each core is in */
static _Atomic uint32_t wrong;

static void *meet(void *argument) {
    uint32_t me = *(const uint32_t *)argument;

    for (uint32_t round = 1; round <= ROUNDS; round++) {
        marks[me] = round;
        barrier_wait(&barrier, CORES);
        for (uint32_t i = 0; i < CORES; i++)
            atomic_fetch_add(&wrong, marks[i] != round);
        barrier_wait(&barrier, CORES);
    }
    return NULL;
}

TEST(holds_all_until_the_last) {
    pthread_t threads[CORES];
    uint32_t numbers[CORES];

    for (uint32_t i = 0; i < CORES; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, meet, &numbers[i]), 0);
    }
    for (uint32_t i = 0; i < CORES; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(wrong, 0);
    assert_int_equal(barrier.arrived, 2 * ROUNDS * CORES);
}

TEST(one_alone_never_waits) {
    struct barrier alone = {0};

    barrier_wait(&alone, 1);
    barrier_wait(&alone, 1);
    assert_int_equal(alone.arrived, 2);
}

static void pass(void *argument) {
    barrier_wait(argument, 2);
}

TEST(nobody_waits_for_one_that_will_never_come) {
    struct barrier short_of_one = {.broken = 1};

    assert_int_equal(host_run(pass, &short_of_one), HOST_HALTED);
    /* Who comes last goes on: all have been there. */
    assert_int_equal(host_run(pass, &short_of_one), HOST_RETURNED);
}
