/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - memory that is freed all at once: a description and all that comes out of it live
 * until the command ends. Running out of memory ends the program with exit code 3.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tool/base/array.h"

struct arena_block;

struct arena {
    struct arena_block *last; /* NULL: empty; a zeroed struct arena is ready */
};

/* `size` bytes, zeroed, aligned for any type; valid until arena_free(). */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));

/* As malloc(), for a library that frees what it takes itself; never NULL. */
void *arena_malloc(size_t size);

/* As open_memstream(): once the stream is closed, the caller free()s *bytes. Never NULL. */
FILE *arena_memstream(char **bytes, size_t *size);

/*
 * Appends one element, zeroed, to `array`, a pointer to `count` elements from any arena or NULL;
 * both are variables, which are changed. The element is what it is: *ARENA_ADD(arena, list, count)
 * = item; The item must not depend on `array` or `count`, which change before or after it is
 * computed.
 */
#define ARENA_ADD(arena, array, count)                                                             \
    ((array) = arena_grow(arena, array, count, sizeof(*(array))), (count)++, &(array)[(count)-1])

/* For ARENA_ADD: the array, or a copy of it, with room for one element of `size` bytes more than
 * the `count` that it has; that one is zeroed. Room is doubled, so appending one by one is cheap.
 */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t size)
    __attribute__((returns_nonnull));

/* A copy of a string. */
char *arena_strdup(struct arena *arena, const char *text);
/* A string as printf() would print it. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same for arguments that a caller was given. */
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* Makes the arena the owner of `size` bytes that mmap() has given. */
void arena_adopt_mapping(struct arena *arena, void *address, size_t size);

/* Frees everything; the arena is empty and may be used again. */
void arena_free(struct arena *arena);
