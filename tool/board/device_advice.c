/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/device_advice.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tool/base/nearest.h"
#include "tool/base/text.h"
#include "tool/tree/tree_address.h"

#define LISTED_MAX 4 /* devices of a kind */

/* A word that names a node: its name, if no other node has that, or its path. */
static const char *name_of(const struct tree_node *node, struct arena *arena) {
    const struct tree_node *root = node->tree->root;

    for (const struct tree_node *other = root; other < root->end; other++)
        if (other != node && strcmp(other->name, node->name) == 0)
            return tree_path(node, arena);
    return node->name;
}

/* --- by address --- */

/* The node whose registers are at an address: those that begin there, or else hold it. */
static const struct tree_node *find_at(const struct tree_node *root, uint64_t address) {
    const struct tree_node *found = NULL;
    struct system_range range;

    for (const struct tree_node *node = root; node < root->end; node++) {
        if (tree_is_type(node, "memory") || !tree_register(node, 0, &range))
            continue;
        if (range.phys == address)
            return node;
        if (address - range.phys < range.size)
            found = node;
    }
    return found;
}

/* The node at the address that a name is, as people write one: in base 16; NULL: it is none.
 */
static const char *advise_address(const struct tree_node *root, const char *name,
                                  struct arena *arena) {
    char *digits = arena_strdup(arena, name);
    char *end = digits;

    for (const char *at = name; *at != '\0'; at++)
        if (*at != '_')
            *end++ = *at;
    *end = '\0';
    uint64_t address = strtoull(digits, &end, 16);
    if (!isdigit((unsigned char)name[0]) || *end != '\0')
        return NULL;
    const struct tree_node *node = find_at(root, address);
    if (node == NULL)
        return "nothing has registers at this address; write an alias, a node's name or its path";
    return arena_printf(arena, "at this address is '%s'; write that name", name_of(node, arena));
}

/* --- by likeness --- */

static const char *advise_nearest(const struct board *board, const char *name,
                                  struct arena *arena) {
    const struct tree_node *root = board->machine.tree->root;
    struct nearest nearest;

    nearest_begin(&nearest, name);
    for (size_t i = 0; i < board->name_count; i++)
        nearest_offer(&nearest, board->names[i].name);
    tree_offer_properties(tree_child(root, "aliases"), &nearest);
    for (const struct tree_node *at = root + 1; at < root->end; at++) {
        if (tree_property(at, "reg") == NULL)
            continue;
        if (strlen(name) == strcspn(at->name, "@") && strncmp(name, at->name, strlen(name)) == 0)
            nearest_prefer(&nearest, at->name); /* only the address is missing */
        else
            nearest_offer(&nearest, at->name);
    }
    tree_offer_properties(tree_child(root, "__symbols__"), &nearest);
    return nearest_advice_all(&nearest, arena, NULL);
}

/* --- by kind --- */

/* Names of each kind of node, and those that people bring from other boards, but for numbers. */
static const struct {
    const char *title;
    const char *words[8];
} kinds[] = {
    {"UARTs", {"serial", "uart", "pl011", "ttys", "ttyama", "tty", "com", "console"}},
    {"Ethernet devices", {"ethernet", "eth", "enet", "net", "gmac", "nic", "lan"}},
    {"MMC devices", {"mmc", "emmc", "sd", "sdcard", "sdhci", "mmcblk", "dwmmc", "sdmmc"}},
    {"GPIO controllers", {"gpio", "gpiochip", "pl061"}},
    {"I2C controllers", {"i2c", "twi"}},
    {"SPI controllers", {"spi", "ssp", "qspi", "pl022"}},
    {"PCI host bridges", {"pci", "pcie"}},
    {"USB controllers", {"usb", "xhci", "ehci"}},
    {"clocks", {"rtc", "pl031"}},
};

/* Whether the first `length` characters of a name, in any case, are a word of a kind. */
static bool is_of_kind(const char *name, size_t length, size_t kind) {
    for (size_t i = 0; i < COUNT(kinds[kind].words) && kinds[kind].words[i] != NULL; i++)
        if (strlen(kinds[kind].words[i]) == length &&
            strncasecmp(kinds[kind].words[i], name, length) == 0)
            return true;
    return false;
}

/* The board's nodes of the kind that a name, but for its number, is one of; NULL: none. */
static const char *advise_kind(const struct tree_node *root, const char *name,
                               struct arena *arena) {
    size_t length = strlen(name);
    struct text list = {.arena = arena};
    size_t kind = 0;
    size_t count = 0;

    while (length > 0 && isdigit((unsigned char)name[length - 1]))
        length--;
    while (kind < COUNT(kinds) && !is_of_kind(name, length, kind))
        kind++;
    for (const struct tree_node *node = root; kind < COUNT(kinds) && node < root->end; node++)
        if (is_of_kind(node->name, strcspn(node->name, "@"), kind) &&
            tree_property(node, "reg") != NULL && tree_is_enabled(node) && count++ < LISTED_MAX)
            text_list(&list, ", ", "'%s'", name_of(node, arena));
    if (count == 0)
        return NULL;
    return arena_printf(arena, "its %s are called %s%s", kinds[kind].title, text_get(&list),
                        count > LISTED_MAX ? " and so on" : "");
}

const char *device_advice(const struct board *board, const char *name, struct arena *arena) {
    const struct tree_node *root = board->machine.tree->root;
    const char *advice = advise_address(root, name, arena);

    if (advice == NULL)
        advice = advise_nearest(board, name, arena);
    if (advice == NULL)
        advice = advise_kind(root, name, arena);
    return advice != NULL ? advice : "write an alias, a node's name or its path";
}
