/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearest.h - "did you mean": the known words that are most like an unknown one.
 */
#pragma once

#include "tool/base/arena.h"

#define NEAREST_MAX 3

struct nearest {
    const char *word; /* what was written */
    const char *best; /* NULL: nothing is near */
    struct {
        const char *word;
        size_t distance;
    } found[NEAREST_MAX]; /* the best and those behind it */
    size_t count;
};

/* Begins a search; `word` must outlive it. */
void nearest_begin(struct nearest *nearest, const char *word);

/* Offers a known word. Of several equally near, the first is kept. */
void nearest_offer(struct nearest *nearest, const char *candidate);

/* Offers one that is what was meant, but for how it was written. */
void nearest_prefer(struct nearest *nearest, const char *candidate);

/* The best of them for a person: "did you mean 'a'?"; or `otherwise`, where nothing is near. */
const char *nearest_advice(const struct nearest *nearest, struct arena *arena,
                           const char *otherwise);

/* The same with all that are near: "did you mean 'a', 'b' or 'c'?". */
const char *nearest_advice_all(const struct nearest *nearest, struct arena *arena,
                               const char *otherwise);
