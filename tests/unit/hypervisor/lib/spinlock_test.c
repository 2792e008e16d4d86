/* SPDX-License-Identifier: Apache-2.0 */
/* With threads for cores. */
#include "hypervisor/support.h"

#include <pthread.h>

#include "lib/spinlock.h"

/* Threads that spin for each other: more than the machine has cores would take long. */
#define CORES  2u
#define ROUNDS 100u

TEST(try_takes_a_free_lock_only) {
    struct spinlock lock = {0};

    assert_true(spin_try_lock(&lock));
    assert_false(spin_try_lock(&lock));
    spin_unlock(&lock);
    assert_true(spin_try_lock(&lock));
    spin_unlock(&lock);
    spin_lock(&lock);
    assert_false(spin_try_lock(&lock));
    spin_unlock(&lock);
}

TEST(tickets_wrap) {
    struct spinlock lock = {UINT32_MAX, UINT32_MAX};

    spin_lock(&lock);
    assert_false(spin_try_lock(&lock));
    spin_unlock(&lock);
    assert_true(spin_try_lock(&lock));
    spin_unlock(&lock);
    assert_int_equal(lock.next, 1);
    assert_int_equal(lock.serving, 1);
}

struct shared {
    struct spinlock lock;
    uint32_t counter;       /* protected by the lock */
    _Atomic uint32_t tried; /* successes of spin_try_lock() */
};

static void *count_up(void *argument) {
    struct shared *shared = argument;

    for (uint32_t i = 0; i < ROUNDS * 5; i++) {
        if (i % 3 == 0) {
            if (!spin_try_lock(&shared->lock))
                continue;
            atomic_fetch_add(&shared->tried, 1);
        } else {
            spin_lock(&shared->lock);
        }
        /* A lock that lets two in loses counts here. */
        for (uint32_t before = shared->counter, n = 0; n < 4; n++)
            *(volatile uint32_t *)&shared->counter = before + (n == 3);
        spin_unlock(&shared->lock);
    }
    return NULL;
}

static void run(void *(*body)(void *), struct shared *shared) {
    pthread_t threads[CORES];

    for (uint32_t i = 0; i < CORES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, body, shared), 0);
    for (uint32_t i = 0; i < CORES; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

TEST(one_holder_at_a_time) {
    struct shared shared = {0};
    uint32_t locked = 0;

    for (uint32_t i = 0; i < ROUNDS * 5; i++)
        locked += i % 3 != 0 ? CORES : 0;
    run(count_up, &shared);
    assert_int_equal(shared.counter, locked + shared.tried);
    assert_int_equal(shared.lock.next, shared.lock.serving);
}
