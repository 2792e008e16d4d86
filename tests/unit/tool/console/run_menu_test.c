/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "tool/console/run_menu.h"

#define KEY "\x1d" /* opens the menu */

static const char *const names[] = {"linux", "control", "left", "quiet"};
static struct menu menu;

BEFORE_EACH(setup) {
    menu_init(&menu, names, 4);
}

/* Types a string; returns what the last byte gave. */
static struct menu_choice type(const char *keys) {
    struct menu_choice choice = {0};

    for (; *keys; keys++)
        choice = menu_take(&menu, *keys);
    return choice;
}

TEST(test_typing) {
    static const char keys[] = "q1b?\x1b[A\r\x03\x1a\xc3\xa4";

    for (size_t i = 0; i < sizeof keys - 1; i++) {
        struct menu_choice choice = menu_take(&menu, keys[i]);
        assert_int_equal(choice.action, MENU_TYPE);
        assert_int_equal(choice.byte, keys[i]);
    }
}

TEST(test_main_menu) {
    assert_int_equal(type("\x1d").action, MENU_NONE);
    assert_int_equal(menu.level, MENU_MAIN);
    assert_int_equal(type("q").action, MENU_QUIT);
    assert_int_equal(menu.level, MENU_CLOSED);
    assert_int_equal(type("\x1d?").action, MENU_HELP);
    struct menu_choice choice = type("\x1d\x1d");
    assert_int_equal(choice.action, MENU_TYPE);
    assert_int_equal(choice.byte, 0x1d);
    assert_int_equal(type("\x1d\x1b").action, MENU_NONE);
    assert_int_equal(type("x").action, MENU_TYPE);
}

TEST(test_focus) {
    struct menu_choice choice = type(KEY "2");
    assert_int_equal(choice.action, MENU_FOCUS);
    assert_int_equal(choice.vm, 2);
    choice = type(KEY "c");
    assert_int_equal(choice.action, MENU_FOCUS);
    assert_int_equal(choice.vm, 1);
    /* Two begin with l; q is taken; there is no fifth. */
    assert_int_equal(type("\x1dl").action, MENU_NONE);
    assert_int_equal(type("\x1dq").action, MENU_QUIT);
    assert_int_equal(type(KEY "4").action, MENU_NONE);
}

TEST(test_break) {
    static const struct {
        const char *keys;
        const char *command;
    } breaks[] = {
        {KEY "bp", "break-linux panic"},
        {KEY "bi", "break-linux irqs-off"},
        {KEY "bs", "break-linux store"},
        {KEY "bg", "break-linux sgi-storm"},
    };
    for (size_t i = 0; i < 4; i++) {
        struct menu_choice choice = type(breaks[i].keys);
        assert_int_equal(choice.action, MENU_BREAK_LINUX);
        assert_int_equal(choice.vm, 0);
        assert_string_equal(choice.command, breaks[i].command);
        assert_int_equal(menu.level, MENU_CLOSED);
    }
    assert_int_equal(type(KEY "bq").action, MENU_NONE);
}

/* The menu's line; NULL while it is closed. */
static const char *line(void) {
    static char text[200];
    FILE *out = fmemopen(text, sizeof text, "w");
    bool open = menu_write(&menu, out);

    fputc(0, out);
    fclose(out);
    return open ? text : NULL;
}

TEST(test_no_linux_to_break) {
    menu_init(&menu, names + 1, 2);
    assert_int_equal(type(KEY "b").action, MENU_NONE);
    assert_int_equal(menu.level, MENU_CLOSED);
    type("\x1d");
    assert_null(strstr(line(), "break"));
}

TEST(test_format) {
    assert_null(line());
    type("\x1d");
    assert_string_equal(line(),
                        "Ctrl-]  0 linux  1 control  2 left  3 quiet  b break linux  q quit  "
                        "? help  Esc back");
    type("b");
    assert_non_null(strstr(line(), "g storm of SGIs"));
}

TEST(test_help_ends) {
    size_t lines = 0;

    while (menu_help(lines))
        lines++;
    assert_in_range(lines, 3, 20);
    assert_null(menu_help(lines + 1));
}
