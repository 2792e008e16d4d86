/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/chosen.h"

#define TREE_MAGIC   0xd00dfeedu
#define TREE_VERSION 17u
#define HEADER_SIZE  40u

enum token { BEGIN_NODE = 1, END_NODE, PROPERTY, END = 9 };

/* A word, aligned: the tree's are big endian. */
static uint32_t word(const uint8_t *at) {
    uint32_t word = *(const uint32_t *)(const void *)at;

    return word << 24 | (word << 8 & 0xff0000) | (word >> 8 & 0xff00) | word >> 24;
}

static bool is_named(const uint8_t *tree, uint64_t at, uint64_t end, const char *name) {
    while (at < end && tree[at++] == (uint8_t)*name) {
        if (*name++ == '\0')
            return true;
    }
    return false;
}

/* Whether the property's name, which is so far behind the first of all names, is a seed's. */
static bool is_seed(const uint8_t *tree, uint32_t size, uint32_t name) {
    uint64_t at = (uint64_t)word(&tree[12]) + name;

    return is_named(tree, at, size, "rng-seed") || is_named(tree, at, size, "kaslr-seed");
}

void chosen_find(uint8_t *tree, uint32_t size, chosen_found *found, void *to) {
    uint32_t token = 0, depth = 0;
    bool in_chosen = false;
    uint64_t at, end;

    if (size < HEADER_SIZE || word(tree) != TREE_MAGIC || word(&tree[4]) > size ||
        word(&tree[20]) != TREE_VERSION || word(&tree[8]) % 4 != 0)
        return;
    size = word(&tree[4]);
    at = word(&tree[8]);
    end = smaller(at + word(&tree[36]), size);
    /*
     * A token and two words: behind a property are the ends of two nodes and of all, at least. A
     * node's name is passed as what is no token: a word of it begins with a character, or is 0.
     */
    while (at + 12 <= end && token != END) {
        token = word(&tree[at]);
        at += 4;
        if (token == BEGIN_NODE && ++depth == 2) {
            in_chosen = is_named(tree, at, end, "chosen");
        } else if (token == END_NODE) {
            if (depth-- == 2 && in_chosen)
                return;
        } else if (token == PROPERTY) {
            uint32_t length = word(&tree[at]);

            if (depth == 2 && in_chosen && length <= end - at - 8 &&
                is_seed(tree, size, word(&tree[at + 4])))
                found(&tree[at + 8], length, to);
            at += ((uint64_t)length + 8 + 3) / 4 * 4;
        }
    }
}
