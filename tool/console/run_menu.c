/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/run_menu.h"

#include <string.h>

#include "tool/base/array.h"

/* Damage that the demo's Linux can do to itself (linux/). */
static const struct breakage {
    char key;
    const char *label;
    const char *command;
} breakages[] = {
    {'p', "kernel panic", "break-linux panic"},
    {'i', "interrupts off for good", "break-linux irqs-off"},
    {'s', "store outside its memory", "break-linux store"},
    {'g', "storm of SGIs", "break-linux sgi-storm"},
};

#define RESERVED_KEYS "qb?h"

void menu_init(struct menu *menu, const char *const *names, size_t count) {
    *menu = (struct menu){.names = names, .count = count, .linux_vm = count};
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], "linux") == 0)
            menu->linux_vm = i;
}

/* The VM that a key means: its number, or its first letter if no other has it. */
static size_t find_vm(const struct menu *menu, char key) {
    size_t found = key >= '0' && key <= '9' ? (size_t)(key - '0') : menu->count;
    size_t matches = 0;

    for (size_t i = 0; i < menu->count && strchr(RESERVED_KEYS, key) == NULL; i++) {
        if (menu->names[i][0] != key)
            continue;
        found = i;
        matches++;
    }
    return matches < 2 ? found : menu->count;
}

static struct menu_choice take_main(struct menu *menu, char byte) {
    size_t vm = find_vm(menu, byte);

    if (byte == MENU_KEY)
        return (struct menu_choice){.action = MENU_TYPE, .byte = byte};
    if (byte == 'q')
        return (struct menu_choice){.action = MENU_QUIT};
    if (byte == '?' || byte == 'h')
        return (struct menu_choice){.action = MENU_HELP};
    if (vm < menu->count)
        return (struct menu_choice){.action = MENU_FOCUS, .vm = vm};
    if (byte == 'b' && menu->linux_vm < menu->count)
        menu->level = MENU_BREAK;
    return (struct menu_choice){.action = MENU_NONE};
}

static struct menu_choice take_break(const struct menu *menu, char byte) {
    for (size_t i = 0; i < COUNT(breakages); i++) {
        if (breakages[i].key == byte)
            return (struct menu_choice){
                .action = MENU_BREAK_LINUX, .vm = menu->linux_vm, .command = breakages[i].command};
    }
    return (struct menu_choice){.action = MENU_NONE};
}

struct menu_choice menu_take(struct menu *menu, char byte) {
    enum menu_level level = menu->level;

    menu->level = MENU_CLOSED;
    if (level == MENU_MAIN)
        return take_main(menu, byte);
    if (level == MENU_BREAK)
        return take_break(menu, byte);
    if (byte != MENU_KEY)
        return (struct menu_choice){.action = MENU_TYPE, .byte = byte};
    menu->level = MENU_MAIN;
    return (struct menu_choice){.action = MENU_NONE};
}

bool menu_write(const struct menu *menu, FILE *out) {
    if (menu->level == MENU_MAIN) {
        fputs("Ctrl-]  ", out);
        for (size_t i = 0; i < menu->count; i++)
            fprintf(out, "%zu %s  ", i, menu->names[i]);
        fprintf(out, "%sq quit  ? help  Esc back",
                menu->linux_vm < menu->count ? "b break linux  " : "");
    } else if (menu->level == MENU_BREAK) {
        fputs("break linux:  ", out);
        for (size_t i = 0; i < COUNT(breakages); i++)
            fprintf(out, "%c %s  ", breakages[i].key, breakages[i].label);
        fputs("Esc back", out);
    }
    return menu->level != MENU_CLOSED;
}

const char *menu_help(size_t line) {
    static const char *const help[] = {
        "What you type goes to one VM; the others' lines appear dimmed, with their names.",
        "  Ctrl-] 0, 1 ...   type to that VM; its first letter does as well",
        "  Ctrl-] b          break the VM linux: panic, interrupts off, a wild store, SGIs",
        "  break-linux       typed in Linux: these and more, as a fork bomb and real-time spinners",
        "  Ctrl-] q          quit: the machine is switched off",
        "  Ctrl-] Ctrl-]     send one Ctrl-]",
    };
    return line < COUNT(help) ? help[line] : NULL;
}
