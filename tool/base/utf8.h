/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.h - text of any bytes, which should be UTF-8.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define UTF8_WRONG UINT32_MAX

/*
 * The character that begins at `text`, of which `size` (at least 1) bytes are left, and how many of
 * them are its. UTF8_WRONG, and 1 byte, where there is none.
 */
uint32_t utf8_next(const char *text, size_t size, size_t *length);

/* Whether a character is printed as itself: no control character, and none that reorders a line. */
bool utf8_is_printed(uint32_t character);

/* How many columns a printed character takes on a terminal: 0, 1 or 2. */
unsigned utf8_width(uint32_t character);

/* Writes one character: as UTF-8, or where `utf8` is false as one byte ('?' if it has none). */
void utf8_put(FILE *stream, uint32_t character, bool utf8);

/* Writes `text`, with \xNN in place of each byte that is no printed character, tabs included. */
void utf8_print(FILE *stream, const char *text);
