/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.h - a format as a table: what keys a map may have, their types, and texts for people.
 */
#pragma once

#include "tool/base/arena.h"

#define SCHEMA_MAPS_MAX 16

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
    const char *foreign;      /* "a|b": keys that people write here, and that belong nowhere */
    const char *foreign_text; /* what to do with those */
};

/* A map's table, with `rows` for its keys and a struct `type` for its values. */
#define SCHEMA(name, shorthand_key, rows, type)                                                    \
    .what = (name), .shorthand = (shorthand_key), .keys = (rows), .key_count = COUNT(rows),        \
    .size = sizeof(type)

/* The key of that name; NULL: there is none. */
const struct key *schema_key(const struct schema *schema, const char *name);

/* Takes the first of "a|b|c" off: its length, and *choices behind it. 0: there is none left. */
size_t schema_next_choice(const char **choices, const char **choice);

/* Whether `word` is one of "a|b|c". */
bool schema_is_choice(const char *choices, const char *word);

/* "a|b|c" as a list for a person, each word in `quote`, with `last` before the last one. */
const char *schema_list_choices(struct arena *arena, const char *choices, const char *quote,
                                const char *last);

/* The root and all maps below it, each once, into `list`, which has room for SCHEMA_MAPS_MAX. */
size_t schema_maps(const struct schema *root, const struct schema **list);

/* A map's name as one word: "vm" of "a VM". */
const char *schema_slug(const struct schema *schema, struct arena *arena);
