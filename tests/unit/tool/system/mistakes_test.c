/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mistakes that people make in a description, and what they are told: one message each, that says
 * what is right.
 */
#include "tests/unit/test.h"

#include "tests/unit/tool/fixture.h"
#include "tool/base/array.h"
#include "tool/system/description.h"

/* A line in place of the one of a right VM that begins alike, or one more; and what is said. */
static const struct {
    const char *line;
    const char *message;
} mistakes[] = {
    {"memory: 0", "'0': this cannot be 0; write more, as in 512 MiB"},
    {"memory: 0.5 GiB", "write 512 MiB"},
    {"memory: 1,5 GiB", "write 1536 MiB"},
    {"memory: 64 MiB;", "nothing can follow 64 MiB; a comment begins with ' #'"},
    {"memory: 64 MiB @ 0x4000_0000", "nothing can follow 64 MiB; "},
    {"memory: ${MEM}", "${NAME} stands for something in paths only"},
    {"memory: 64\u00a0MiB", "a no-break space (U+00A0), which looks like a blank; write one"},
    {"memory\uff1a 64 MiB", "a wide colon (U+FF1A), which looks like ':'; write that"},
    {"\u00a0\u00a0memory: 64 MiB", "a no-break space (U+00A0)"},
    {"mem\u200bory: 64 MiB", "a character (U+200B), which nobody sees; remove it"},
    {"memory: {size:64 MiB}", "write a blank behind the ':'"},
    {"memory: { size: 64 MiB, at: 1073741824 }", "write 0x4000_0000, if that is meant"},
    {"memory: { size: 64 MiB, at: 40000000 }", "write 0x4000_0000, if that is meant"},
    {"memory: { size: 64 MiB, at: 1048576000 }", "0x10_4857_6000, or 0x3e80_0000 if this is dec"},
    {"memory: { size: 64 MiB, at: 1 GiB }", "an address has no unit; write 0x4000_0000"},
    {"cpus: 0\u20132", "a dash (U+2013), which looks like -; write that"},
    {"cpus: { 0, 1 }", "'cpus' is an index, a range or a list, not a map"},
    {"args: \u201cquiet\u201d", "a typographic quote (U+201C), which looks like \"; write that"},
    {"dtb: no", "did you mean 'none'? If it is a file, write ./no"},
    {"irq: 34", "a device under devices: brings its registers and interrupts; remove this"},
    {"devices: [ { node: rtc, irq: 34 } ]", "the board's tree says where it is"},
    {"devices: [ { node: rtc, at: 0x9010000 } ]", "the board's tree says where it is"},
    {"devices: rtc, serial1", "several are a list in brackets; write devices: [ rtc, serial1 ]"},
    {"devices: [ rtc # clock ]", "write it (behind ' #' all is a comment)"},
};

TEST(test_mistakes) {
    static const char *const lines[] = {"cpus: 0", "memory: 64 MiB", "image: guest.elf"};
    const struct description_reading reading = {0};
    struct fixture fixture = {0};

    fixture_open(&fixture);
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct diagnostics diagnostics = {0};
        struct arena arena = {0};
        const char *line = mistakes[i].line;
        const char *text = "bulkhead: 1\nboard: none\nvms:\n  one:\n";
        bool is_placed = false;

        for (size_t j = 0; j < COUNT(lines); j++) {
            bool is_here = strncmp(line, lines[j], 4) == 0;

            is_placed = is_placed || is_here;
            text = arena_printf(&arena, "%s    %s\n", text, is_here ? line : lines[j]);
        }
        if (!is_placed)
            text = arena_printf(&arena, "%s    %s\n", text, line);
        fixture_write(&fixture, "a.yaml", text, strlen(text));
        description_read(arena_printf(&arena, "%s/a.yaml", fixture.folder), &reading, &arena,
                         &diagnostics);
        if (diagnostics.count != 1 ||
            strstr(diagnostics.items[0].message, mistakes[i].message) == NULL) {
            diagnostics_print(&diagnostics, stderr);
            fail_msg("%s", line);
        }
        diagnostics_free(&diagnostics);
        arena_free(&arena);
    }
    fixture_close(&fixture);
}
