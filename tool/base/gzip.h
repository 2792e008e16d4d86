/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip.h - what gzip has packed, unpacked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tool/base/arena.h"

#define GZIP_SIZE_MAX ((size_t)1 << 30)

struct gzip {
    const unsigned char *bytes; /* unpacked */
    size_t size;
    size_t taken; /* of what was packed: others may follow */
};

/* Whether it begins as gzip does. */
bool gzip_is(const unsigned char *bytes, size_t size);

/*
 * Unpacks what begins at `bytes` into the arena, as much of it as there is and fits into `most`
 * bytes; false: that is not all.
 */
bool gzip_unpack(struct gzip *gzip, const unsigned char *bytes, size_t size, size_t most,
                 struct arena *arena);
