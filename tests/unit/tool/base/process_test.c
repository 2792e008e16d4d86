/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tool/base/process.h"

static struct arena arena;

static struct process run(const char *script, unsigned seconds) {
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct process process;

    assert_true(process_run(argv, NULL, seconds, &process, &arena));
    return process;
}

static int teardown(void **state) {
    arena_free(&arena);
    return 0;
}

static void both_streams_and_the_exit_code_are_kept(void **state) {
    struct process process = run("cat; printf 'a\\000b'; echo e >&2; exit 7", 60);

    assert_int_equal(process.code, 7);
    assert_int_equal(process.output_size, 3);
    assert_memory_equal(process.output, "a\0b", 4);
    assert_string_equal(process.errors, "e\n");
    assert_false(process.timed_out);
}

static void what_it_is_given_is_read(void **state) {
    const char *const argv[] = {"tr", "a", "b", NULL};
    struct process process;
    struct file input = {.bytes = arena_alloc(&arena, 300000), .size = 300000};

    memset(input.bytes, 'a', input.size);
    assert_true(process_run(argv, &input, 60, &process, &arena));
    assert_int_equal(process.code, 0);
    assert_int_equal(process.output_size, 300000);
    assert_int_equal(strspn((char *)process.output, "b"), 300000);
}

static void more_than_a_pipe_holds_is_read_from_both(void **state) {
    struct process process =
        run("head -c 300000 /dev/zero | tr '\\000' x >&2; head -c 300000 /dev/zero", 60);

    assert_int_equal(process.code, 0);
    assert_int_equal(process.output_size, 300000);
    assert_int_equal(strlen(process.errors), 300000);
}

static void who_takes_too_long_is_killed_with_its_children(void **state) {
    struct process process = run("trap '' TERM; echo x; sleep 1000; echo y", 1);

    assert_true(process.timed_out);
    assert_int_equal(process.code, 128 + SIGKILL);
    assert_string_equal((char *)process.output, "x\n");
}

static void a_signal_shows_in_the_code(void **state) {
    assert_int_equal(run("kill -SEGV $$", 60).code, 128 + SIGSEGV);
}

static void a_program_that_is_not_there_says_nothing(void **state) {
    const char *const argv[] = {"/nonexistent/program", NULL};
    struct process process;

    assert_true(process_run(argv, NULL, 60, &process, &arena));
    assert_int_equal(process.code, 127);
    assert_string_equal(process.errors, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(both_streams_and_the_exit_code_are_kept, teardown),
        cmocka_unit_test_teardown(what_it_is_given_is_read, teardown),
        cmocka_unit_test_teardown(more_than_a_pipe_holds_is_read_from_both, teardown),
        cmocka_unit_test_teardown(who_takes_too_long_is_killed_with_its_children, teardown),
        cmocka_unit_test_teardown(a_signal_shows_in_the_code, teardown),
        cmocka_unit_test_teardown(a_program_that_is_not_there_says_nothing, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
