/* SPDX-License-Identifier: Apache-2.0 */
/* The flattened format of the Devicetree Specification 0.4, chapter 5. */
#include "runtime/tree.h"

#define MAGIC      0xd00dfeedu
#define BEGIN_NODE 1u
#define END_NODE   2u
#define PROPERTY   3u
#define NOP        4u
#define PATH_SIZE  64u

/* Any number in it: big endian, aligned. */
static uint32_t number(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static size_t length(const char *text) {
    size_t size = 0;

    while (text[size] != '\0')
        size++;
    return size;
}

static bool equals(const char *text, const char *other, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (text[i] != other[i])
            return false;
    return true;
}

/* How much of a path one name is. */
static size_t component(const char *path) {
    size_t size = 0;

    while (path[size] != '\0' && path[size] != '/')
        size++;
    return size;
}

/* A walk through the nodes, up to the one that is looked for. */
struct walk {
    const char *rest; /* of the path, behind the slash of what is found already */
    int depth;
    int found; /* the depth of that */
};

static void enter(struct walk *walk, const char *name) {
    size_t size = component(walk->rest);

    walk->depth++;
    if (walk->depth != walk->found + 1 || size == 0 || length(name) != size ||
        !equals(name, walk->rest, size))
        return;
    walk->found++;
    walk->rest += size;
    walk->rest += *walk->rest == '/';
}

const void *tree_property(uint64_t tree, const char *path, const char *name, uint32_t *size) {
    const uint8_t *start = (const uint8_t *)tree;
    struct walk walk = {path + 1, -1, 0};

    if (tree == 0 || number(start) != MAGIC)
        return NULL;
    const uint8_t *at = start + number(start + 8);
    const char *strings = (const char *)start + number(start + 12);
    for (;;) {
        uint32_t token = number(at);

        at += 4;
        if (token == BEGIN_NODE) {
            const char *node = (const char *)at;

            if (walk.depth < 0)
                walk.depth = 0; /* the root, which has no name */
            else
                enter(&walk, node);
            at += (length(node) + 4) & ~(size_t)3;
        } else if (token == PROPERTY) {
            const char *property = strings + number(at + 4);

            *size = number(at);
            if (*walk.rest == '\0' && walk.depth == walk.found &&
                length(property) == length(name) && equals(property, name, length(name)))
                return at + 8;
            at += 8 + ((*size + 3) & ~3u);
        } else if (token == END_NODE && walk.depth-- != walk.found) {
            continue;
        } else if (token != NOP) {
            return NULL; /* behind the node, or behind all of them */
        }
    }
}

/* The word of a text that begins with NAME=, or its end. */
static const char *find_word(const char *text, const char *name) {
    size_t size = length(name);

    while (*text != '\0' && !(equals(text, name, size) && text[size] == '=')) {
        while (*text != '\0' && *text != ' ')
            text++;
        while (*text == ' ')
            text++;
    }
    return text;
}

bool tree_argument(uint64_t tree, const char *name, char *value, size_t size) {
    uint32_t property_size;
    const char *arguments = tree_property(tree, "/chosen", "bootargs", &property_size);
    const char *word = arguments == NULL ? "" : find_word(arguments, name);
    size_t used = 0;

    if (*word == '\0')
        return false;
    word += length(name) + 1;
    while (word[used] != '\0' && word[used] != ' ' && used + 1 < size) {
        value[used] = word[used];
        used++;
    }
    value[used] = '\0';
    return true;
}

uint64_t tree_argument_number(uint64_t tree, const char *name) {
    char text[24];
    uint64_t value = 0;

    if (!tree_argument(tree, name, text, sizeof text))
        return 0;
    for (const char *at = text; *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    return value;
}

uint64_t tree_console(uint64_t tree) {
    char path[PATH_SIZE];
    uint32_t size = 0;
    uint32_t used = 0;
    const char *chosen = tree_property(tree, "/chosen", "stdout-path", &size);

    /* An alias or a path, options behind a colon. */
    while (chosen != NULL && used < PATH_SIZE - 1 && chosen[used] != '\0' && chosen[used] != ':') {
        path[used] = chosen[used];
        used++;
    }
    path[used] = '\0';
    if (used == 0)
        return 0;
    chosen = path[0] == '/' ? path : tree_property(tree, "/aliases", path, &size);
    const uint8_t *reg = chosen == NULL ? NULL : tree_property(tree, chosen, "reg", &size);
    return reg == NULL || size < 8 ? 0 : (uint64_t)number(reg) << 32 | number(reg + 4);
}
