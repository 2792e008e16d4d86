/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - from YAML to typed values, by tables: what keys a map may have, their types and units.
 *
 * Each key's value lands in a struct value inside a C struct of the map's own, at the key's
 * offset. A value that could not be read is marked bad, so that no rule says more about it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tool/base/arena.h"
#include "tool/format/definitions.h"
#include "tool/format/schema.h"
#include "tool/format/yaml.h"
#include "tool/report/diagnostics.h"

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

/* The text of one that stands in the file and could be read; NULL: there is none. */
static inline const char *value_text(const struct value *value) {
    return value->given && !value->bad ? value->text : NULL;
}

struct value_reader {
    struct arena *arena;
    struct diagnostics *diagnostics;
    const struct definitions *definitions; /* for paths; NULL: none */
    const char *arch;                      /* ${arch}; NULL: not known yet */
    const char *board;                     /* ${board} */
    const struct schema *root; /* the whole file's, to tell where a key belongs; may be NULL */
};

/*
 * Reads the map `yaml` into `target`, a zeroed struct of schema->size bytes, with
 * errors of the reading rules in the reader's diagnostics. `defaults`, if not NULL, is a map whose
 * values count for keys that `yaml` does not have.
 */
void value_read(struct value_reader *reader, const struct schema *schema, const struct yaml *yaml,
                const struct yaml *defaults, void *target);

/* A path as it is meant that stands in `file`: relative to that file's folder. */
const char *value_path(struct arena *arena, const char *file, const char *path);
