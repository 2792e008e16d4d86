/* SPDX-License-Identifier: Apache-2.0 */
/*
 * definitions.h - what ${NAME} in a path stands for.
 */
#pragma once

#include <stddef.h>

struct definition {
    const char *name;
    const char *value;
};

/* A zeroed one has no names. */
struct definitions {
    struct definition *items;
    size_t count;
    const char *otherwise; /* what all other names stand for; NULL: they are errors */
};
