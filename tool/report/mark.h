/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mark.h - the place that a message is about.
 */
#pragma once

#include <stddef.h>

/* A place in a file. Lines and columns, in characters, count from 1; 0: the file as a whole. */
struct mark {
    const char *file;
    size_t line;
    size_t column;
    size_t end; /* the first column behind it, if that is known and in the same line; else 0 */
};
