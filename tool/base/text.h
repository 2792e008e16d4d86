/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - a text that is written bit by bit, with comments in lines of at most 100 columns.
 */
#pragma once

#include "tool/base/arena.h"

#define TEXT_COLUMNS 100

/* One with an arena, and the rest zeroed, is ready and empty. */
struct text {
    struct arena *arena;
    char *bytes; /* NULL, or ended by a NUL that does not count */
    size_t size;
    size_t capacity;
};

/* Appends as printf does. */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends an item of a list: `between`, unless it is the first one, and then as printf does. */
void text_list(struct text *text, const char *between, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends lines that begin with `first`, or from the second one on with `next`, and break between
 * words. Ends with a newline. */
void text_wrap(struct text *text, const char *first, const char *next, const char *words);

/* The text so far. */
const char *text_get(const struct text *text);

/* Whether a text ends with another one. */
bool text_ends_with(const char *text, const char *end);

/* An address as descriptions have it: 0x4020_0000. */
const char *text_address(struct arena *arena, uint64_t address);
