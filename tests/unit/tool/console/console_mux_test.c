/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <locale.h>

#include "tool/console/console_mux.h"

/* Bytes behind which anything may stand. */
#define ESC "\x1b"
#define RS  "\x1e"
#define US  "\x1f"

#define TAG(name) RS name "| " US

static const char *const names[] = {"linux", "control"};
static struct arena arena;
static struct console_mux *mux;
static uint64_t now;
static char records[4096];
static char output[200000];

static void on_record(void *context, const char *speaker, const char *text) {
    (void)context;
    size_t used = strlen(records);
    snprintf(records + used, sizeof records - used, "%s: %s;", speaker, text);
}

static void create(bool plain, bool styled) {
    if (mux != NULL)
        console_mux_destroy(mux);
    records[0] = 0;
    now = 1000;
    mux = console_mux_create(
        &(struct console_mux_config){
            .names = names,
            .count = 2,
            .utf8 = true,
            .styled = styled,
            .plain = plain,
            .record = on_record,
        },
        &arena);
    assert_non_null(mux);
}

/* What there is to write since the last time. */
static const char *written(void) {
    size_t size;
    const char *bytes = console_mux_output(mux, &size);

    assert_true(size < sizeof output);
    memcpy(output, bytes, size);
    output[size] = 0;
    return output;
}

static const char *take(const char *bytes) {
    console_mux_take(mux, bytes, strlen(bytes), now);
    return written();
}

static void open_terminal(bool styled) {
    create(false, styled);
    console_mux_open(mux, 24, 80);
    console_mux_tick(mux, now);
    written();
}

static void open_plain(void) {
    create(true, false);
}

BEFORE_EACH(begin) {
    setlocale(LC_CTYPE, "C.UTF-8");
    open_terminal(false);
}

AFTER_EACH(end) {
    console_mux_destroy(mux);
    mux = NULL;
    arena_free(&arena);
}

/* ---- plain ---- */

TEST(test_plain_lines) {
    open_plain();
    assert_string_equal(take("bulkhead: early\r\n" TAG("bulkhead") "isolation on\r\n" TAG(
                            "linux") "a\r\nb" TAG("control") "c\n" TAG("linux") "b\n"),
                        "bulkhead: early\nbulkhead| isolation on\nlinux| a\ncontrol| c\n"
                        "linux| bb\n");
    assert_string_equal(records, ": bulkhead: early;bulkhead: isolation on;");
}

TEST(test_plain_any_split) {
    open_plain();
    static const char text[] = "early\r\n" TAG("linux") "one\xc2\xb7\x1b[31mtwo\r\n" TAG(
        "control") "@control hz=1 releases=2\n" TAG("linux") "three\x1b[K\n";

    for (size_t i = 0; i < sizeof text - 1; i++)
        console_mux_take(mux, text + i, 1, now);
    assert_string_equal(written(), "early\nlinux| one\xc2\xb7two\n"
                                   "control| @control hz=1 releases=2\nlinux| three\n");
    assert_string_equal(records, ": early;control: @control hz=1 releases=2;");
}

TEST(test_plain_rewritten_lines) {
    open_plain();
    assert_string_equal(take(TAG("linux") "10%\r20%\r100%\r\nab\b\bxy\tz\n"),
                        "linux| 100%\nlinux| xy      z\n");
}

TEST(test_plain_end_without_newline) {
    open_plain();
    assert_string_equal(take(TAG("linux") "/ # " TAG("control") "half"), "");
    console_mux_take_emulator(mux, "qemu: bad", 9, now);
    console_mux_take(mux, RS "lin", 4, now);
    console_mux_finish(mux, now);
    assert_string_equal(written(), "linux| / # \ncontrol| halflin\nqemu| qemu: bad\n");
}

TEST(a_line_of_its_own_does_not_change_who_speaks_on_the_shared_one) {
    open_plain();
    assert_string_equal(take(TAG("linux") "a"), "");
    console_mux_take_vm(mux, 1, "its " RS "own\n@control x=1\n", 22, now);
    assert_string_equal(written(), "control| its own\ncontrol| @control x=1\n");
    assert_string_equal(take("b\n"), "linux| ab\n");
    assert_string_equal(records, "control: @control x=1;");
}

