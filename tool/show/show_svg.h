/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show_svg.h - who owns what in a system, as a picture: a walled compartment for each VM, and RAM
 * to scale.
 */
#pragma once

#include <stdio.h>

#include "tool/show/shown.h"

/* Writes an SVG document: readable in print, in the dark, and without colours. */
void show_svg(FILE *stream, struct shown *shown);

/* --- for show_svg*.c --- */

#define SHOW_SVG_MARGIN 24

struct picture {
    FILE *stream;
    struct shown *shown;
    unsigned width; /* of all, margins included */
};

/* How svg.h knows an owner. */
unsigned show_svg_owner(uint32_t owner);

/* About how much: "43.3 MiB". */
const char *show_svg_size(struct shown *shown, uint64_t size);

/* show_svg_ram.c: RAM to scale, each piece with its name, from `y` on. Width and height needed. */
struct ram_map;
struct ram_map *show_svg_ram_plan(struct shown *shown, unsigned *width, unsigned *height);
void show_svg_ram(const struct picture *picture, const struct ram_map *map, unsigned y);
