/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tool/show/shown.h"
#include "tool/show/svg.h"

static char *bytes;
static size_t size;

static void expect_escaped(const char *text, const char *written) {
    FILE *stream = open_memstream(&bytes, &size);

    svg_escape(stream, text);
    fclose(stream);
    assert_string_equal(bytes, written);
    free(bytes);
}

TEST(test_escape) {
    expect_escaped("plain text, 0-9", "plain text, 0-9");
    expect_escaped("<a href=\"x\">&'", "&#60;a href=&#34;x&#34;&#62;&#38;&#39;");
    expect_escaped("]]>", "]]&#62;");
    expect_escaped("\xc3\xa4\xe4\xb8\xad", "\xc3\xa4\xe4\xb8\xad");
    expect_escaped("\n\x01\x7f", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    expect_escaped("\xff\xe4\xb8", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    const char turns[] = {(char)0xe2, (char)0x80, (char)0xae, '\0'}; /* the line around */
    expect_escaped(turns, "\xef\xbf\xbd");
}

TEST(test_width) {
    assert_int_equal(svg_width("", SVG_SMALL), 0);
    assert_int_equal(svg_width("0123456789", SVG_SMALL), 75);
    assert_int_equal(svg_width("0123456789", SVG_TITLE), 112);
    assert_int_equal(svg_width("\xe4\xb8\xad", SVG_SMALL), svg_width("ab", SVG_SMALL));
    assert_int_equal(svg_width("\xff", SVG_SMALL), svg_width("ab", SVG_SMALL));
}

TEST(test_text) {
    FILE *stream = open_memstream(&bytes, &size);

    svg_text(stream, 1, 2, SVG_SMALL, 0, "a<b");
    svg_text(stream, 3, 4, SVG_NAME, SVG_STRONG | SVG_ENDS, "c");
    svg_text(stream, 5, 6, SVG_TITLE, SVG_FAINT, "");
    fclose(stream);
    assert_string_equal(bytes, "<text x=\"1\" y=\"2\" font-size=\"12\">a&#60;b</text>\n"
                               "<text x=\"3\" y=\"4\" font-size=\"14\" class=\"strong\" "
                               "text-anchor=\"end\">c</text>\n"
                               "<text x=\"5\" y=\"6\" font-size=\"18\" class=\"faint\"></text>\n");
    free(bytes);
}

TEST(test_filled) {
    FILE *stream = open_memstream(&bytes, &size);

    svg_filled(stream, 1, 2.25, 3, 4, 7, "who & what");
    svg_filled(stream, 0, 0, 1, 1, SHOWN_BULKHEAD, "");
    svg_filled(stream, 0, 0, 1, 1, SHOWN_RESERVED, "");
    svg_filled(stream, 0, 0, 1, 1, SHOWN_NOBODY, "");
    fclose(stream);
    assert_non_null(strstr(bytes, "<rect x=\"1.0\" y=\"2.2\" width=\"3.0\" height=\"4.0\" "
                                  "fill=\"url(#bulkhead-7)\"><title>who &#38; what</title>"));
    assert_non_null(strstr(bytes, "class=\"own\""));
    assert_non_null(strstr(bytes, "class=\"other\""));
    assert_non_null(strstr(bytes, "class=\"page\""));
    free(bytes);
}

/* Each owner has a colour and a pattern of its own. */
TEST(test_whole) {
    FILE *stream = open_memstream(&bytes, &size);
    char *patterns[SYSTEM_VMS_MAX];

    svg_begin(stream, 10, 20, "a & b", "\"text\"");
    svg_end(stream);
    fclose(stream);
    assert_non_null(strstr(bytes, "viewBox=\"0 0 10 20\""));
    assert_non_null(strstr(bytes, "<title id=\"bulkhead-title\">a &#38; b</title>"));
    assert_non_null(strstr(bytes, "<desc id=\"bulkhead-text\">&#34;text&#34;</desc>"));
    assert_non_null(strstr(bytes, "prefers-color-scheme:dark"));
    for (unsigned i = 0; i < SYSTEM_VMS_MAX; i++) {
        char id[32];

        snprintf(id, sizeof(id), "id=\"bulkhead-%u\"", i);
        patterns[i] = strstr(bytes, id);
        assert_non_null(patterns[i]);
        patterns[i] = strstr(patterns[i], "fill=");
        for (unsigned j = 0; j < i; j++) {
            assert_memory_not_equal(patterns[i], patterns[j], strlen("fill=\"#123456\""));
            char *path = strstr(patterns[i], " d="), *other = strstr(patterns[j], " d=");
            size_t length = strcspn(path, "/");
            assert_false(strcspn(other, "/") == length && memcmp(path, other, length) == 0);
        }
    }
    free(bytes);
}
