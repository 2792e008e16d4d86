/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include <pthread.h>
#include <sched.h>

#include "dev/ring.h"

static struct ring ring;

BEFORE_EACH(begin) {
    memset(&ring, 0, sizeof(ring));
}

TEST(gives_back_what_was_put_in) {
    assert_int_equal(ring_used(&ring), 0);
    ring_put(&ring, 'a', 1);
    ring_put(&ring, '\n', 2);
    ring_put(&ring, 0xff, 3);
    assert_int_equal(ring_used(&ring), 3);
    assert_true(ring_is_due(&ring));
    assert_int_equal(ring.last, 3);
    assert_int_equal(ring_get(&ring), 'a');
    assert_int_equal(ring_get(&ring), '\n');
    assert_false(ring_is_due(&ring));
    assert_int_equal(ring_get(&ring), 0xff);
    assert_int_equal(ring_used(&ring), 0);
}

/* Over the end of its bytes, and of its counters, too. */
TEST(is_full_at_its_size) {
    static const uint32_t starts[] = {0, 3, UINT32_MAX - 2};

    for (unsigned start = 0; start < COUNT_OF(starts); start++) {
        bool due = false;

        ring.written = ring.read = ring.line = starts[start];
        for (uint32_t i = 0; i < RING_SIZE; i++) {
            assert_false(ring_is_full(&ring));
            ring_put(&ring, (uint8_t)(i * 3), 0);
            due |= (uint8_t)(i * 3) == '\n' || i >= RING_SIZE / 2 - 1;
            assert_int_equal(ring_is_due(&ring), due);
        }
        assert_true(ring_is_full(&ring));
        for (uint32_t i = 0; i < RING_SIZE; i++)
            assert_int_equal(ring_get(&ring), (uint8_t)(i * 3));
        assert_int_equal(ring_used(&ring), 0);
        assert_false(ring_is_due(&ring));
    }
}

#define MANY 30000u

static void *write_many(void *argument) {
    for (uint32_t i = 0; i < MANY; i++) {
        while (ring_is_full(&ring))
            sched_yield();
        ring_put(&ring, (uint8_t)(i % 251), 0);
    }
    return NULL;
}

TEST(one_writer_and_one_reader_need_no_lock) {
    pthread_t writer;
    uint32_t wrong = 0;

    assert_int_equal(pthread_create(&writer, NULL, write_many, NULL), 0);
    for (uint32_t i = 0; i < MANY; i++) {
        while (ring_used(&ring) == 0)
            sched_yield();
        wrong += ring_get(&ring) != (uint8_t)(i % 251);
    }
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_int_equal(wrong, 0);
    assert_false(ring_is_due(&ring));
}
