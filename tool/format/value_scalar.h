/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value_scalar.h - a value as it is read, and the reading of one that is no map, by its key's type.
 */
#pragma once

#include "tool/base/arena.h"
#include "tool/format/definitions.h"
#include "tool/format/schema.h"
#include "tool/format/yaml.h"
#include "tool/report/diagnostics.h"
#include "tool/report/rules.h"

struct value {
    struct mark mark;    /* the value's; the map's where the key is not given */
    const char *key;     /* a named map's own name, or a pair's */
    bool given;          /* it stands in the file */
    bool bad;            /* and an error was reported for it */
    uint64_t number;     /* SIZE: bytes; ADDRESS; INTEGER; TIME: ns; BOOL; CPUS: a bit each */
    const char *text;    /* WORD, PATH, STRING; where it may be a number too: NULL if it is one */
    const char *written; /* PATH, and PLACE where it is one: as it stands in the file */
    bool is_path;        /* PLACE: a path, no word */
    struct value *items; /* WORDS, STRINGS: text; PAIRS: key and text */
    void *maps;          /* MAP, MAPS, NAMED: structs of the schema's size */
    size_t count;        /* of items, or of maps */
};

/* Whether it stands in the file and could be read. */
static inline bool value_is_known(const struct value *value) {
    return value->given && !value->bad;
}

/* The text of one that stands in the file and could be read; NULL: there is none. */
static inline const char *value_text(const struct value *value) {
    return value_is_known(value) ? value->text : NULL;
}

struct value_reader {
    struct arena *arena;
    struct diagnostics *diagnostics;
    const struct definitions *definitions; /* for paths; NULL: none */
    const char *arch;                      /* ${arch}; NULL: not known yet */
    const char *board;                     /* ${board} */
    const struct schema *root; /* the whole file's, to tell where a key belongs; may be NULL */
};

/* Marks a value as bad and says why. */
#define VALUE_REFUSE(reader, value, rule, mark, ...)                                               \
    ((value)->bad = true, rule_broken((reader)->diagnostics, rule, mark, __VA_ARGS__))

/* Reads `yaml`, a scalar with something in it, or of CPUs a list too, into `value`, by the type of
 * the key; by that of its words if it has several. */
void value_read_scalar(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                       const struct key *key);

/* A path as it is meant that stands in `file`: relative to that file's folder. */
const char *value_path(struct arena *arena, const char *file, const char *path);
