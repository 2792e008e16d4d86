/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tool/base/json.h"

TEST(test_print) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    json_print(json_pack("{s:o, s:o, s:o, s:o, s:o}", "text", json_text("a\"b\n"), "nothing",
                         json_text(NULL), "number", json_unsigned(3), "large",
                         json_unsigned(UINT64_MAX), "hex", json_hex(0xffff000040000000)),
               stream);
    fclose(stream);
    assert_string_equal(text, "{\n"
                              "  \"text\": \"a\\\"b\\n\",\n"
                              "  \"nothing\": null,\n"
                              "  \"number\": 3,\n"
                              "  \"large\": 9223372036854775807,\n"
                              "  \"hex\": \"0xffff000040000000\"\n"
                              "}\n");
    free(text);
}

TEST(test_text) {
    static const char *const texts[][2] = {
        {"", ""},
        {"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "\u00e4 \u20ac \U0001f600"},
        {"\xff.", "\ufffd."},                   /* no UTF-8 */
        {"\x80", "\ufffd"},                     /* its middle only */
        {"\xe2\x82", "\ufffd\ufffd"},           /* its beginning only */
        {"\xc0\xaf", "\ufffd\ufffd"},           /* longer than it need be */
        {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"}, /* half of a pair */
        {"\xfe\xfe", "\ufffd\ufffd"},           /* never a first byte */
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_t *value = json_text(texts[i][0]);

        assert_string_equal(json_string_value(value), texts[i][1]);
        json_decref(value);
    }
}
