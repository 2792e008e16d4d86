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
