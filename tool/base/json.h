/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - writes JSON to a stream, value by value, indented for people.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 16

/* {.stream = ...} is ready. */
struct json {
    FILE *stream;
    unsigned depth;                /* how many maps and lists are open, at most JSON_DEPTH_MAX */
    bool filled[JSON_DEPTH_MAX];   /* each has a value already */
    bool one_line[JSON_DEPTH_MAX]; /* and is written without line ends */
    char closing[JSON_DEPTH_MAX];
};

/*
 * Each adds a value: with its key inside a map; key is NULL inside a list, and for the whole. The
 * two of *_line stay on one line, with all that is inside.
 */
void json_map(struct json *json, const char *key);
void json_list(struct json *json, const char *key);
void json_map_line(struct json *json, const char *key);
void json_list_line(struct json *json, const char *key);
void json_text(struct json *json, const char *key, const char *text); /* NULL: null */
void json_number(struct json *json, const char *key, uint64_t number);
void json_bool(struct json *json, const char *key, bool value);

/* An address, or a size that goes with one: as text, "0x40000000", that people can read too. */
void json_hex(struct json *json, const char *key, uint64_t number);

/* Ends the innermost map or list; the outermost with a line end. */
void json_end(struct json *json);
