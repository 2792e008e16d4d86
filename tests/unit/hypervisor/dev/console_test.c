/* SPDX-License-Identifier: Apache-2.0 */
/* One line, many speakers; the clock is in microseconds. */
#include "hypervisor/support.h"

#include "abi/console.h"
#include "dev/console.h"

#define MHZ      1000000u
#define MS       UINT64_C(1000)
#define SPEAKERS 4u

/* As abi/console.h has it. */
#define TAG(name) "\x1e" name "| \x1f"

static struct console_line line;
static struct speaker speakers[SPEAKERS];
static uint64_t now;

static const char *const names[SPEAKERS] = {"linux", "control", "third", "bulkhead"};
static struct speaker *const linux_vm = &speakers[0];
static struct speaker *const control_vm = &speakers[1];

BEFORE_EACH(begin) {
    host_uart_reset();
    memset(&line, 0, sizeof(line));
    memset(speakers, 0, sizeof(speakers));
    for (uint32_t i = 0; i < SPEAKERS; i++)
        console_speaker(&speakers[i], i + 1, names[i]);
    now = 5000 * MS;
}

static void say(struct speaker *speaker, const char *text) {
    for (; *text != '\0'; text++)
        ring_put(&speaker->ring, (uint8_t)*text, now);
}

static bool drain(struct speaker *speaker) {
    uint32_t before = host_uart.out_size;
    bool left = console_drain(&line, speaker, now, MHZ);

    assert_true(host_uart.out_size - before <= CONSOLE_BURST);
    assert_int_equal(left, ring_used(&speaker->ring) > 0);
    assert_int_equal(line.lock.next, line.lock.serving); /* the lock is free again */
    return left;
}

static void tell(struct speaker *speaker, const char *text) {
    say(speaker, text);
    drain(speaker);
}

static void expect(const char *text) {
    assert_int_equal(host_uart.out_size, strlen(text));
    assert_memory_equal(host_uart.out, text, strlen(text));
}

TEST(a_line_has_its_speakers_tag_but_the_next_of_the_same) {
    say(linux_vm, "one\n");
    assert_false(drain(linux_vm));
    expect(TAG("linux") "one\n");
    tell(linux_vm, "two\nthree\n");
    expect(TAG("linux") "one\ntwo\nthree\n");
}

TEST(speakers_change_at_line_ends) {
    say(linux_vm, "half ");
    now += 20 * MS; /* it has waited for the rest in vain */
    drain(linux_vm);
    say(control_vm, "record\n");
    assert_true(drain(control_vm));
    tell(linux_vm, "line\n");
    drain(control_vm);
    tell(linux_vm, "again\n");
    expect(TAG("linux") "half line\n" TAG("control") "record\n" TAG("linux") "again\n");
}

TEST(who_dawdles_loses_the_line) {
    say(linux_vm, "half ");
    now += 20 * MS;
    drain(linux_vm);
    say(control_vm, "record\n");
    now += 20 * MS - 1;
    drain(control_vm);
    expect(TAG("linux") "half ");
    now += 1;
    drain(control_vm);
    tell(linux_vm, "line\n");
    expect(TAG("linux") "half " TAG("control") "record\n" TAG("linux") "line\n");
}

TEST(half_a_line_waits_for_its_end) {
    say(linux_vm, "login: ");
    assert_true(drain(linux_vm));
    expect("");
    now += 20 * MS - 1;
    drain(linux_vm);
    expect("");
    now += 1;
    drain(linux_vm);
    expect(TAG("linux") "login: ");
    /* Who has the line is echoed at once. */
    tell(linux_vm, "r");
    expect(TAG("linux") "login: r");
}

TEST(much_without_an_end_need_not_wait) {
    for (unsigned i = 0; i < RING_SIZE / 2 - 1; i++)
        tell(linux_vm, "x");
    expect("");
    tell(linux_vm, "x");
    assert_int_equal(host_uart.out_size, CONSOLE_BURST);
}

