/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_menu.h - the user's keys: for the VM, or after Ctrl-] for us. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define MENU_KEY 0x1d /* Ctrl-] */

enum menu_level { MENU_CLOSED, MENU_MAIN, MENU_BREAK };

enum menu_action {
    MENU_NONE,
    MENU_TYPE,        /* give `byte` to the focused VM */
    MENU_FOCUS,       /* show VM `vm` */
    MENU_BREAK_LINUX, /* type `command` into the VM `vm` */
    MENU_HELP,
    MENU_QUIT,
};

struct menu {
    const char *const *names; /* of the VMs */
    size_t count;             /* at most 10 */
    size_t linux_vm;          /* its number; count if there is none to break */
    enum menu_level level;
};

struct menu_choice {
    enum menu_action action;
    char byte;
    size_t vm;
    const char *command;
};

/* Start with the menu closed. The names must outlive it. */
void menu_init(struct menu *menu, const char *const *names, size_t count);

/* Take one byte from the keyboard. */
struct menu_choice menu_take(struct menu *menu, char byte);

/* Write the menu's line. False, and nothing is written, while it is closed. */
bool menu_write(const struct menu *menu, FILE *out);

/* The help, line by line; NULL after the last. */
const char *menu_help(size_t line);
