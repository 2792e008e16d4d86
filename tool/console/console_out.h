/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_out.h - bytes on their way to the terminal: a stream into memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Opens one. Once it is closed, *bytes are the *size bytes that were written and a NUL, to be
 * free()d. Running out of memory ends the program with exit code 3.
 */
FILE *console_out_open(char **bytes, size_t *size);

/* Writes one character: as UTF-8, or outside a UTF-8 terminal as one byte ('?' if it has none). */
void console_out_character(FILE *out, uint32_t code, bool utf8);
