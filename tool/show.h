/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show.h - who owns what in a system, as text, out of the image alone.
 */
#ifndef TOOL_SHOW_H
#define TOOL_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Prints who owns each CPU, range of RAM, device and interrupt of a built system image. False, with
 * a message in *why, if it is none or is damaged.
 */
bool show_image(FILE *stream, const unsigned char *image, size_t size, const char **why);

/* True if a file that begins with these bytes is a system image rather than a description. */
bool show_is_image(const unsigned char *bytes, size_t size);

#endif
