/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearest.h - "did you mean": the known word that is most like an unknown one.
 */
#ifndef TOOL_NEAREST_H
#define TOOL_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *word; /* what was written */
    const char *best; /* NULL: nothing is near */
    size_t distance;
};

/* Begins a search; `word` must outlive it. */
void nearest_begin(struct nearest *nearest, const char *word);

/* Offers a known word. Of several equally near, the first is kept. */
void nearest_offer(struct nearest *nearest, const char *candidate);

#endif