/* Writing a character each 10 ms it is never idle; but after a tenth of a second it is enough. */
TEST(a_line_is_kept_for_a_tenth_of_a_second) {
    tell(linux_vm, "started\n");
    say(control_vm, "record\n");
    tell(linux_vm, "x"); /* again a line of its own, from here on */
    host_uart.out_size = 0;
    for (unsigned i = 0; i < 10; i++) {
        drain(control_vm);
        expect("");
        now += 10 * MS - (i == 9 ? 1 : 0);
        if (i < 9) {
            tell(linux_vm, "x");
        }
        host_uart.out_size = 0;
    }
    drain(control_vm);
    expect("");
    now += 1;
    drain(control_vm);
    expect(TAG("control") "record\n");
}

TEST(a_tag_alone_keeps_the_line) {
    tell(linux_vm, "one\n");
    say(control_vm, "two\n");
    now += 50 * MS;
    host_uart.out_size = 0;
    host_uart.room = sizeof(TAG("control")) - 1;
    drain(control_vm);
    host_uart.room = UINT32_MAX;
    say(linux_vm, "three\n");
    now += 1 * MS;
    drain(linux_vm);
    expect(TAG("control"));
    drain(control_vm);
    expect(TAG("control") "two\n");
}

TEST(those_who_wait_take_turns) {
    static const uint8_t order[] = {0, 1, 2, 1, 2, 0, 1, 2};
    static const uint32_t tag_sizes[] = {sizeof(TAG("linux")) - 1, sizeof(TAG("control")) - 1,
                                         sizeof(TAG("third")) - 1};

    say(linux_vm, "a\na\n");
    say(control_vm, "b\nb\n");
    say(&speakers[2], "c\nc\n");
    for (unsigned turn = 0; turn < 6; turn++) {
        /* All try, whose turn it is last (but for the first); there is room for that one's tag. */
        host_uart.room = tag_sizes[turn % 3];
        for (unsigned i = turn == 0 ? 0 : 1; i < COUNT_OF(order); i++)
            drain(&speakers[(turn + order[i]) % 3]);
        /* And now for as much as it may say. */
        host_uart.room = UINT32_MAX;
        drain(&speakers[turn % 3]);
    }
    expect(TAG("linux") "a\n" TAG("control") "b\n" TAG("third") "c\n" TAG("linux") "a\n" TAG(
        "control") "b\n" TAG("third") "c\n");
}

TEST(a_burst_is_bounded) {
    for (unsigned i = 0; i < 10; i++)
        say(linux_vm, "0123456789abcdef0123456789abcdef\n");
    assert_true(drain(linux_vm));
    assert_int_equal(host_uart.out_size, CONSOLE_BURST);
    while (drain(linux_vm))
        ;
    assert_int_equal(host_uart.out_size, 9 + 10 * 33);
}

TEST(a_slow_uart_loses_nothing) {
    say(linux_vm, "slow\n");
    say(control_vm, "other\n");
    for (unsigned i = 0; i < 100; i++) {
        /* One character of room at a time; the others push in, even into the tag. */
        host_uart.room = 1;
        drain(&speakers[i % 2]);
        host_uart.room = 1;
        drain(linux_vm);
    }
    expect(TAG("linux") "slow\n" TAG("control") "other\n");
}

TEST(without_room_nothing_happens) {
    host_uart.room = 0;
    say(linux_vm, "text\n");
    assert_true(drain(linux_vm));
    expect("");
    assert_int_equal(ring_used(&linux_vm->ring), 5);
}

TEST(a_lock_that_is_taken_is_not_waited_for) {
    say(linux_vm, "text\n");
    assert_true(spin_try_lock(&line.lock));
    assert_true(console_drain(&line, linux_vm, now, MHZ));
    expect("");
    spin_unlock(&line.lock);
    drain(linux_vm);
    expect(TAG("linux") "text\n");
}

