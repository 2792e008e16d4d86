/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tool/init/init_qemu.h"

static struct arena arena;
static struct diagnostics diagnostics;
static struct init_qemu qemu;
static char script[64];

BEFORE_EACH(setup) {
    strcpy(script, P_tmpdir "/bulkhead-qemu-XXXXXX");
    int file = mkstemp(script);

    assert_true(file >= 0);
    close(file);
    assert_int_equal(chmod(script, 0700), 0);
}

AFTER_EACH(teardown) {
    unlink(script);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
}

static bool parse(const char *command) {
    qemu = (struct init_qemu){.arena = &arena, .diagnostics = &diagnostics};
    return init_qemu_parse(&qemu, command, "riscv64");
}

/* The machine's arguments, with bars between. */
static const char *arguments(void) {
    const char *text = "";

    for (size_t i = 0; i < qemu.argument_count; i++)
        text = arena_printf(&arena, "%s%s%s", text, i == 0 ? "" : "|", qemu.arguments[i]);
    return text;
}

static void check_error(const char *what) {
    assert_int_equal(diagnostics.error_count, 1);
    if (strstr(diagnostics.items[0].message, what) == NULL)
        fail_msg("'%s' does not say '%s'", diagnostics.items[0].message, what);
}

/* Has a shell script stand for QEMU; it finds the file to be written in $tree. */
static bool dump(const char *body) {
    FILE *file = fopen(script, "w");

    assert_non_null(file);
    fprintf(file,
            "#!/bin/sh\n"
            "case $1 in --version) echo 'QEMU emulator version 9.8.7 (x)'; exit;; esac\n"
            "for word; do case $word in *dumpdtb=*) machine=$word; tree=${word##*dumpdtb=};; esac; "
            "done\n%s\n",
            body);
    assert_int_equal(fclose(file), 0);
    assert_true(parse(arena_printf(&arena, "%s -machine virt,a=b -m 1G", script)));
    return init_qemu_dump(&qemu);
}

TEST(words_are_taken_apart_as_by_a_shell) {
    assert_true(parse("  -machine virt -name 'a b'\"c d\" -x a\\ b '' \"\\\"\" -nodefaults "));
    assert_string_equal(arguments(), "-machine|virt|-name|a bc d|-x|a b||\"|-nodefaults");
    assert_string_equal(text_get(&qemu.left_out), "");
}

TEST(the_program_may_stand_first) {
    setenv("BULKHEAD_CACHE", "/nonexistent", 1);
    assert_true(parse("qemu-system-aarch64 -machine virt"));
    assert_string_equal(qemu.program, "qemu-system-aarch64");
    assert_true(parse("-machine virt"));
    assert_string_equal(qemu.program, "qemu-system-riscv64");
    assert_true(parse("/some/where/qemu -machine virt"));
    assert_string_equal(qemu.program, "/some/where/qemu");
    assert_string_equal(arguments(), "-machine|virt|-nodefaults");
}

TEST(what_each_run_gives_anew_is_no_part_of_the_board) {
    assert_true(parse("-M virt,dumpdtb=x,gic-version=3,dtb-randomness=on -nographic "
                      "-serial mon:stdio --serial null -kernel 'my Image' -append \"a b\" -S"));
    assert_string_equal(arguments(),
                        "-machine|virt,gic-version=3|-serial|null|-serial|null|-nodefaults");
    assert_string_equal(text_get(&qemu.left_out), "-nographic -kernel my Image -append a b -S");
}

TEST(what_is_no_command_line_is_refused) {
    assert_false(parse("-machine 'virt"));
    check_error("a quote is not closed");
    diagnostics_free(&diagnostics);
    assert_false(parse("qemu-system-x86_64 -machine pc"));
    check_error("runs on arm64 and riscv64");
    diagnostics_free(&diagnostics);
    assert_false(parse("-smp 4"));
    check_error("no machine is named");
    diagnostics_free(&diagnostics);
    assert_false(parse(""));
    check_error("no machine is named");
}

TEST(the_tree_is_what_the_machine_writes) {
    assert_true(dump("printf '%s' \"$machine\" >\"$tree\""));
    const char *path = strstr((const char *)qemu.tree.bytes, "dumpdtb=");
    assert_non_null(path);
    assert_int_equal(strncmp((const char *)qemu.tree.bytes, "virt,a=b,dtb-randomness=off,", 28), 0);
    assert_int_equal(access(path + strlen("dumpdtb="), F_OK), -1); /* nothing is left */
    assert_string_equal(qemu.from, "QEMU 9.8.7 virt");
    assert_string_equal(arguments(), "-machine|virt,a=b|-m|1G|-nodefaults");
}

TEST(a_machine_that_knows_no_seeds_is_asked_again) {
    assert_true(dump("case $machine in *dtb-randomness*) "
                     "echo 'Property dtb-randomness not found' >&2; exit 1;; esac\n"
                     "printf '%s' \"$machine\" >\"$tree\""));
    assert_int_equal(strncmp((const char *)qemu.tree.bytes, "virt,a=b,dumpdtb=", 17), 0);
}

TEST(qemus_own_words_tell_what_is_wrong) {
    assert_false(dump("echo 'no such' >&2; echo machine >&2; exit 1"));
    check_error("QEMU refuses this: no such machine");
    assert_false(diagnostics.system_error);
}

TEST(a_machine_without_a_tree_is_told) {
    assert_false(dump("exit 0"));
    check_error("QEMU wrote no tree");
}

TEST(a_program_that_is_not_there_is_the_hosts_fault) {
    assert_true(parse("/nonexistent/qemu -machine virt"));
    assert_false(init_qemu_dump(&qemu));
    check_error("cannot run /nonexistent/qemu");
    assert_true(diagnostics.system_error);
}

TEST(without_room_for_a_file_nothing_is_started) {
    setenv("TMPDIR", "/nonexistent", 1);
    assert_false(dump("exit 0"));
    unsetenv("TMPDIR");
    check_error("cannot make a temporary file");
}
