/* SPDX-License-Identifier: Apache-2.0 */
/*
 * initrd.h - what is in an initrd, and whether it is all there, as Linux would find when it unpacks
 * it: archives (cpio), compressed or not, one behind the other, or a file system.
 */
#pragma once

#include "abi/system_image.h"
#include "tool/base/arena.h"

struct initrd {
    uint64_t unpacked; /* bytes; at least, of what only its format's own program can unpack */
    const char *cut;   /* the rest of a sentence that begins with its name, as the next: it is cut
                          short or damaged; NULL: it is not */
    const char *odd;   /* NULL: it holds what Linux takes, and programs for this architecture */
};

/*
 * Reads one for an architecture. With `quick`, gzip that says of itself to hold more than 4 MiB is
 * believed without being unpacked, if it ends on a number that such an archive could have: of those
 * that are cut short, one in 512 does. What is cut short between two blocks of lz4, and lzma
 * wherever it is cut, is never seen, nor is damage inside all but gzip.
 */
struct initrd initrd_read(const unsigned char *bytes, size_t size, enum system_arch arch,
                          bool quick, struct arena *arena);