TEST(what_a_dead_core_holds_is_given_up) {
    host_uart.room = 4;
    tell(linux_vm, "he\n"); /* half of its tag */
    tell(control_vm, "wait\n");
    assert_int_equal(host_uart.out_size, 4);
    line.waiting = 1u << linux_vm->id | 1u << control_vm->id;
    assert_true(spin_try_lock(&line.lock));
    console_give_up(&line, line.lock.serving);
    host_uart.room = UINT32_MAX;
    host_uart.out_size = 0;
    drain(control_vm);
    expect(TAG("control") "wait\n");
    /* Again; who goes on begins with its tag. */
    assert_true(spin_try_lock(&line.lock));
    console_give_up(&line, line.lock.serving);
    host_uart.out_size = 0;
    tell(control_vm, "on\n");
    expect(TAG("control") "on\n");
    /* A second core that panics, and has waited in vain, does not free it once more. */
    console_give_up(&line, line.lock.serving - 1);
    assert_true(spin_try_lock(&line.lock));
    spin_unlock(&line.lock);
}

static uint32_t fences, written_at_fence;

/* On silicon what is written to a device may pass the lock's release. */
static void note_fence(void) {
    assert_int_equal(line.lock.next, line.lock.serving + 1);
    fences++;
    written_at_fence = host_uart.out_size;
}

TEST(the_uart_is_touched_between_fences_under_the_lock) {
    host_reset();
    host.on_io_fence = note_fence;
    fences = 0;
    tell(linux_vm, "hello\n");
    host.on_io_fence = NULL;
    assert_int_equal(fences, 2);
    assert_int_equal(written_at_fence, host_uart.out_size);
}

TEST(an_empty_ring_touches_nothing) {
    struct console_line before = line;

    assert_false(drain(linux_vm));
    assert_memory_equal(&before, &line, sizeof(line));
}

TEST(names_are_cut_to_fit_the_tag) {
    static char name[100];

    memset(name, 'x', sizeof(name) - 1);
    console_speaker(linux_vm, 1, name);
    tell(linux_vm, "\n");
    assert_int_equal(host_uart.out_size, CONSOLE_TAG_SIZE + 1);
    assert_memory_equal(host_uart.out + host_uart.out_size - 4, "| \x1f\n", 4);
}

/* Cores read the clock in one order and reach the lock in another. */
TEST(a_clock_read_too_early_breaks_no_line) {
    say(linux_vm, "half of a ");
    now += 20 * MS;
    drain(linux_vm);
    say(control_vm, "record\n");
    now -= 5;
    drain(control_vm);
    now += 5;
    tell(linux_vm, "line\n");
    expect(TAG("linux") "half of a line\n");
}

/*
 * A crowd: some speakers flood, each draining at every character it writes, and one
 * has a single line to say and comes by every 2 ms, as its core's timer does.
 * Returns after how many microseconds the line was out; `limit` if it wasn't.
 */
static uint64_t wait_in_crowd(unsigned flooders, const char *flood, uint64_t limit) {
    struct speaker *quiet = &speakers[SPEAKERS - 1];
    const char *at[SPEAKERS] = {flood, flood, flood, flood};
    uint64_t start = now;

    for (unsigned turn = 0; now - start < limit; turn++, now += 10) {
        struct speaker *loud = &speakers[turn % flooders];

        if (!ring_is_full(&loud->ring)) {
            ring_put(&loud->ring, (uint8_t)*at[turn % flooders]++, now);
            if (*at[turn % flooders] == '\0')
                at[turn % flooders] = flood;
        }
        host_uart.room = 1; /* 100,000 characters a second: ten times a real wire's */
        drain(loud);
        if (turn == 1000)
            say(quiet, "deadline missed\n");
        if (turn > 1000 && turn % 200 == 0) {
            host_uart.room = 40;
            if (!drain(quiet))
                return now - start - 10000;
        }
        if (host_uart.out_size > HOST_UART_SIZE / 2)
            host_uart.out_size = 0;
    }
    return limit;
}

TEST(who_never_ends_a_line_does_not_keep_it) {
    assert_true(wait_in_crowd(1, "x", 1000 * MS) <= 105 * MS);
}