TEST(test_plain_overlong_line_comes_in_pieces) {
    open_plain();
    char text[3000];

    memset(text, 'x', sizeof text - 2);
    memcpy(text + sizeof text - 2, "\n", 2);
    take(TAG("linux"));
    const char *lines = take(text);
    size_t count = 0;
    for (const char *line = lines; *line; line = strchr(line, '\n') + 1) {
        assert_memory_equal(line, "linux| x", 8);
        count++;
    }
    assert_int_equal(count, 3);
    assert_int_equal(strlen(lines), 2998 + 3 * strlen("linux| \n"));
}

TEST(test_plain_status_and_words_of_ours_are_silent) {
    open_plain();
    console_mux_say(mux, "help", now);
    console_mux_status(mux, "status");
    console_mux_tick(mux, now + 1000);
    assert_string_equal(written(), "");
}

/* ---- tags ---- */

TEST(test_unknown_tags_are_text_of_the_speaker) {
    open_plain();
    assert_string_equal(take(TAG("linux") "a" TAG("nobody") "b\n"), "linux| anobody| b\n");
    assert_string_equal(take(RS "control" US "c\n"), "linux| controlc\n");
    assert_string_equal(take(RS US "d\n"), "linux| d\n");
    assert_string_equal(take(RS RS "control| " US "e\n"), "control| e\n");
    /* The machine before the first tag, and QEMU, have no tags. */
    assert_string_equal(take(RS "| " US "f\n"), "control| | f\n");
    assert_string_equal(take(TAG("qemu") "g\n"), "control| qemu| g\n");
}

TEST(test_unfinished_tags) {
    open_plain();
    char text[200] = TAG("linux") "\x1e";

    memset(text + strlen(text), 'n', 120);
    strcat(text, "\nnext\n");
    const char *lines = take(text);
    assert_memory_equal(lines, "linux| nnn", 10);
    assert_non_null(strstr(lines, "\nlinux| next\n"));
    assert_string_equal(take(RS "broken off\r\nnext\n"), "linux| broken off\nlinux| next\n");
}

TEST(test_a_long_name) {
    static const char *const long_names[] = {
        "a-name-that-is-as-long-as-a-name-can-be-and-then-some-more-letters-after-it"};

    console_mux_destroy(mux);
    mux = console_mux_create(
        &(struct console_mux_config){.names = long_names, .count = 1, .plain = true}, &arena);
    assert_non_null(mux);
    take("\x1e");
    take(long_names[0]);
    take("| " US "text\n");
    console_mux_finish(mux, now);
}

