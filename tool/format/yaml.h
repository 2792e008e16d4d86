/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml.h - the subset of YAML that descriptions are written in, as a tree that knows its lines.
 *
 * One document of maps, lists and scalars. Anchors, aliases, tags, merge keys, further documents,
 * keys that are no plain words and keys that occur twice are errors.
 */
#pragma once

#include "tool/base/arena.h"
#include "tool/base/file.h"
#include "tool/report/diagnostics.h"

/* Larger files are refused (rule yaml-limit), so that none takes long. */
#define YAML_SIZE_MAX    0x10000u
#define YAML_ENTRIES_MAX 256u /* of a list, or of a map */
#define YAML_DEPTH_MAX   16u  /* a description needs 6 */

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_pair;

struct yaml {
    enum yaml_kind kind;
    struct mark mark;
    const char *text; /* a scalar's; never NULL */
    bool quoted;
    struct yaml **items;     /* a list's */
    struct yaml_pair *pairs; /* a map's */
    size_t count;
};

struct yaml_pair {
    const char *key;
    struct mark mark; /* the key's */
    struct yaml *value;
};

/* Reads a file for yaml_parse(): no more of it than that would look at. */
bool yaml_file_read(const char *path, struct file *file, struct arena *arena);

/*
 * Parses `size` bytes of `text`; `file` is for messages. NULL with errors (rules yaml-syntax,
 * yaml-subset, yaml-limit, duplicate-key) in `diagnostics`.
 */
struct yaml *yaml_parse(const char *file, const char *text, size_t size, struct arena *arena,
                        struct diagnostics *diagnostics);

/* A map's value for `key`; NULL if it has none, or if `map` is no map. */
struct yaml *yaml_get(const struct yaml *map, const char *key);

/* "a map", "a list" or "a word", for messages. */
const char *yaml_kind_text(const struct yaml *node);
