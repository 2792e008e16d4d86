/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/nearest.h"

#include <ctype.h>
#include <string.h>

#include "lib/address.h"

#define LENGTH_MAX 63

/* Maps letters that count as the same one to it: both cases, - and _. */
static int fold(char letter) {
    return letter == '_' ? '-' : tolower((unsigned char)letter);
}

/* Letters to insert, delete, change or swap with their neighbour. */
static size_t edit_distance(const char *a, const char *b) {
    size_t rows[3][LENGTH_MAX + 1];
    size_t a_length = smaller(strlen(a), LENGTH_MAX);
    size_t b_length = smaller(strlen(b), LENGTH_MAX);

    for (size_t i = 0; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *before = rows[(i + 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            if (i == 0) {
                row[j] = j;
                continue;
            }
            int x = fold(a[i - 1]);
            int y = fold(b[j - 1]);

            row[j] = smaller(smaller(above[j], row[j - 1]) + 1, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == fold(b[j - 2]) && fold(a[i - 2]) == y)
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

void nearest_begin(struct nearest *nearest, const char *word) {
    *nearest = (struct nearest){.word = word};
}

/* Keeps a candidate in its place among the nearest, if it has one there. */
static void keep(struct nearest *nearest, const char *candidate, size_t distance) {
    size_t place = nearest->count;

    for (size_t i = 0; i < nearest->count; i++)
        if (strcmp(nearest->found[i].word, candidate) == 0)
            return;
    for (; place > 0 && nearest->found[place - 1].distance > distance; place--)
        if (place < NEAREST_MAX)
            nearest->found[place] = nearest->found[place - 1];
    if (place == NEAREST_MAX)
        return;
    nearest->found[place].word = candidate;
    nearest->found[place].distance = distance;
    nearest->count += nearest->count < NEAREST_MAX;
    nearest->best = nearest->found[0].word;
}

void nearest_offer(struct nearest *nearest, const char *candidate) {
    size_t word_length = strlen(nearest->word);
    size_t length = strlen(candidate);
    size_t most = smaller(word_length, length) / 3 + 1;
    size_t clipped = smaller(length, LENGTH_MAX);
    size_t word_clipped = smaller(word_length, LENGTH_MAX);

    /* Each letter that one has more is one to insert. */
    if (clipped > word_clipped + most || word_clipped > clipped + most)
        return;
    size_t distance = edit_distance(nearest->word, candidate);
    if (distance <= most)
        keep(nearest, candidate, distance);
}

void nearest_prefer(struct nearest *nearest, const char *candidate) {
    keep(nearest, candidate, 0);
}

const char *nearest_advice(const struct nearest *nearest, struct arena *arena,
                           const char *otherwise) {
    return nearest->best == NULL ? otherwise
                                 : arena_printf(arena, "did you mean '%s'?", nearest->best);
}

const char *nearest_advice_all(const struct nearest *nearest, struct arena *arena,
                               const char *otherwise) {
    const char *text = "did you mean ";

    for (size_t i = 0; i < nearest->count; i++) {
        const char *between = i == 0 ? "" : i + 1 < nearest->count ? ", " : " or ";

        text = arena_printf(arena, "%s%s'%s'", text, between, nearest->found[i].word);
    }
    return nearest->count == 0 ? otherwise : arena_printf(arena, "%s?", text);
}