TEST(test_too_many_vms) {
    static const char *const many[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"};

    assert_null(
        console_mux_create(&(struct console_mux_config){.names = many, .count = 11}, &arena));
    assert_null(
        console_mux_create(&(struct console_mux_config){.names = many, .count = 0}, &arena));
}

/* ---- the terminal ---- */

TEST(test_focused_output_is_raw) {
    assert_string_equal(take(TAG("linux") "Linux\r\n/ # "), "Linux\r\r\n/ # ");
    assert_string_equal(take("l"), "l");
    assert_string_equal(take("\xc3"), "");
    assert_string_equal(take("\xa4\x1b["), "\xc3\xa4");
    assert_string_equal(take("31m"), "\x1b[31m");
}

TEST(test_others_at_line_start) {
    assert_string_equal(take(TAG("control") "tick\n"), "\x1b[0m\r\x1b[Kcontrol| tick\r\n");
    assert_string_equal(take(TAG("linux") "a\r\n" TAG("control") "b\n" TAG("linux") "c\r\n"),
                        "a\r\r\n\x1b[0m\r\x1b[Kcontrol| b\r\nc\r\r\n");
}

TEST(test_others_wait_for_a_pause_inside_a_line) {
    take(TAG("linux") "/ # ls");
    assert_string_equal(take(TAG("control") "tick\n"), "");
    console_mux_tick(mux, now + 39);
    assert_string_equal(written(), "");
    console_mux_tick(mux, now + 40);
    assert_string_equal(written(), "\x1b[0m\r\x1b[Kcontrol| tick\r\n/ # ls");
}

TEST(test_others_do_not_wait_for_ever) {
    take(TAG("linux") "." TAG("control") "tick\n" TAG("linux"));
    for (int i = 0; i < 12; i++) {
        now += 20;
        assert_string_equal(take("."), ".");
    }
    now += 20;
    assert_string_equal(take("."), ".\x1b[0m\r\x1b[Kcontrol| tick\r\n..............");
}

TEST(test_partial_line_with_style_and_cursor) {
    take(TAG("linux") "\x1b[32m/ #\x1b[0m abc\b\b");
    take(TAG("control") "tick\n");
    console_mux_tick(mux, now + 100);
    assert_string_equal(written(), "\x1b[0m\r\x1b[Kcontrol| tick\r\n"
                                   "\x1b[0;32m/ #\x1b[0m abc\r\x1b[5C");
}

TEST(test_wrapped_partial_line) {
    console_mux_resize(mux, 24, 10);
    console_mux_tick(mux, now);
    written();
    take(TAG("linux") "0123456789abcdefghijXY");
    take(TAG("control") "tick\n");
    console_mux_tick(mux, now + 100);
    assert_string_equal(written(), "\x1b[0m\r\x1b[2A\x1b[K\x1b[B\x1b[K\x1b[B\x1b[K\x1b[2A"
                                   "control| tick\r\n0123456789abcdefghijXY");
}

TEST(test_others_cannot_move_the_cursor) {
    assert_string_equal(take(TAG("control") "\x1b[31mred\x1b[0m\a\x1b]0;t\x07 \x1b[2Ctext\r\n"),
                        "\x1b[0m\r\x1b[Kcontrol| red   text\r\n");
}

TEST(test_dim) {
    open_terminal(true);
    assert_string_equal(take(TAG("control") "tick\n"),
                        "\x1b[0m\r\x1b[K\x1b[2mcontrol| tick\x1b[0m\r\n");
}

TEST(test_lines_wait_for_a_full_screen_program) {
    take(TAG("linux") "\x1b[?1049h\x1b[H\x1b[J");
    for (int i = 0; i < 300; i++)
        take(TAG("control") "tick\n");
    console_mux_tick(mux, now + 5000);
    written();
    take(TAG("control") "last\n");
    console_mux_tick(mux, now + 9000);
    assert_string_equal(written(), "");
    const char *after = take(TAG("linux") "\x1b[?1049l\r\n");
    assert_non_null(strstr(after, "(45 lines of other VMs were not shown)\r\n"));
    assert_non_null(strstr(after, "control| last\r\n"));
}

TEST(test_status_line) {
    console_mux_status(mux, "ok \xc2\xb7 up");
    console_mux_tick(mux, now);
    const char *drawn = written();
    assert_memory_equal(drawn, ESC "7\x1b[24;1H\x1b[0mok \xc2\xb7 up   ", 24);
    assert_non_null(strstr(drawn, "   \x1b[0m" ESC "8"));
    console_mux_status(mux, "ok \xc2\xb7 up");
    console_mux_tick(mux, now);
    assert_string_equal(written(), "");
    /* What may have wiped it out makes it be drawn again. */
    assert_non_null(strstr(take(TAG("linux") "\x1b[J"), "ok \xc2\xb7 up"));
    assert_non_null(strstr(take("\x1b[?1049h"), "\x1b[1;23r"));
}

TEST(test_status_is_cut_at_the_width) {
    char text[300];

    memset(text, 's', sizeof text - 1);
    text[sizeof text - 1] = 0;
    console_mux_status(mux, text);
    console_mux_tick(mux, now);
    const char *drawn = written();
    assert_int_equal(strspn(strchr(drawn, 's'), "s"), 80);
}

TEST(test_status_waits_for_the_saved_cursor) {
    take(TAG("linux") ESC "7");
    console_mux_status(mux, "new");
    console_mux_tick(mux, now + 500);
    assert_string_equal(written(), "");
    console_mux_tick(mux, now + 1000);
    assert_non_null(strstr(written(), "new"));
}

TEST(test_focus) {
    take(TAG("linux") "/ # ls" TAG("control") "half");
    assert_int_equal(console_mux_focused(mux), 0);
    console_mux_focus(mux, 1, now);
    const char *shown = written();
    assert_non_null(strstr(shown, "\r\nhalf"));
    assert_int_equal(console_mux_focused(mux), 1);
    assert_string_equal(take(" way\n"), " way\r\n");
    assert_string_equal(take(TAG("linux") "\b\b\x1b[J"), "");
    console_mux_focus(mux, 0, now);
    shown = written();
    assert_non_null(strstr(shown, "/ # "));
    assert_null(strstr(shown, "ls"));
    console_mux_focus(mux, 0, now);
    console_mux_focus(mux, 2, now);
    assert_string_equal(written(), "");
}

TEST(test_focus_and_the_alternate_screen) {
    take(TAG("linux") "\x1b[?1049hvi\r\nin vi\r\n");
    assert_true(console_mux_full_screen(mux));
    console_mux_focus(mux, 1, now);
    assert_non_null(strstr(written(), "\x1b[?1049l"));
    assert_false(console_mux_full_screen(mux));
    /* What vi draws in the background is no log. */
    assert_null(strstr(take(TAG("linux") "more\r\nof vi\r\n"), "vi"));
    console_mux_focus(mux, 0, now);
    assert_non_null(strstr(written(), "\x1b[?1049h"));
    assert_true(console_mux_full_screen(mux));
}

TEST(test_records_are_not_shown) {
    assert_string_equal(take(TAG("control") "@control hz=1 releases=9\n"), "");
    assert_string_equal(take(TAG("linux") "@linux up cpus=3\r\n"), "");
    assert_string_equal(take("@li"), "");
    assert_string_equal(take("nux work ok\r\ntext"), "text");
    assert_string_equal(records, "control: @control hz=1 releases=9;linux: @linux up cpus=3;"
                                 "linux: @linux work ok;");
}

TEST(test_what_only_looks_like_a_record) {
    assert_string_equal(take(TAG("linux") "@Home\r\n"), "@Home\r\r\n");
    assert_string_equal(take("@\r\n"), "@\r\r\n");
    assert_string_equal(take("a@b\r\n"), "a@b\r\r\n");
    now += 10000;
    console_mux_typed(mux, now);
    assert_string_equal(take("@ho"), "");
    console_mux_tick(mux, now + 199);
    assert_string_equal(written(), "");
    console_mux_tick(mux, now + 200);
    assert_string_equal(written(), "@ho");
    assert_string_equal(take("me"), "me");
    assert_string_equal(take("\r\n@co\x1b[1m"), "\r\r\n@co\x1b[1m");
    assert_string_equal(records, "linux: @home;");
}

TEST(test_a_slow_record) {
    now += 10000;
    for (int i = 0; i < 10; i++) {
        assert_string_equal(take(i ? "x" : TAG("linux") "@rec"), "");
        now += 3000;
    }
    assert_string_equal(take("\r\n@rec"), "");
    console_mux_tick(mux, now + 4999);
    assert_string_equal(written(), "");
    console_mux_tick(mux, now + 5000);
    assert_string_equal(written(), "@rec");
    assert_string_equal(records, "linux: @recxxxxxxxxx;");
}

TEST(test_a_held_record_does_not_hold_up_others) {
    take(TAG("linux") "@rec");
    assert_string_equal(take(TAG("control") "tick\n"), "\x1b[0m\r\x1b[Kcontrol| tick\r\n");
    assert_string_equal(take(TAG("linux") "ord 1\r\n"), "");
    assert_string_equal(records, "linux: @record 1;");
}

TEST(test_the_hypervisor_is_heard) {
    take(TAG("bulkhead") "vm control: off\r\n@x y\r\n");
    assert_string_equal(records, "bulkhead: vm control: off;bulkhead: @x y;");
}

TEST(test_restart_cleans_up) {
    take(TAG("linux") "\x1b[?1049h\x1b[?25l\x1b[1mvi");
    const char *shown = take(TAG("bulkhead") "vm linux: restarting (1): reset\r\n");
    assert_non_null(strstr(shown, "\x1b[?1049l"));
    assert_non_null(strstr(shown, "\x1b[?25h"));
    assert_non_null(strstr(shown, "bulkhead| vm linux: restarting (1): reset\r\n"));
    assert_false(console_mux_full_screen(mux));
    assert_string_equal(take(TAG("linux") "x"), "x");
    /* Lines that tell of no end change nothing. */
    take(TAG("bulkhead") "vm linux: unknown hypercall\r\nvm nobody: off\r\n");
    console_mux_tick(mux, now + 100);
    assert_non_null(strstr(written(), "vm nobody: off\r\nx"));
}

TEST(test_say) {
    take(TAG("linux") "/ # ");
    now += 100;
    console_mux_say(mux, "help", now);
    assert_string_equal(written(), "\x1b[0m\r\x1b[Khelp\r\n/ # ");
}

TEST(test_resize_draws_anew) {
    char line[32];

    take(TAG("linux"));
    for (int i = 0; i < 300; i++) {
        snprintf(line, sizeof line, "row %d\r\n", i);
        take(line);
    }
    take("/ # \x1b[31m");
    console_mux_resize(mux, 10, 40);
    const char *drawn = written();
    assert_memory_equal(drawn, "\x1b[0m\x1b[r\x1b[H\x1b[J", 13);
    assert_non_null(strstr(drawn, "\x1b[1;9r"));
    /* Nine rows of text: eight old lines and the prompt. */
    assert_null(strstr(drawn, "row 291"));
    assert_non_null(strstr(drawn, "row 292\r\nrow 293\r\n"));
    assert_non_null(strstr(drawn, "row 299\r\n/ # \x1b[0;31m"));
}

TEST(a_resize_counts_columns_not_bytes) {
    /* Nine columns of a name, and thirty more in as many characters, or in half as many. */
    static const char *const fillings[] = {"\xc3\xa4\xc3\xb6", "\xe4\xb8\xad"};

    for (size_t kind = 0; kind < 2; kind++) {
        take(TAG("control"));
        for (int i = 0; i < 8; i++) {
            char line[64];

            snprintf(line, sizeof line, "%d", i);
            for (int n = 0; n < 15; n++)
                strcat(line, fillings[kind]);
            strcat(line, "\n");
            take(line);
        }
        console_mux_resize(mux, 10, 40);
        const char *drawn = written();
        assert_non_null(strstr(drawn, "control| 0"));
        assert_non_null(strstr(drawn, "control| 7"));
        console_mux_resize(mux, 10, 39); /* one less: each takes two rows */
        drawn = written();
        assert_null(strstr(drawn, "control| 3"));
        assert_non_null(strstr(drawn, "control| 4"));
        console_mux_resize(mux, 24, 80);
    }
}

TEST(test_resize_to_nothing) {
    take(TAG("linux") "row\r\n/ # ");
    console_mux_resize(mux, 2, 1);
    assert_non_null(strstr(written(), "/ # "));
    console_mux_resize(mux, 1, 1);
    take("\x1b[5;5Hx" TAG("control") "tick\n");
    console_mux_tick(mux, now + 1000);
    console_mux_resize(mux, 24, 80);
    console_mux_tick(mux, now + 1000);
    assert_non_null(strstr(written(), "\x1b[1;23r"));
}

TEST(test_close) {
    take(TAG("linux") "/ # half");
    console_mux_close(mux);
    const char *last = written();
    assert_non_null(strstr(last, "\x1b[?25h"));
    assert_non_null(strstr(last, "\r\n" ESC "7\x1b[24;1H\x1b[2K\x1b[r" ESC "8"));
    console_mux_close(mux);
    assert_string_equal(written(), "");
    /* And open again, as after a stop: the partial line is back. */
    console_mux_open(mux, 24, 80);
    assert_non_null(strstr(written(), "\x1b[1;23r" ESC "8/ # half"));
}

TEST(test_noise) {
    unsigned seed = 12345;
    char bytes[64];

    for (int round = 0; round < 20000; round++) {
        size_t size = 0;
        while (size < sizeof bytes) {
            seed = seed * 1103515245u + 12345u;
            static const char special[] = "\x1b\x1b[[;?\x1e\x1f\r\n@aHJKABCDmhlr0159| \x7f\xc2\xe2";
            unsigned pick = seed >> 16;
            bytes[size++] =
                pick & 1 ? (char)(pick >> 1) : special[(pick >> 1) % (sizeof special - 1)];
        }
        now += seed % 50;
        console_mux_take(mux, bytes, size, now);
        if (round % 100 == 0) {
            console_mux_focus(mux, (seed >> 20) % 2, now);
            console_mux_resize(mux, 1 + (seed >> 8) % 40, 1 + (seed >> 12) % 120);
        }
        size_t ignored;
        console_mux_output(mux, &ignored);
        assert_true(ignored < 1000000);
    }
    console_mux_finish(mux, now);
    console_mux_close(mux);
    assert_non_null(strstr(written(), "\x1b[?25h"));
}
