/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tool/console/console_mux_escape.h"

#define MAX_TOKENS 32

struct tokens {
    struct token items[MAX_TOKENS];
    char bytes[MAX_TOKENS][ESCAPE_MAX_BYTES + 1];
    size_t count;
};

/* Feed `text` in pieces of `step` bytes. */
static struct tokens cut(const char *text, size_t size, size_t step, bool utf8) {
    struct tokens tokens = {.count = 0};
    struct escape_parser parser;
    struct token token;

    escape_init(&parser, utf8);
    for (size_t at = 0; at < size; at += step) {
        const char *piece = text + at;
        size_t left = size - at < step ? size - at : step;

        while (left) {
            size_t taken = escape_take(&parser, piece, left, &token);
            assert_true(taken > 0 || token.kind != TOKEN_NONE);
            piece += taken;
            left -= taken;
            if (token.kind == TOKEN_NONE)
                continue;
            assert_true(tokens.count < MAX_TOKENS);
            memcpy(tokens.bytes[tokens.count], token.bytes, token.size);
            tokens.items[tokens.count++] = token;
        }
    }
    return tokens;
}

static struct tokens cut_string(const char *text) {
    return cut(text, strlen(text), strlen(text), true);
}

TEST(test_any_split_gives_the_same) {
    static const char text[] = "a\x1b[1;31mB\x1b[?1049h\xc2\xb7\xe2\x82\xac\xf0\x9f\x98\x80\r\n"
                               "\x1b]0;title\x07z\x1b(B\x1b"
                               "7";
    struct tokens whole = cut(text, sizeof text - 1, sizeof text, true);

    assert_int_equal(whole.count, 13);
    for (size_t step = 1; step < 8; step++) {
        struct tokens pieces = cut(text, sizeof text - 1, step, true);

        assert_int_equal(pieces.count, whole.count);
        for (size_t i = 0; i < whole.count; i++) {
            assert_int_equal(pieces.items[i].kind, whole.items[i].kind);
            assert_int_equal(pieces.items[i].code, whole.items[i].code);
            assert_int_equal(pieces.items[i].size, whole.items[i].size);
            assert_string_equal(pieces.bytes[i], whole.bytes[i]);
        }
    }
}

TEST(test_csi) {
    struct tokens tokens = cut_string("\x1b[;5H\x1b[38:5:200m\x1b[?25l\x1b[2 q\x1b[>c\x1b[99999A");

    assert_int_equal(tokens.count, 6);
    assert_int_equal(tokens.items[0].final, 'H');
    assert_int_equal(token_param(&tokens.items[0], 0, 1), 1);
    assert_int_equal(token_param(&tokens.items[0], 1, 1), 5);
    assert_int_equal(token_param(&tokens.items[0], 2, 7), 7);
    assert_int_equal(tokens.items[1].param_count, 3);
    assert_int_equal(tokens.items[1].params[2], 200);
    assert_int_equal(tokens.items[2].marker, '?');
    assert_int_equal(tokens.items[2].params[0], 25);
    assert_int_equal(tokens.items[3].intermediate, ' ');
    assert_int_equal(tokens.items[4].marker, '>');
    assert_int_equal(tokens.items[5].params[0], 9999);
}

TEST(test_utf8_malformed) {
    /* A lone continuation, a cut character, an overlong one, a surrogate, beyond the last. */
    struct tokens tokens = cut_string("\x80"
                                      "\xe2\x82"
                                      "a"
                                      "\xe0\x80\xaf"
                                      "\xed\xa0\x80"
                                      "\xf4\x90\x80\x80"
                                      "b");

    static const uint32_t codes[] = {0xfffd, 0xfffd, 'a', 0xfffd, 0xfffd, 0xfffd, 'b'};

    assert_int_equal(tokens.count, COUNT_OF(codes));
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        assert_int_equal(tokens.items[i].code, codes[i]);
}

TEST(test_c1_controls_are_dropped) {
    struct tokens utf8 = cut_string("\xc2\x9b"
                                    "5A");
    struct tokens latin = cut("\x9b\xe4", 2, 2, false);

    assert_int_equal(utf8.items[0].kind, TOKEN_DROPPED);
    assert_int_equal(utf8.items[1].code, '5');
    assert_int_equal(latin.items[0].kind, TOKEN_DROPPED);
    assert_int_equal(latin.items[1].kind, TOKEN_CHARACTER);
    assert_int_equal(latin.items[1].code, 0xe4);
}

TEST(test_strings_are_dropped) {
    struct tokens tokens = cut_string("\x1b]52;c;aGk=\x07"
                                      "a\x1bPq#0\x1b\\b\x1b_x\x1b\\c");

    assert_int_equal(tokens.count, 6);
    assert_int_equal(tokens.items[0].kind, TOKEN_DROPPED);
    assert_int_equal(tokens.items[1].code, 'a');
    assert_int_equal(tokens.items[3].code, 'b');
    assert_int_equal(tokens.items[5].code, 'c');
}

TEST(test_unclosed_string_ends_with_the_line) {
    struct tokens tokens = cut_string("\x1b]0;never closed\npanic");

    assert_int_equal(tokens.count, 7);
    assert_int_equal(tokens.items[0].kind, TOKEN_DROPPED);
    assert_int_equal(tokens.items[1].kind, TOKEN_CONTROL);
    assert_int_equal(tokens.items[1].code, '\n');
    assert_int_equal(tokens.items[2].code, 'p');
}

TEST(test_overlong_sequence_is_dropped) {
    char text[400] = "\x1b[";

    memset(text + 2, '1', 300);
    strcpy(text + 302, "mx");
    struct tokens tokens = cut_string(text);
    assert_int_equal(tokens.count, 2);
    assert_int_equal(tokens.items[0].kind, TOKEN_DROPPED);
    assert_int_equal(tokens.items[1].code, 'x');

    strcpy(text, "\x1b[1");
    for (int i = 0; i < 20; i++)
        strcat(text, ";1");
    strcat(text, "my");
    tokens = cut_string(text);
    assert_int_equal(tokens.count, 2);
    assert_int_equal(tokens.items[0].kind, TOKEN_DROPPED);
    assert_int_equal(tokens.items[1].code, 'y');
}

TEST(test_aborted_sequences) {
    struct tokens tokens = cut_string("\x1b[3\x18"
                                      "a\x1b[1\x1b[2Kb\x1b[4\r5A");

    assert_int_equal(tokens.count, 5);
    assert_int_equal(tokens.items[0].kind, TOKEN_DROPPED);
    assert_int_equal(tokens.items[1].code, 'a');
    assert_int_equal(tokens.items[2].final, 'K');
    assert_int_equal(tokens.items[2].params[0], 2);
    assert_string_equal(tokens.bytes[2], "\x1b[2K");
    assert_int_equal(tokens.items[3].code, 'b');
    assert_int_equal(tokens.items[4].final, 'A');
    assert_int_equal(tokens.items[4].params[0], 45);
}