TEST(who_floods_lines_does_not_keep_the_line) {
    assert_true(wait_in_crowd(1, "a line that is not as long as any burst is, and ends here\n",
                              1000 * MS) <= 105 * MS);
    begin();
    assert_true(wait_in_crowd(1, "\n", 1000 * MS) <= 105 * MS);
}

TEST(two_who_flood_do_not_pass_the_line_among_themselves) {
    assert_true(wait_in_crowd(2, "a line that is not as long as any burst is, and ends here\n",
                              1000 * MS) <= 210 * MS);
    begin();
    assert_true(wait_in_crowd(3, "short\n", 1000 * MS) <= 310 * MS);
    begin();
    assert_true(wait_in_crowd(3, "x", 1000 * MS) <= 310 * MS);
}

/* Splits what was written into speakers' texts; checks each tag. */
static char texts[SPEAKERS][HOST_UART_SIZE];
static uint32_t sizes[SPEAKERS], breaks;

static void read_back(void) {
    uint32_t speaker = SPEAKERS;

    memset(sizes, 0, sizeof(sizes));
    breaks = 0;
    for (uint32_t i = 0; i < host_uart.out_size; i++) {
        uint8_t byte = host_uart.out[i];
        char name[CONSOLE_TAG_SIZE] = {0};
        uint32_t n = 0;

        if (byte != CONSOLE_TAG_BEGIN) {
            assert_true(speaker < SPEAKERS && byte != CONSOLE_TAG_END);
            texts[speaker][sizes[speaker]++] = (char)byte;
            continue;
        }
        breaks += speaker < SPEAKERS && texts[speaker][sizes[speaker] - 1] != '\n';
        for (i++; host_uart.out[i] != CONSOLE_TAG_END; i++) {
            assert_true(i + 1 < host_uart.out_size && n + 1 < sizeof(name));
            name[n++] = (char)host_uart.out[i];
        }
        assert_true(n > 2 && name[n - 2] == '|' && name[n - 1] == ' ');
        for (speaker = 0; speaker < SPEAKERS; speaker++) {
            if (strlen(names[speaker]) == n - 2 && memcmp(names[speaker], name, n - 2) == 0)
                break;
        }
        assert_true(speaker < SPEAKERS);
    }
}

static char said[SPEAKERS][HOST_UART_SIZE];

/* Returns how many lines were broken. */
static uint32_t speak_at_random(struct random *random, uint32_t step) {
    uint32_t said_size[SPEAKERS] = {0}, broken;

    for (unsigned turn = 0; turn < 20000; turn++) {
        uint32_t s = random_below(random, SPEAKERS);
        char c = random_below(random, 20) == 0 ? '\n' : (char)('a' + random_below(random, 26));

        now += random_below(random, step);
        if (random_below(random, 3) == 0 && !ring_is_full(&speakers[s].ring) &&
            said_size[s] < 3000) {
            ring_put(&speakers[s].ring, (uint8_t)c, now);
            said[s][said_size[s]++] = c;
        }
        host_uart.room = random_below(random, 3) == 0 ? random_below(random, 70) : 0;
        drain(&speakers[random_below(random, SPEAKERS)]);
    }
    host_uart.room = UINT32_MAX;
    for (unsigned turn = 0; turn < 2000; turn++, now++)
        drain(&speakers[turn % SPEAKERS]);
    read_back();
    broken = breaks;
    /* What is left has no end. */
    for (unsigned turn = 0; turn < 64 * SPEAKERS; turn++, now += 25 * MS)
        drain(&speakers[turn % SPEAKERS]);
    read_back();
    for (uint32_t s = 0; s < SPEAKERS; s++) {
        assert_int_equal(sizes[s], said_size[s]);
        assert_memory_equal(texts[s], said[s], sizes[s]);
    }
    return broken;
}

TEST(nothing_is_lost_or_mixed) {
    for (uint64_t seed = 1; seed < 6; seed++) {
        struct random random = {seed};

        begin();
        assert_int_equal(speak_at_random(&random, 2), 0); /* nobody is idle for long */
        begin();
        assert_true(speak_at_random(&random, 3000) > 0);
    }
}
