/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/riscv_isa.h"

#include <ctype.h>
#include <string.h>

#include "abi/system_image.h"

#define EXTENSIONS_MAX 256  /* of a hart; more are nonsense, and would take long to read */
#define STRING_MAX     2048 /* characters of riscv,isa */

static void add(struct riscv_isa *isa, const char *name, struct arena *arena) {
    *ARENA_ADD(arena, isa->names, isa->count) = name;
}

static void add_letter(struct riscv_isa *isa, char letter, struct arena *arena) {
    static const char *const general[] = {"i", "m", "a", "f", "d", "zicsr", "zifencei"};

    if (letter == 'g') {
        for (size_t i = 0; i < COUNT(general); i++)
            add(isa, general[i], arena);
    } else {
        add(isa, arena_printf(arena, "%c", letter), arena);
    }
}

/* How much of `text` is a version: 2p0, or 2. */
static size_t version_length(const char *text) {
    size_t length = strspn(text, "0123456789");

    if (length != 0 && text[length] == 'p' && isdigit((unsigned char)text[length + 1]))
        length += 1 + strspn(text + length + 1, "0123456789");
    return length;
}

/* "rv64imac_zicsr_sstc": letters, then names behind underscores; the first may follow directly. */
static void parse_string(struct riscv_isa *isa, const char *text, struct arena *arena) {
    char *lower = arena_strdup(arena, text);

    for (char *at = lower; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    if (strncmp(lower, "rv64", 4) != 0)
        return;
    for (lower += 4; *lower != '\0';) {
        size_t length = strcspn(lower, "_");
        bool may_be_name = *lower == 'z' || *lower == 's' || *lower == 'x';
        /* "zk" behind an underscore; but "su" behind letters was two of them once. */
        bool is_name = may_be_name && length > (lower[-1] == '_' ? 1 : 2);

        if (*lower == '_') {
            lower++;
        } else if (is_name) {
            add(isa, arena_printf(arena, "%.*s", (int)length, lower), arena);
            lower += length;
        } else {
            add_letter(isa, *lower++, arena);
            lower += version_length(lower);
        }
    }
}

void riscv_isa_read(struct riscv_isa *isa, const struct tree_node *node, struct arena *arena) {
    const char *base = tree_string(node, "riscv,isa-base");
    const char *string = tree_string(node, "riscv,isa");
    const struct tree_property *list = tree_property(node, "riscv,isa-extensions");

    *isa = (struct riscv_isa){0};
    if (base != NULL && strncmp(base, "rv64", 4) == 0 && list != NULL)
        for (const char *name = NULL; (name = tree_next_string(list, name)) != NULL;)
            add(isa, name, arena);
    if (isa->count > EXTENSIONS_MAX)
        *isa = (struct riscv_isa){0};
    else if (isa->count == 0 && string != NULL && strlen(string) <= STRING_MAX)
        parse_string(isa, string, arena);
}

bool riscv_isa_has(const struct riscv_isa *isa, const char *name) {
    for (size_t i = 0; i < isa->count; i++)
        if (strcmp(isa->names[i], name) == 0)
            return true;
    return false;
}

static const struct {
    const char *type;
    uint32_t features;
} mmus[] = {
    {"riscv,sv57", SYSTEM_ISA_SV48 | SYSTEM_ISA_SV57},
    {"riscv,sv48", SYSTEM_ISA_SV48},
    {"riscv,sv39", 0},
};

uint32_t riscv_isa_mmu_features(const char *type) {
    for (size_t i = 0; type != NULL && i < COUNT(mmus); i++)
        if (strcmp(type, mmus[i].type) == 0)
            return mmus[i].features;
    return 0;
}

const char *riscv_isa_mmu_type(uint32_t features) {
    size_t i = 0;

    while ((features & mmus[i].features) != mmus[i].features)
        i++;
    return mmus[i].type;
}

/* Extensions by their names, or (a star) how these begin, and the features that they need. */
static const struct {
    const char *pattern;
    uint32_t feature;
    bool is_it; /* who has it has the feature */
} extensions[] = {
    {"sstc", SYSTEM_ISA_SSTC, true},     {"svpbmt", SYSTEM_ISA_SVPBMT, true},
    {"svadu", SYSTEM_ISA_SVADU, true},   {"zicbom", SYSTEM_ISA_ZICBOM, true},
    {"zicboz", SYSTEM_ISA_ZICBOZ, true}, {"f", SYSTEM_ISA_FLOAT, true},
    {"d", SYSTEM_ISA_FLOAT, false},      {"q", SYSTEM_ISA_FLOAT, false},
    {"zf*", SYSTEM_ISA_FLOAT, false},    {"zcd", SYSTEM_ISA_FLOAT, false},
    {"v", SYSTEM_ISA_VECTOR, true},      {"zv*", SYSTEM_ISA_VECTOR, false},
};

uint32_t riscv_isa_features(const struct riscv_isa *isa) {
    uint32_t found = 0;

    for (size_t i = 0; i < COUNT(extensions); i++)
        if (extensions[i].is_it && riscv_isa_has(isa, extensions[i].pattern))
            found |= extensions[i].feature;
    return riscv_isa_has(isa, "svade") ? found & ~SYSTEM_ISA_SVADU : found;
}

/* Whether an extension's name is `pattern`, or begins with it if that ends with a star. */
static bool matches(const char *name, const char *pattern) {
    size_t length = strlen(pattern);

    return pattern[length - 1] == '*' ? strncmp(name, pattern, length - 1) == 0
                                      : strcmp(name, pattern) == 0;
}

static bool is_for_guest(const char *name, uint32_t board, bool aia) {
    /* Of the supervisor's, those that are its own without anybody's help. */
    static const char *const own[] = {"ssccptr", "sscounterenw", "sstc", "sstvala",
                                      "sstvecd", "ssu64xl",      "s"};
    /* And what needs somebody's: the seed of Zkr (which Zk has in it), the table of Zcmt. */
    static const char *const higher[] = {"h",  "sh*",      "sm*",      "sd*", "ss*", "su*",
                                         "zk", "zicfilp*", "zicfiss*", "zkr", "zcmt"};

    for (size_t i = 0; i < COUNT(extensions); i++)
        if (matches(name, extensions[i].pattern) && (board & extensions[i].feature) == 0)
            return false;
    for (size_t i = 0; i < COUNT(own); i++)
        if (strcmp(name, own[i]) == 0)
            return true;
    if (strcmp(name, "ssaia") == 0)
        return aia;
    for (size_t i = 0; i < COUNT(higher); i++)
        if (matches(name, higher[i]))
            return false;
    return true;
}

void riscv_isa_for_guest(struct riscv_isa *guest, const struct riscv_isa *isa, uint32_t features,
                         bool aia, struct arena *arena) {
    *guest = (struct riscv_isa){0};
    for (size_t i = 0; i < isa->count; i++)
        if (is_for_guest(isa->names[i], features, aia))
            add(guest, isa->names[i], arena);
}

const char *riscv_isa_string(const struct riscv_isa *isa, struct arena *arena) {
    const char *text = "rv64";

    for (size_t i = 0; i < isa->count; i++)
        if (isa->names[i][1] == '\0')
            text = arena_printf(arena, "%s%s", text, isa->names[i]);
    for (size_t i = 0; i < isa->count; i++)
        if (isa->names[i][1] != '\0')
            text = arena_printf(arena, "%s_%s", text, isa->names[i]);
    return text;
}
