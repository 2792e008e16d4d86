/* SPDX-License-Identifier: Apache-2.0 */
/*
 * svg.h - pieces of a drawing, written as SVG: text whose width is known beforehand, boxes in the
 * colour and pattern of an owner. Numbers are pixels.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SVG_LINE 18 /* from one line of text to the next, at least */

enum svg_size { SVG_SMALL = 12, SVG_NAME = 14, SVG_TITLE = 18 }; /* of letters */

/* The whole: size, what it is and shows for those who do not see it, colours, patterns. */
void svg_begin(FILE *stream, unsigned width, unsigned height, const char *title, const char *text);
void svg_end(FILE *stream);

/* An upper bound of the width of a text, in whichever fixed-width font. */
unsigned svg_width(const char *text, enum svg_size size);

/* Text that begins at x, or ends there; y is its base line. */
enum { SVG_STRONG = 1, SVG_FAINT = 2, SVG_ENDS = 4 };
void svg_text(FILE *stream, unsigned x, unsigned y, enum svg_size size, unsigned style,
              const char *text);

/* A box in the colour and pattern of an owner (shown.h); `tip` says what it is. */
void svg_filled(FILE *stream, double x, double y, double width, double height, uint32_t owner,
                const char *tip);

/* Text as XML has it, in attributes too. */
void svg_escape(FILE *stream, const char *text);
