/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line under a message, with the place marked; and text that may be no UTF-8.
 */
#include "tests/unit/test.h"

#include "tool/base/utf8.h"
#include "tool/report/source_line.h"

static char *printed;

/* What is printed for a place in `text`, until the next call. */
static const char *print(const char *text, size_t line, size_t column, size_t end) {
    const struct mark mark = {"t", line, column, end};
    size_t size = 0;

    free(printed);
    printed = NULL;
    FILE *stream = open_memstream(&printed, &size);
    source_line_print(stream, text, strlen(text), &mark, "<", ">");
    fclose(stream);
    return printed;
}

AFTER_EACH(teardown) {
    free(printed);
    printed = NULL;
}

TEST(test_lines) {
    const char *text = "one\ntwo\r\n\rfour: x  \nfive";

    assert_string_equal(print(text, 1, 1, 4), "    1 | one\n      | <^~~>\n");
    assert_string_equal(print(text, 2, 2, 3), "    2 | two\n      |  <^>\n");
    assert_string_equal(print(text, 3, 1, 0), "    3 | \n      | <^>\n");
    assert_string_equal(print(text, 4, 7, 0), "    4 | four: x\n      |       <^>\n");
    assert_string_equal(print(text, 5, 1, 99), "    5 | five\n      | <^~~~>\n");
    assert_string_equal(print(text, 5, 5, 0), "    5 | five\n      |     <^>\n");
    assert_string_equal(print(text, 5, 50, 0), "    5 | five\n      |     <^>\n");
    assert_string_equal(print(text, 6, 1, 0), "");
    assert_string_equal(print(text, 0, 0, 0), "");
    assert_string_equal(print("", 1, 1, 0), "    1 | \n      | <^>\n");
    assert_string_equal(print("a\xe2\x80\xa8"
                              "b",
                              2, 1, 0),
                        "    2 | b\n      | <^>\n");
}

TEST(test_columns) {
    assert_string_equal(print("a\tb", 1, 3, 4), "    1 | a       b\n      |         <^>\n");
    assert_string_equal(print("\xc3\xa4\xc3\xb6: x", 1, 5, 6),
                        "    1 | \xc3\xa4\xc3\xb6: x\n      |     <^>\n");
    assert_string_equal(print("\xe6\xbc\xa2: x", 1, 4, 5),
                        "    1 | \xe6\xbc\xa2: x\n      |     <^>\n");
    assert_string_equal(print("e\xcc\x81: x", 1, 5, 6), "    1 | e\xcc\x81: x\n      |    <^>\n");
    assert_string_equal(print("a\x1b[2J\xff: x", 1, 8, 9),
                        "    1 | a?[2J?: x\n      |        <^>\n");
    assert_string_equal(print("\xef\xbb\xbf"
                              "a: x",
                              1, 4, 5),
                        "    1 | a: x\n      |    <^>\n");
}

/* Of a long line a part is shown, with the place in it. */
TEST(test_long_lines) {
    char text[301];
    size_t width;

    memset(text, 'x', 300);
    text[300] = '\0';
    for (size_t column = 1; column <= 301; column += 25) {
        text[column <= 300 ? column - 1 : 0] = '!';
        const char *lines = print(text, 1, column, 0);
        const char *second = strchr(lines, '\n') + 1;

        width = (size_t)(second - lines) - 1;
        assert_in_range(width, SOURCE_LINE_WIDTH + 8, SOURCE_LINE_WIDTH + 14);
        size_t place = (size_t)(strchr(second, '<') - second);
        if (column <= 300)
            assert_int_equal(lines[place], '!');
        text[column <= 300 ? column - 1 : 0] = 'x';
    }
    const char *marks = strchr(print(text, 1, 1, 300), '\n');
    assert_int_equal(strspn(strchr(marks, '<') + 1, "^~"), SOURCE_LINE_WIDTH);
}

TEST(test_find) {
    size_t length = 0;
    const char *text = "a\nbc";

    assert_ptr_equal(source_line_find(text, 4, 2, &length), text + 2);
    assert_int_equal(length, 2);
    assert_null(source_line_find(text, 4, 3, &length));
    assert_null(source_line_find(text, 4, 0, &length));
    assert_non_null(source_line_find(text, 2, 2, &length));
    assert_int_equal(length, 0);
}

TEST(test_utf8) {
    static const struct {
        const char *text;
        uint32_t character;
        size_t length;
    } cases[] = {
        {"a", 'a', 1},
        {"\xc3\xa4", 0xe4, 2},
        {"\xe2\x82\xac", 0x20ac, 3},
        {"\xf0\x9f\x98\x80", 0x1f600, 4},
        {"\xf4\x8f\xbf\xbf", 0x10ffff, 4},
        {"\xc3", UTF8_WRONG, 1},             /* cut short */
        {"\xc0\x80", UTF8_WRONG, 1},         /* longer than it need be */
        {"\xe0\x80\x80", UTF8_WRONG, 1},     /* the same */
        {"\xed\xa0\x80", UTF8_WRONG, 1},     /* half of a pair of UTF-16 */
        {"\xf4\x90\x80\x80", UTF8_WRONG, 1}, /* behind the last */
        {"\x80", UTF8_WRONG, 1},             /* begins none */
        {"\xe2(\xa1", UTF8_WRONG, 1},
        {"\xff", UTF8_WRONG, 1},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t length = 0;
        uint32_t character = utf8_next(cases[i].text, strlen(cases[i].text), &length);

        if (character != cases[i].character || length != cases[i].length)
            fail_msg("case %zu: 0x%x, %zu bytes", i, character, length);
    }
    assert_true(utf8_is_printed(' '));
    assert_true(utf8_is_printed(0xe4));
    assert_false(utf8_is_printed('\n'));
    assert_false(utf8_is_printed(0x85));
    assert_false(utf8_is_printed(0x202e)); /* writes what follows from right to left */
    assert_false(utf8_is_printed(UTF8_WRONG));
}

TEST(test_utf8_print) {
    static const char reversing[] = {'\xe2', '\x80', '\xae', '\0'};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    utf8_print(stream, "\xc3\xa4 \x1b[31m\t\xff");
    utf8_print(stream, reversing);
    fclose(stream);
    assert_string_equal(text, "\xc3\xa4 \\x1b[31m\\x09\\xff\\xe2\\x80\\xae");
    free(text);
}
