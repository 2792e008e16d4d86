/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sharer - a member of the channels `both` and `kept`, which it finds in its tree, beside two more:
 * 0 and 1 may write to both channels, and 2 only reads `both`. 2 begins anew, which changes nothing
 * of either; then 1, which clears `both`; then 0 goes off, and the others behind it.
 */
#include <stddef.h>

#include "runtime/fault.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/tick.h"
#include "runtime/tree.h"

#define MEMBERS     3u
#define PATIENCE_MS 5000u
#define SEEN        8u /* the word by which 0 says that it has seen 2 come back */

struct channel {
    const char *path;
    uint64_t at;
};

/* Where the test's system.yaml has them. */
static const struct channel both = {"/channel@50000000", 0x50000000};
static const struct channel kept = {"/channel@51000000", 0x51000000};

static uint64_t tree;
static uint32_t self;

static volatile uint32_t *lives(const struct channel *channel) {
    return (volatile uint32_t *)channel->at;
}

static volatile uint64_t *memory(const struct channel *channel) {
    return (volatile uint64_t *)(channel->at + 0x1000);
}

static void store(const struct channel *channel, uint32_t word, uint64_t value) {
    memory(channel)[word] = value;
}

static uint32_t number(const struct channel *channel, const char *name) {
    uint32_t size = 0;
    const uint8_t *value = tree_property(tree, channel->path, name, &size);

    return size == 4 ? (uint32_t)value[2] << 8 | value[3] : UINT32_MAX;
}

static bool has(const struct channel *channel, const char *name) {
    uint32_t size;

    return tree_property(tree, channel->path, name, &size) != NULL;
}

/* Faults by a store of what is there already. */
static uint32_t faults(volatile uint64_t *word) {
    uint64_t was = *word;

    fault_expect();
    *word = was;
    return fault_caught().count;
}

/* Where it is a member: its tree, what it may do, and that it is up in its own life. */
static void check(const struct channel *channel) {
    volatile uint64_t *last = memory(channel) + 0x2000 / sizeof(uint64_t) - 1;

    if (!has(channel, "reg"))
        return;
    test_equal("its number", number(channel, "bulkhead,member"), self);
    test_equal("its life", lives(channel)[self], (uint64_t)machine_restarts() + 1);
    test_equal("stores to the state that fault", faults((volatile uint64_t *)channel->at), 1);
    test_equal("stores to the memory that fault", faults(last), has(channel, "read-only"));
    fault_expect();
    (void)last[1];
    test_equal("reads behind it that fault", fault_caught().count, 1);
}

static bool is_in_life(uint64_t wanted) {
    return lives(&both)[wanted >> 32] == (uint32_t)wanted;
}

static void await(const char *what, uint32_t member, uint32_t life) {
    test_expect(tick_wait(is_in_life, (uint64_t)member << 32 | life, PATIENCE_MS), what);
}

static bool is_set(uint64_t word) {
    return memory(&both)[word] != 0;
}

static void await_word(uint32_t word) {
    test_expect(tick_wait(is_set, word, PATIENCE_MS), "a word does not come");
}

/* 0, in its only life. */
static void write_and_watch(void) {
    store(&kept, 0, 7);
    await_word(1);
    await("2 does not begin anew", 2, 2);
    test_equal("what 2 has left in `both`", memory(&both)[0], 100);
    store(&both, SEEN, 1);
    await("1 does not begin anew", 1, 2);
    test_equal("what 1 has left in `both`", memory(&both)[0], 0);
    test_equal("what is kept", memory(&kept)[0], 7);
}

/* The others, in their last lives. */
static void watch_them_go(void) {
    await("0 is not down", 0, 0);
    if (self == 2)
        await("1 is not down", 1, 0);
}

void guest_main(uint64_t its_tree) {
    bool first = machine_restarts() == 0;

    tree = its_tree;
    self = number(&both, "bulkhead,member");
    irq_begin(tick_handle);
    tick_start();
    test_begin("channels");
    check(&both);
    check(&kept);
    test_end();
    test_begin("others");
    for (uint32_t i = 0; first && i < MEMBERS; i++)
        test_expect(tick_wait(is_in_life, (uint64_t)i << 32 | 1, PATIENCE_MS) || i == 2,
                    "a member is not up");
    if (self < 2 && first)
        store(&both, self, 100 + self);
    if (self == 0) {
        write_and_watch();
    } else if (first) {
        await_word(self == 1 ? SEEN : 0);
        await_word(self == 1 ? SEEN : 1);
        test_equal("what 0 says", memory(&both)[0], 100);
        test_end();
        machine_reset();
    } else {
        watch_them_go();
    }
    test_done();
}
