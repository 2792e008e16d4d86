/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <signal.h>

#include "tool/base/process.h"

static struct arena arena;

static struct process run(const char *script, unsigned seconds) {
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct process process;

    assert_true(process_run(argv, NULL, seconds, &process, &arena));
    return process;
}

AFTER_EACH(teardown) {
    arena_free(&arena);
}

TEST(both_streams_and_the_exit_code_are_kept) {
    struct process process = run("cat; printf 'a\\000b'; echo e >&2; exit 7", 60);

    assert_int_equal(process.code, 7);
    assert_int_equal(process.output_size, 3);
    assert_memory_equal(process.output, "a\0b", 4);
    assert_string_equal(process.errors, "e\n");
    assert_false(process.timed_out);
}

TEST(what_it_is_given_is_read) {
    const char *const argv[] = {"tr", "a", "b", NULL};
    struct process process;
    struct file input = {.bytes = arena_alloc(&arena, 300000), .size = 300000};

    memset(input.bytes, 'a', input.size);
    assert_true(process_run(argv, &input, 60, &process, &arena));
    assert_int_equal(process.code, 0);
    assert_int_equal(process.output_size, 300000);
    assert_int_equal(strspn((char *)process.output, "b"), 300000);
}

TEST(more_than_a_pipe_holds_is_read_from_both) {
    struct process process =
        run("head -c 300000 /dev/zero | tr '\\000' x >&2; head -c 300000 /dev/zero", 60);

    assert_int_equal(process.code, 0);
    assert_int_equal(process.output_size, 300000);
    assert_int_equal(strlen(process.errors), 300000);
}

TEST(who_takes_too_long_is_killed_with_its_children) {
    struct process process = run("trap '' TERM; echo x; sleep 1000; echo y", 1);

    assert_true(process.timed_out);
    assert_int_equal(process.code, 128 + SIGKILL);
    assert_string_equal((char *)process.output, "x\n");
}

TEST(a_signal_shows_in_the_code) {
    assert_int_equal(run("kill -SEGV $$", 60).code, 128 + SIGSEGV);
}

TEST(a_program_that_is_not_there_says_nothing) {
    const char *const argv[] = {"/nonexistent/program", NULL};
    struct process process;

    assert_true(process_run(argv, NULL, 60, &process, &arena));
    assert_int_equal(process.code, 127);
    assert_string_equal(process.errors, "");
}
