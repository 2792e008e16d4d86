/* SPDX-License-Identifier: Apache-2.0 */
/* Spinlock and barrier, with threads for cores. */
#include "hypervisor/support.h"

#include <pthread.h>

#include "lib/barrier.h"
#include "lib/spinlock.h"

/* Threads that spin for each other: more than the machine has cores would take long. */
#define CORES  2u
#define ROUNDS 100u

static void try_takes_a_free_lock_only(void **state)
{
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

static void tickets_wrap(void **state)
{
    struct spinlock lock = {UINT16_MAX, UINT16_MAX};

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
    struct barrier barrier;
    uint32_t counter;         /* protected by the lock */
    _Atomic uint32_t tried;   /* successes of spin_try_lock() */
    uint32_t marks[CORES];    /* the round each core is in */
    _Atomic uint32_t wrong;
};

static void *count_up(void *argument)
{
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

static void run(void *(*body)(void *), struct shared *shared)
{
    pthread_t threads[CORES];

    for (uint32_t i = 0; i < CORES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, body, shared), 0);
    for (uint32_t i = 0; i < CORES; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void one_holder_at_a_time(void **state)
{
    struct shared shared = {0};
    uint32_t locked = 0;

    for (uint32_t i = 0; i < ROUNDS * 5; i++)
        locked += i % 3 != 0 ? CORES : 0;
    run(count_up, &shared);
    assert_int_equal(shared.counter, locked + shared.tried);
    assert_int_equal(shared.lock.next, shared.lock.serving);
}

static void *meet(void *argument)
{
    static _Atomic uint32_t number;
    struct shared *shared = argument;
    uint32_t me = atomic_fetch_add(&number, 1) % CORES;

    for (uint32_t round = 1; round <= ROUNDS; round++) {
        shared->marks[me] = round;
        barrier_wait(&shared->barrier, CORES);
        for (uint32_t i = 0; i < CORES; i++)
            atomic_fetch_add(&shared->wrong, shared->marks[i] != round);
        barrier_wait(&shared->barrier, CORES);
    }
    return NULL;
}

static void a_barrier_holds_all_until_the_last(void **state)
{
    struct shared shared = {0};

    run(meet, &shared);
    assert_int_equal(shared.wrong, 0);
    assert_int_equal(shared.barrier.arrived, 0);
    assert_int_equal(shared.barrier.generation, 2 * ROUNDS);
}

static void a_barrier_of_one_never_waits(void **state)
{
    struct barrier barrier = {0};

    barrier_wait(&barrier, 1);
    barrier_wait(&barrier, 1);
    assert_int_equal(barrier.generation, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(try_takes_a_free_lock_only),
        cmocka_unit_test(tickets_wrap),
        cmocka_unit_test(one_holder_at_a_time),
        cmocka_unit_test(a_barrier_holds_all_until_the_last),
        cmocka_unit_test(a_barrier_of_one_never_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
