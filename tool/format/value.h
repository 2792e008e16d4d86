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

enum value_type {
    TYPE_INTEGER,
    TYPE_SIZE,    /* 512 MiB */
    TYPE_ADDRESS, /* 0x4000_0000; or one of the choices if there are any */
    TYPE_TIME,    /* 10 ms */
    TYPE_BOOL,    /* yes, no */
    TYPE_CPUS,    /* 3, 0-2, [0, 2] */
    TYPE_WORD,    /* one of the choices if there are any */
    TYPE_PATH,    /* ${NAME} expanded, made relative to the naming file's folder */
    TYPE_PLACE,   /* one of the choices, an address (begins with a digit), or a path */
    TYPE_STRING,  /* must be quoted */
    TYPE_DIGEST,  /* 64 hexadecimal digits; text is in lower case */
    TYPE_WORDS,   /* [a, b] */
    TYPE_PAIRS,   /* {a: b} with free keys */
    TYPE_MAP,     /* a map of the schema, or its shorthand's value */
    TYPE_MAPS,    /* a list of such, or one */
    TYPE_NAMED,   /* a map of free names to maps of the schema, or its shorthand's values */
};

enum key_need {
    KEY_OPTIONAL,
    KEY_REQUIRED,
    KEY_NOT_YET, /* part of the format: its value is checked, then it is refused by name */
};

struct schema;

/*
 * A key of a map. The first four stand in this order in each table, the others by their names;
 * those that are 0 do not apply. All texts are for people: they are in messages, in the JSON
 * Schema and in docs/system-description.md.
 */
struct key {
    const char *name;
    enum value_type type;
    enum key_need need;
    size_t offset;               /* of a struct value in the map's struct */
    const char *choices;         /* words that it takes, "a|b"; NULL: any word, or none */
    const char *later;           /* choices refused as not yet supported */
    const struct schema *schema; /* MAP, MAPS, NAMED */
    const char *text;            /* what it means, in a few words */
    const char *fallback;        /* what it is if it is not given, as one would write it */
    const char *fallback_text;   /* the same in words, where one cannot write it */
    const char *example;         /* a value, as one writes it */
    const char *also;            /* "a|b": how others call it, for "did you mean" */
    const char *with;            /* it says nothing without this key beside it */
    const char *names;           /* NAMED: a pattern that each name matches */
    bool positive;               /* INTEGER, SIZE, TIME: it cannot be 0 */
    bool no_default;             /* it cannot stand in defaults: what it gives is one VM's alone */
};

struct schema {
    const char *what;      /* "a VM", for messages */
    const char *shorthand; /* the key that a value which is no map stands for; NULL: none */
    const struct key *keys;
    size_t key_count;
    bool partial; /* required keys may be missing */
    size_t size;  /* of the map's struct, which begins with a struct value for the map itself */
};

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
