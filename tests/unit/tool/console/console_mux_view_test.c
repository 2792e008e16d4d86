/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tool/base/arena.h"
#include "tool/console/console_mux_view.h"

static struct console_view view;
static char *bytes;
static size_t size;
static unsigned effects;
static uint64_t now;

BEFORE_EACH(begin) {
    view_init(&view, true, 23, 80);
    now = 1000;
}

AFTER_EACH(end) {
    free(bytes);
    bytes = NULL;
}

/* What the terminal is given for `text`; collects the effects. */
static const char *feed(const char *text) {
    size_t left = strlen(text);
    struct token token;

    free(bytes);
    FILE *out = arena_memstream(&bytes, &size);
    effects = 0;
    while (left) {
        size_t taken = escape_take(&view.parser, text, left, &token);

        text += taken;
        left -= taken;
        if (token.kind == TOKEN_NONE)
            continue;
        unsigned more = view_take(&view, &token, now, out);
        effects |= more;
        if (more & VIEW_LINE_END)
            view_next_line(&view, now);
    }
    fclose(out);
    return bytes;
}

TEST(test_lines) {
    assert_string_equal(feed("text\r\n"), "text\r\r\n");
    assert_int_equal(effects, VIEW_LINE_END);
    assert_true(view_at_line_start(&view));
    assert_string_equal(feed("bare\n/ # "), "bare\r\n/ # ");
    assert_false(view_at_line_start(&view));
    assert_true(view_is_line_mode(&view, now));
}

TEST(test_passed_as_it_is) {
    static const char *const same[] = {"\x1b[1;31mred\x1b[0m",
                                       "\xc2\xb7",
                                       "a\b\x1b[J",
                                       "\a",
                                       "\x1b[6n",
                                       "\x1b=",
                                       "\x1b(0",
                                       "\x1b[?25l",
                                       "\x1b[3C\x1b[2D\x1b[K",
                                       "\x1b[?2004h"};

    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        assert_string_equal(feed(same[i]), same[i]);
    assert_true(view_is_line_mode(&view, now));
}

TEST(test_left_out) {
    static const char *const never[] = {
        "\x1b]52;c;aGk=\x07", "\x1b[8;1;1t", "\x1b[?6h", "\x1b[?3h", "\x1b[?69;25h", "\x05",
        "\x1b[99e",           "\x1bZ",       "\x1b#8",   "\x7f",     "\x1b[?r",
    };
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_string_equal(feed(never[i]), "");
}

TEST(test_malformed_utf8_is_replaced) {
    assert_string_equal(feed("a\xff"
                             "b"),
                        "a\xef\xbf\xbd"
                        "b");
}

TEST(test_bottom_row_is_out_of_reach) {
    assert_string_equal(feed("\x1b[24;1H"), "\x1b[23;1H");
    assert_string_equal(feed("\x1b[999;999f"), "\x1b[23;999H");
    assert_string_equal(feed("\x1b[24d"), "\x1b[23d");
    assert_string_equal(feed("\x1b[5;6H"), "\x1b[5;6H");
    assert_string_equal(feed("\x1b[r"), "\x1b[1;23r");
    assert_string_equal(feed("\x1b[2;24r"), "\x1b[2;23r");
    assert_string_equal(feed("\x1b[23;24r"), "");
    assert_string_equal(feed("\x1b[3;10r"), "\x1b[3;10r");
}

TEST(test_without_a_status_line) {
    view_init(&view, true, 0, 80);
    assert_string_equal(feed("\x1b[24;1H"), "\x1b[24;1H");
    assert_string_equal(feed("\x1b[r"), "\x1b[r");
}

TEST(test_effects) {
    feed("\x1b[?1049h");
    assert_int_equal(effects, VIEW_SCREEN | VIEW_REGION);
    feed("\x1b[2J");
    assert_int_equal(effects, VIEW_SCREEN);
    feed("\x1b[!p");
    assert_int_equal(effects, VIEW_REGION);
    assert_string_equal(feed("\x1b"
                             "c"),
                        "\x1b[?1049l\x1b[0m\x1b[H\x1b[J");
    assert_int_equal(effects, VIEW_SCREEN | VIEW_REGION);
}

TEST(test_alternate_screen) {
    feed("\x1b[?1049h\x1b[5;5H~\r\n");
    now += 10000;
    feed("~\r\n");
    assert_true(view.alternate);
    assert_false(view_is_line_mode(&view, now));
    assert_string_equal(feed("\n"), "\n");
    feed("\x1b[24;1H\x1b[K\x1b[?1049l");
    assert_false(view.alternate);
    assert_true(view_is_line_mode(&view, now));
    assert_true(view_at_line_start(&view));
}

TEST(test_alternate_screen_in_the_middle_of_a_line) {
    feed("/ # \x1b[?1049h\x1b[H\x1b[?1049l");
    assert_false(view_is_line_mode(&view, now));
    now += 600;
    feed("\r\n");
    assert_true(view_is_line_mode(&view, now));
}

TEST(test_full_screen_without_the_alternate_one) {
    feed("\x1b[H\x1b[Jrow 1\r\nrow 2\r\n");
    assert_false(view_is_line_mode(&view, now));
    now += 2000;
    assert_false(view_is_line_mode(&view, now));
    feed("\x1b[H\x1b[Jrow 1\r\n");
    assert_false(view_is_line_mode(&view, now));
    now += 600;
    feed("/ # \r\n");
    assert_true(view_is_line_mode(&view, now));
}

TEST(test_clear_and_a_prompt) {
    feed("old text\x1b[H\x1b[J/ # ");
    assert_false(view_is_line_mode(&view, now + 100));
    assert_true(view_is_line_mode(&view, now + 500));
    assert_int_equal(view.line.length, 4);
}

TEST(test_size_question_leaves_the_line_alone) {
    feed("/ # ");
    assert_string_equal(feed("\x1b"
                             "7\x1b[r\x1b[999;999H\x1b[6n"),
                        "\x1b"
                        "7\x1b[1;23r\x1b[23;999H\x1b[6n");
    assert_false(view_is_line_mode(&view, now));
    assert_true(view.saved);
    feed("\x1b"
         "8");
    assert_true(view_is_line_mode(&view, now));
    assert_int_equal(view.line.cursor, 4);
    /* Restoring what wasn't saved leads to an unknown place. */
    feed("\x1b"
         "8");
    assert_false(view_is_line_mode(&view, now));
}

TEST(test_endless_line) {
    for (int i = 0; i <= LINE_CELLS; i++)
        feed("x");
    assert_false(view_is_line_mode(&view, now));
    feed("\r\n");
    assert_true(view_is_line_mode(&view, now));
}
