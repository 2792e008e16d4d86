/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show_svg_ram.h - all RAM as one bar from low addresses to high ones, to scale, but that nothing
 * is thinner than can be seen; beside it a line of text for each piece, as near to it as the other
 * lines let it.
 */
#pragma once

#include <stdio.h>

#include "tool/show/shown.h"

struct ram_map;

/* Plans the drawing, which needs so much room. The plan is in shown->arena. */
struct ram_map *show_svg_ram_plan(struct shown *shown, unsigned *width, unsigned *height);

/* Draws it from (x, y) on. */
void show_svg_ram(FILE *stream, const struct ram_map *map, unsigned x, unsigned y);
