/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show.h - `bulkhead show`: who owns what in a system, in several forms, out of a description or
 * out of an image alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* argv[0] is "show"; returns the program's exit code. */
int command_show(int argc, char **argv);

/* True if a file that begins with these bytes is a system image rather than a description. */
bool show_is_image(const unsigned char *bytes, size_t size);
