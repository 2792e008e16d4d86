/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tool/base/json.h"
#include "tool/format/yaml.h"

static char *bytes;
static size_t size;

static struct json begin(void) {
    return (struct json){.stream = open_memstream(&bytes, &size)};
}

static void expect(struct json *json, const char *text) {
    fclose(json->stream);
    assert_string_equal(bytes, text);
    free(bytes);
}

static void test_values(void **state) {
    struct json json = begin();

    json_map(&json, NULL);
    json_text(&json, "text", "word");
    json_text(&json, "nothing", NULL);
    json_number(&json, "number", UINT64_MAX);
    json_hex(&json, "hex", 0x40000000);
    json_bool(&json, "yes", true);
    json_bool(&json, "no", false);
    json_end(&json);
    expect(&json, "{\n"
                  "  \"text\": \"word\",\n"
                  "  \"nothing\": null,\n"
                  "  \"number\": 18446744073709551615,\n"
                  "  \"hex\": \"0x40000000\",\n"
                  "  \"yes\": true,\n"
                  "  \"no\": false\n"
                  "}\n");
}

static void test_nesting(void **state) {
    struct json json = begin();

    json_list(&json, NULL);
    json_map(&json, NULL);
    json_end(&json);
    json_map_line(&json, NULL);
    json_list(&json, "in one line as well");
    json_number(&json, NULL, 1);
    json_number(&json, NULL, 2);
    json_end(&json);
    json_text(&json, "b", "");
    json_end(&json);
    json_list_line(&json, NULL);
    json_end(&json);
    json_list(&json, NULL);
    json_number(&json, NULL, 3);
    json_end(&json);
    json_end(&json);
    expect(&json, "[\n"
                  "  {},\n"
                  "  {\"in one line as well\": [1, 2], \"b\": \"\"},\n"
                  "  [],\n"
                  "  [\n"
                  "    3\n"
                  "  ]\n"
                  "]\n");
}

static void expect_written(const char *text, const char *written) {
    struct json json = begin();
    char line[64];

    json_list_line(&json, NULL);
    json_text(&json, NULL, text);
    json_end(&json);
    snprintf(line, sizeof(line), "[\"%s\"]\n", written);
    expect(&json, line);
}

static void test_strings(void **state) {
    expect_written("a\"b\\c/d", "a\\\"b\\\\c/d");
    expect_written("line\nend\ttab\x01", "line\\nend\\u0009tab\\u0001");
    expect_written("\x7f", "\\u007f");
    expect_written("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
                   "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80");
    expect_written("\xc2\x80", "\\u0080");         /* a control character */
    expect_written("\xe2\x80\xa8", "\\u2028");     /* a line end to JavaScript */
    expect_written("\xef\xbb\xbf", "\\ufeff");     /* a byte order mark */
    expect_written("\xff.", "\\ufffd.");           /* no UTF-8 */
    expect_written("\x80", "\\ufffd");             /* its middle only */
    expect_written("\xe2\x82", "\\ufffd\\ufffd");  /* its beginning only */
    expect_written("\xc0\xaf", "\\ufffd");         /* longer than it need be */
    expect_written("\xed\xa0\x80", "\\ufffd");     /* half of a pair */
    expect_written("\xf4\x90\x80\x80", "\\ufffd"); /* beyond the last */
    expect_written("\xfe\xfe", "\\ufffd\\ufffd");  /* never a first byte */
}

/* What is written, the reader of descriptions reads: JSON is YAML. */
static void test_reads_back(void **state) {
    struct arena arena = {0};
    struct diagnostics diagnostics = {0};
    struct json json = begin();
    char text[300];
    size_t length = 0;

    for (unsigned c = 1; c < 256; c++)
        text[length++] = (char)c;
    text[length] = '\0';
    json_map(&json, NULL);
    json_text(&json, "key: \"#", text);
    json_text(&json, "other", "{}[],&*!|>'%@`: # -");
    json_end(&json);
    fclose(json.stream);
    struct yaml *yaml = yaml_parse("json", bytes, size, &arena, &diagnostics);
    free(bytes);
    if (yaml == NULL)
        fail_msg("%s", diagnostics.items[0].message);
    const char *read = yaml_get(yaml, "key: \"#")->text;
    for (size_t i = 0; i < 127; i++)
        assert_int_equal(read[i], text[i]);
    assert_string_equal(yaml_get(yaml, "other")->text, "{}[],&*!|>'%@`: # -");
    diagnostics_free(&diagnostics);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
