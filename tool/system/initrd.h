/* SPDX-License-Identifier: Apache-2.0 */
/*
 * initrd.h - how much an initrd unpacks to, and whether it is all there, as Linux would find when
 * it unpacks one: archives (cpio), compressed or not, one behind the other.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tool/base/arena.h"

/*
 * How many bytes an initrd unpacks to; at least, where only its format's own program could tell
 * (all but gzip and what is not compressed). 0, with *why as the rest of a sentence that begins
 * with its name: it is cut short or damaged.
 *
 * With `quick`, gzip that says of itself to hold more than 4 MiB is believed without being
 * unpacked, if it ends on a number that such an archive could have: of those that are cut short,
 * one in 512 does. What is cut short between two blocks of lz4, and lzma wherever it is cut, is
 * never seen, nor is damage inside xz, zstd, lz4, bzip2 and lzop.
 */
uint64_t initrd_unpacked(const unsigned char *bytes, size_t size, bool quick, struct arena *arena,
                         const char **why);
