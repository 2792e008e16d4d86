/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show_header.h - a C header for the guest of one VM: all numbers that a guest without a device
 * tree has to know, by name. It holds macros only, for C, assembly and linker scripts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tool/show/shown.h"

/* Writes the header of VM `vm`; each name begins with `prefix` and an underscore. */
void show_header(FILE *stream, struct shown *shown, uint32_t vm, const char *prefix);

/* Whether names in C may begin with it: letters, digits and underscores, a letter first. */
bool show_header_is_prefix(const char *text);
