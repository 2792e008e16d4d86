/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_line.h - a line of a source file with a place in it marked, as compilers show it:
 *
 *       9 |     memory: 16 MB
 *         |             ^~~~~
 */
#pragma once

#include <stdio.h>

#include "tool/report/mark.h"

#define SOURCE_LINE_WIDTH 92 /* columns of the source that are shown; of a longer line, a part */

/* Finds a line, which count from 1, without its end. NULL: there is none. */
const char *source_line_find(const char *text, size_t size, size_t line, size_t *length);

/*
 * Prints the line of `text` that `mark` is in, and the marks under it; nothing if there is no such
 * line. `colour` and `plain` go around the marks.
 */
void source_line_print(FILE *stream, const char *text, size_t size, const struct mark *mark,
                       const char *colour, const char *plain);
