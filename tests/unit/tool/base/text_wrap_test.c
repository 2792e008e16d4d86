/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tool/base/text.h"

static struct arena arena;

AFTER_EACH(teardown) {
    arena_free(&arena);
}

TEST(what_is_added_stands_behind_what_was_there) {
    struct text text = {.arena = &arena};

    assert_string_equal(text_get(&text), "");
    for (int i = 0; i < 2000; i++)
        text_add(&text, "%d,", i % 10);
    assert_int_equal(text.size, 4000);
    assert_memory_equal(text_get(&text) + 3980, "0,1,2,3,4,5,6,7,8,9,", 21);
}

TEST(lines_break_between_words) {
    struct text text = {.arena = &arena};
    const char *words = "";

    for (int i = 0; i < 30; i++)
        words = arena_printf(&arena, "%sabcdefghi ", words);
    text_wrap(&text, "# ", "#   ", words);
    const char *line = text_get(&text);
    for (size_t left = 30, count; left > 0; left -= count) {
        size_t length = strcspn(line, "\n");

        assert_true(length <= TEXT_COLUMNS);
        assert_int_equal(strncmp(line, left == 30 ? "# a" : "#   a", left == 30 ? 3 : 5), 0);
        assert_int_not_equal(line[length - 1], ' ');
        count = 0;
        for (size_t at = 0; at < length; at++)
            count += line[at] == 'a';
        assert_true(left - count == 0 || length + 10 > TEXT_COLUMNS);
        line += length + 1;
    }
    assert_string_equal(line, "");
}

TEST(a_word_that_is_too_long_has_a_line_of_its_own) {
    struct text text = {.arena = &arena};
    char word[151];

    memset(word, 'x', 150);
    word[150] = '\0';
    text_wrap(&text, "- ", "  ", arena_printf(&arena, "a %s b", word));
    assert_string_equal(text_get(&text), arena_printf(&arena, "- a\n  %s\n  b\n", word));
}

TEST(an_empty_line_has_no_blank_at_its_end) {
    struct text text = {.arena = &arena};

    text_wrap(&text, "# ", "# ", "");
    assert_string_equal(text_get(&text), "#\n");
}

TEST(addresses_are_grouped) {
    assert_string_equal(text_address(&arena, 0), "0x0000_0000");
    assert_string_equal(text_address(&arena, 0x9040000), "0x0904_0000");
    assert_string_equal(text_address(&arena, 0x123456789a), "0x12_3456_789a");
    assert_string_equal(text_address(&arena, UINT64_MAX), "0xffff_ffff_ffff_ffff");
}
