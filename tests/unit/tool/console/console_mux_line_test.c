/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <locale.h>

#include "tool/base/arena.h"
#include "tool/console/console_mux_line.h"

static struct console_line line;
static char *bytes;
static size_t size;

/* Returns false if a sequence wasn't for the line. */
static bool feed(const char *text) {
    struct escape_parser parser;
    struct token token;
    size_t left = strlen(text);
    bool understood = true;

    escape_init(&parser, true);
    while (left) {
        size_t taken = escape_take(&parser, text, left, &token);

        text += taken;
        left -= taken;
        if (token.kind == TOKEN_CHARACTER)
            line_put(&line, token.code);
        else if (token.kind == TOKEN_CONTROL)
            understood = line_control(&line, token.code) && understood;
        else if (token.kind == TOKEN_CSI)
            understood = line_csi(&line, &token) && understood;
    }
    return understood;
}

static const char *written_by(void (*write)(const struct console_line *, bool, FILE *), bool utf8) {
    free(bytes);
    FILE *out = arena_memstream(&bytes, &size);
    write(&line, utf8, out);
    fclose(out);
    return bytes;
}

static const char *text(void) {
    return written_by(line_text, true);
}

static const char *render(void) {
    return written_by(line_render, true);
}

static void start(unsigned width) {
    line = (struct console_line){.width = width};
}

BEFORE_EACH(begin) {
    setlocale(LC_CTYPE, "C.UTF-8");
}

AFTER_EACH(end) {
    free(bytes);
    bytes = NULL;
}

TEST(test_editing) {
    start(80);
    assert_true(feed("hello\b\b\x1b[Jp!"));
    assert_string_equal(text(), "help!");
    assert_true(feed("\rH"));
    assert_string_equal(text(), "Help!");
    assert_int_equal(line.cursor, 1);
    assert_true(feed("\x1b[2Cx\x1b[K"));
    assert_string_equal(text(), "Helx");
    assert_true(feed("\x1b[3D\x1b[2P"));
    assert_string_equal(text(), "Hx");
    assert_true(feed("\x1b[@e\x1b[5G\ty"));
    assert_string_equal(text(), "Hex     y");
    assert_true(feed("\r\x1b[2X"));
    assert_string_equal(text(), "  x     y");
    assert_true(feed("\x1b[2K"));
    assert_string_equal(text(), "");
}

TEST(test_wide_and_combining) {
    start(80);
    assert_true(feed("\xe6\xbc\xa2"
                     "e\xcc\x81"));
    assert_int_equal(line.length, 3);
    assert_string_equal(text(), "\xe6\xbc\xa2"
                                "e");
}

TEST(test_wrapping) {
    start(10);
    assert_true(feed("0123456789"));
    assert_true(line.pending);
    assert_int_equal(line_rows(&line), 1);
    assert_int_equal(line_cursor_row(&line), 0);
    assert_true(feed("a\b"));
    assert_int_equal(line.cursor, 10);
    assert_int_equal(line_rows(&line), 2);
    assert_int_equal(line_cursor_row(&line), 1);
    /* A shell goes back over the edge by row and column. */
    assert_true(feed("\x1b[A\x1b[9C\bX"));
    assert_string_equal(text(), "01234567X9a");
    assert_true(feed("\x1b[B\rY"));
    assert_string_equal(text(), "01234567X9Y");
    /* The line has no row above its first, and none below its last. */
    assert_false(feed("\x1b[2A"));
    assert_false(feed("\x1b[B"));
    /* What wraps can't be shifted within its row alone. */
    assert_true(feed("\x1b[A"));
    assert_false(feed("\x1b[P"));
}

TEST(test_carriage_return_in_a_pending_wrap) {
    start(5);
    assert_true(feed("abcde\rX"));
    assert_string_equal(text(), "Xbcde");
}

TEST(test_render) {
    start(80);
    feed("\x1b[1;32m/ #\x1b[0m ls -l");
    assert_string_equal(render(), "\x1b[0;1;32m/ #\x1b[0m ls -l");
    feed("\x1b[4D");
    assert_string_equal(render(), "\x1b[0;1;32m/ #\x1b[0m ls -l\r\x1b[5C");
    line_reset(&line);
    feed("\x1b[38;5;200;48;2;1;2;3mq");
    assert_string_equal(render(), "\x1b[0;38;5;200;48;2;1;2;3mq");
    line_reset(&line);
    feed("\x1b[m\x1b[91;104mx\x1b[39;49m");
    assert_string_equal(render(), "\x1b[0;91;104mx\x1b[0m");
    line_reset(&line);
    feed("\x1b[38;7;1;1my\x1b[38;5m\x1b[48;2;1;2mz"); /* no colours */
    assert_string_equal(render(), "yz");
}

TEST(test_render_wrapped) {
    start(4);
    feed("abcdefghij\x1b[A\x1b[D");
    assert_string_equal(render(), "abcdefghij\r\x1b[1A\x1b[1C");
}

TEST(test_style_off) {
    start(80);
    feed("\x1b[1;2;3;4;7m\x1b[22;24mx");
    assert_string_equal(render(), "\x1b[0;3;7mx");
}

TEST(test_overflow) {
    start(0);
    for (int i = 0; i < LINE_CELLS; i++)
        line_put(&line, 'x');
    assert_false(line.overflow);
    line_put(&line, 'y');
    assert_true(line.overflow);
    assert_int_equal(strlen(text()), LINE_CELLS);
    line_reset(&line);
    assert_false(line.overflow);
    /* The cursor can't leave the model either. */
    assert_true(feed("\x1b[9999C\x1b[9999Gx"));
    assert_int_equal(line.length, LINE_CELLS);
    assert_true(feed("\x1b[9999@\x1b[9999X\x1b[9999P\x1b[1K"));
}

TEST(test_not_of_the_line) {
    static const char *const others[] = {"\x1b[H", "\x1b[2J", "\x1b[5L", "\x1b[3K", "\x1b[?1J"};

    start(80);
    feed("text");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(feed(others[i]));
    assert_false(feed("\a"));
    assert_string_equal(text(), "text");
}

TEST(test_latin) {
    start(80);
    line_put(&line, 0xe4);
    assert_string_equal(written_by(line_text, false), "\xe4");
    line_put(&line, 0x4e2d);
    assert_string_equal(written_by(line_text, false), "\xe4?");
}

TEST(a_wide_character_wraps_where_half_of_it_would_fit) {
    start(3);
    line_write(&line, "\x1b[1m\xe4\xb8\xad\xe4\xb8\xad\a\xe4\xb8\xad", true);
    assert_int_equal(line_rows(&line), 3);
    assert_string_equal(text(), "\xe4\xb8\xad \xe4\xb8\xad \xe4\xb8\xad");
}
