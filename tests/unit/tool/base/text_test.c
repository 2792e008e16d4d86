/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tool's small parts: arena, numbers, "did you mean", messages, options, files.
 */
#include "tests/unit/test.h"

#include <unistd.h>

#include "tool/base/arena.h"
#include "tool/base/file.h"
#include "tool/base/nearest.h"
#include "tool/base/number.h"
#include "tool/commands/options.h"
#include "tool/report/diagnostics.h"
#include "tool/report/rules.h"

static struct arena arena;

AFTER_EACH(end) {
    arena_free(&arena);
}

TEST(test_arena_grows) {
    int *numbers = NULL;

    for (int i = 0; i < 1000; i++) {
        numbers = arena_grow(&arena, numbers, (size_t)i + 1, sizeof(*numbers));
        assert_int_equal(numbers[i], 0);
        numbers[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    assert_string_equal(arena_printf(&arena, "%s-%d", "a", 7), "a-7");
    assert_string_equal(arena_strdup(&arena, ""), "");
    arena_free(&arena);
    assert_null(arena.last);
}

TEST(test_numbers) {
    static const struct {
        const char *text;
        enum number_unit unit;
        enum number_result result;
        uint64_t number;
    } cases[] = {
        {"0", NUMBER_PLAIN, NUMBER_OK, 0},
        {"1_000", NUMBER_PLAIN, NUMBER_OK, 1000},
        {"0x4000_0000", NUMBER_PLAIN, NUMBER_OK, 0x40000000},
        {"0XfF", NUMBER_PLAIN, NUMBER_OK, 255},
        {"18446744073709551615", NUMBER_PLAIN, NUMBER_OK, UINT64_MAX},
        {"18446744073709551616", NUMBER_PLAIN, NUMBER_TOO_LARGE, 0},
        {"0x1_0000_0000_0000_0000", NUMBER_PLAIN, NUMBER_TOO_LARGE, 0},
        {"", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"x", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"0x", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"0x_1", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"-1", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"12a", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"12 MiB", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"12 MiB", NUMBER_SIZE, NUMBER_OK, 12 << 20},
        {"12MiB", NUMBER_SIZE, NUMBER_OK, 12 << 20},
        {"0x10 KiB", NUMBER_SIZE, NUMBER_OK, 16384},
        {"3 GiB", NUMBER_SIZE, NUMBER_OK, UINT64_C(3) << 30},
        {"3", NUMBER_SIZE, NUMBER_WRONG_UNIT, 0},
        {"3 MB", NUMBER_SIZE, NUMBER_WRONG_UNIT, 0},
        {"3 ms", NUMBER_SIZE, NUMBER_WRONG_UNIT, 0},
        {"99999999999 GiB", NUMBER_SIZE, NUMBER_TOO_LARGE, 0},
        {"5 us", NUMBER_TIME, NUMBER_OK, 5000},
        {"5 ms", NUMBER_TIME, NUMBER_OK, 5000000},
        {"5 s", NUMBER_TIME, NUMBER_OK, 5000000000},
        {"5 min", NUMBER_TIME, NUMBER_WRONG_UNIT, 0},
        {"1__0", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"10_", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"010", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"0_1", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"0o17", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"1:30", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"1e3", NUMBER_PLAIN, NUMBER_NO_NUMBER, 0},
        {"1.5 GiB", NUMBER_SIZE, NUMBER_WRONG_UNIT, 0},
        {"0 MiB", NUMBER_SIZE, NUMBER_OK, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t number = 0;
        const char *why = NULL;
        enum number_result result = number_parse(cases[i].text, cases[i].unit, &number, &why);

        if (result != cases[i].result || (result == NUMBER_OK && number != cases[i].number))
            fail_msg("'%s' gave %d, %llu", cases[i].text, (int)result, (unsigned long long)number);
        assert_true(strstr(why, "write") != NULL);
    }
}

/* What is said of numbers as people write them elsewhere. */
TEST(test_number_advice) {
    static const struct {
        const char *text;
        enum number_unit unit;
        const char *advice; /* or its end */
    } cases[] = {
        {"512M", NUMBER_SIZE, "write 512 MiB"},
        {"512 mb", NUMBER_SIZE, "write 512 MiB"},
        {"4096k", NUMBER_SIZE, "write 4 MiB"},
        {"2T", NUMBER_SIZE, "write 2048 GiB"},
        {"65536 bytes", NUMBER_SIZE, "write 64 KiB"},
        {"1073741824", NUMBER_SIZE, "write 1 GiB"},
        {"0x1000_0000", NUMBER_SIZE, "write 256 MiB"},
        {"1.5G", NUMBER_SIZE, "write 1536 MiB"},
        {"0.3 KiB", NUMBER_SIZE, "as in 16 MiB"},
        {"512", NUMBER_SIZE, "write 512 MiB, if that is meant"},
        {"100 bytes", NUMBER_SIZE, "as in 16 MiB"},
        {"99999999999G", NUMBER_SIZE, "as in 16 MiB"},
        {"all", NUMBER_SIZE, "as in 16 MiB"},
        {"", NUMBER_SIZE, "as in 16 MiB"},
        {"10", NUMBER_TIME, "a number alone has no unit; write 10 s or 10 ms"},
        {"10 sec", NUMBER_TIME, "write 10 s"},
        {"2 min", NUMBER_TIME, "write 120 s"},
        {"0.5 s", NUMBER_TIME, "write 500 ms"},
        {"5000 ns", NUMBER_TIME, "write 5 us"},
        {"3 \u00b5s", NUMBER_TIME, "write 3 us"},
        {"5 MiB", NUMBER_TIME, "as in 10 ms"},
        {"-1", NUMBER_PLAIN, "as in 42 or 0x4000_0000"},
        {"010", NUMBER_PLAIN, "or with 0x"},
        {"many", NUMBER_PLAIN, "as in 42 or 0x4000_0000"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *advice = number_advice(&arena, cases[i].text, cases[i].unit);
        size_t length = strlen(cases[i].advice);

        if (strlen(advice) < length ||
            strcmp(advice + strlen(advice) - length, cases[i].advice) != 0)
            fail_msg("'%s': %s", cases[i].text, advice);
    }
}

TEST(test_size_text) {
    assert_string_equal(number_size_text(&arena, 0), "0 bytes");
    assert_string_equal(number_size_text(&arena, 100), "100 bytes");
    assert_string_equal(number_size_text(&arena, 4096), "4 KiB");
    assert_string_equal(number_size_text(&arena, 512 << 20), "512 MiB");
    assert_string_equal(number_size_text(&arena, UINT64_C(3) << 30), "3 GiB");
    assert_string_equal(number_time_text(&arena, 1500000000), "1500 ms");
    assert_string_equal(number_time_text(&arena, 60000000000), "60 s");
    assert_string_equal(number_time_text(&arena, 7), "7 ns");
    assert_string_equal(number_address_text(&arena, 0), "0x0");
    assert_string_equal(number_address_text(&arena, 0x40000000), "0x4000_0000");
    assert_string_equal(number_address_text(&arena, UINT64_C(0x880000000)), "0x8_8000_0000");
}

static const char *nearest_of(const char *word) {
    static const char *const known[] = {"cpus", "memory", "image", "on-fault", "devices", "at"};
    struct nearest nearest;

    nearest_begin(&nearest, word);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        nearest_offer(&nearest, known[i]);
    return nearest.best;
}

TEST(test_nearest) {
    char lengthy[300];

    assert_string_equal(nearest_of("memroy"), "memory");
    assert_string_equal(nearest_of("cpu"), "cpus");
    assert_string_equal(nearest_of("on_fault"), "on-fault");
    assert_string_equal(nearest_of("DEVICE"), "devices");
    assert_string_equal(nearest_of("image"), "image");
    assert_string_equal(nearest_of("TA"), "at"); /* swapped, and in another case */
    assert_null(nearest_of("bootloader"));
    memset(lengthy, 'x', sizeof(lengthy));
    lengthy[sizeof(lengthy) - 1] = '\0';
    assert_null(nearest_of(lengthy));
}

/* Several are kept, the nearest first, and what was meant before all. */
TEST(test_nearest_several) {
    struct nearest nearest;

    nearest_begin(&nearest, "uart1");
    assert_null(nearest_advice_all(&nearest, &arena, NULL));
    nearest_offer(&nearest, "uart22");
    assert_string_equal(nearest_advice_all(&nearest, &arena, NULL), "did you mean 'uart22'?");
    nearest_offer(&nearest, "uart2");
    nearest_offer(&nearest, "uart2");
    nearest_offer(&nearest, "timer");
    assert_string_equal(nearest_advice_all(&nearest, &arena, NULL),
                        "did you mean 'uart2' or 'uart22'?");
    nearest_offer(&nearest, "uart3");
    nearest_offer(&nearest, "uart33");
    assert_string_equal(nearest_advice_all(&nearest, &arena, NULL),
                        "did you mean 'uart2', 'uart3' or 'uart22'?");
    nearest_prefer(&nearest, "serial@9000000");
    assert_string_equal(nearest.best, "serial@9000000");
}

static char *print(struct diagnostics *diagnostics) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    diagnostics_print(diagnostics, stream);
    fclose(stream);
    return text;
}

TEST(test_diagnostics) {
    struct diagnostics diagnostics = {0};
    struct mark later = {"b.yaml", 7, 3, 5};
    struct mark earlier = {"b.yaml", 2, 30, 0};
    struct mark whole = {.file = "a.yaml"};

    assert_int_equal(diagnostics_exit_code(&diagnostics), EXIT_CODE_OK);
    diagnostics_add(&diagnostics, SEVERITY_WARNING, later, "odd", "this is %s", "odd");
    assert_int_equal(diagnostics_exit_code(&diagnostics), EXIT_CODE_OK);
    rule_broken(&diagnostics, RULE_CPU_SHARED, earlier, "CPU %d", 3);
    rule_broken(&diagnostics, RULE_CPU_SHARED, earlier, "CPU %d", 3);
    assert_int_equal(diagnostics.count, 2);
    assert_int_equal(diagnostics_exit_code(&diagnostics), EXIT_CODE_DESCRIPTION);
    diagnostics_add_system(&diagnostics, whole, "file", "not there");
    assert_int_equal(diagnostics_exit_code(&diagnostics), EXIT_CODE_SYSTEM);

    diagnostics_add_source(&diagnostics, "b.yaml", "1\n2\n3\n4\n5\n6\nodd: \x1b", 18);
    rule_broken(&diagnostics, RULE_WRONG_TYPE, later, "a\x1b[1m b");
    char *text = print(&diagnostics);
    assert_string_equal(text, "a.yaml: error: file: not there\n"
                              "b.yaml:2:30: error: cpu-shared: CPU 3\n"
                              "    2 | 2\n"
                              "      |  ^\n"
                              "b.yaml:7:3: warning: odd: this is odd\n"
                              "    7 | odd: ?\n"
                              "      |   ^~\n"
                              "b.yaml:7:3: error: wrong-type: a\\x1b[1m b\n"
                              "    7 | odd: ?\n"
                              "      |   ^~\n");
    free(text);
    diagnostics_free(&diagnostics);
    assert_int_equal(diagnostics.count, 0);
}

/* What options_parse() says of words that follow the subcommand's name; -1: go on. */
static int parse_options(struct options *options, bool *flag, const char **maybe,
                         const char *words) {
    const struct option_row rows[] = {
        OPTIONS_OUTPUT(options, ""),
        OPTIONS_COMPILE(options),
        {"flag", 0, NULL, "", .flag = flag},
        {"maybe", 0, "[=X]", "", .into = maybe},
    };
    char *argv[32] = {arena_strdup(&options->arena, "test")};
    char *text = arena_strdup(&options->arena, words);
    int argc = 1;
    int code;

    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    if (!options_parse(rows, sizeof(rows) / sizeof(rows[0]), "", "", argc, argv, &code))
        return code;
    assert_int_equal(optind, argc - 1);
    return -1;
}

TEST(test_options) {
    struct options options = {0};
    bool flag = false;
    const char *maybe = "unset";

    assert_int_equal(parse_options(&options, &flag, &maybe,
                                   "-D a=1 -Db=x=y --define a=2 -D empty= --hypervisor h.bin -o "
                                   "out --boards=b --flag --maybe rest"),
                     -1);
    assert_int_equal(options.request.reading.definitions.count, 3);
    assert_string_equal(options.request.reading.definitions.items[0].value, "2");
    assert_string_equal(options.request.reading.definitions.items[1].value, "x=y");
    assert_string_equal(options.output, "out");
    assert_true(flag);
    assert_null(maybe);
    const struct compile_request *request = options_request(&options, "s.yaml");
    assert_string_equal(request->path, "s.yaml");
    assert_string_equal(request->hypervisor, "h.bin");
    assert_string_equal(request->reading.boards, "b");
    assert_int_equal(parse_options(&options, &flag, &maybe, "--maybe=yes rest"), -1);
    assert_string_equal(maybe, "yes");
    assert_int_equal(parse_options(&options, &flag, &maybe, "-D nothing"), EXIT_CODE_USAGE);
    assert_int_equal(parse_options(&options, &flag, &maybe, "-D =1"), EXIT_CODE_USAGE);
    assert_int_equal(parse_options(&options, &flag, &maybe, "--frob"), EXIT_CODE_USAGE);
    options_free(&options);
}

TEST(test_files) {
    struct file file = {0};
    const char *why = NULL;
    char path[] = P_tmpdir "/bulkhead-test-XXXXXX";
    int descriptor = mkstemp(path);

    assert_true(descriptor >= 0);
    close(descriptor);
    assert_true(file_write(path, "hello", 5, &why, &arena));
    assert_true(file_read(path, &file, &arena));
    assert_int_equal(file.size, 5);
    assert_string_equal((const char *)file.bytes, "hello");
    assert_true(file_write(path, "", 0, &why, &arena));
    assert_true(file_read(path, &file, &arena));
    assert_int_equal(file.size, 0);
    unlink(path);
    assert_false(file_read(path, &file, &arena));
    assert_true(strstr(file.why, path) != NULL);
    assert_false(file_read("/", &file, &arena));
    assert_false(file_write("/nonexistent/x", "", 0, &why, &arena));
    assert_true(strstr(why, "/nonexistent/x") != NULL);
}

TEST(test_rule_names) {
    for (int i = 0; i < RULE_COUNT; i++) {
        const char *name = rule_info((enum rule)i)->name;

        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
        assert_true(strlen(rule_info((enum rule)i)->text) > 10);
        assert_true(strlen(rule_info((enum rule)i)->remedy) > 8);
        for (const enum rule *needs = rule_info((enum rule)i)->needs; *needs != RULE_NONE; needs++)
            assert_int_not_equal(*needs, i);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(name, rule_info((enum rule)j)->name);
    }
}
