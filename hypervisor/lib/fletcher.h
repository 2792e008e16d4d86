/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fletcher.h - the digest of payloads, which are many megabytes: Fletcher's checksum (J. G.
 * Fletcher, An Arithmetic Checksum for Serial Transmissions, 1982) of little-endian words of 32
 * bits, with sums of 64. abi/system_image.h says what it finds.
 */
#pragma once

#include <stdint.h>

/*
 * Continues `digest`, both 0 for the first piece, with `size` bytes at `data`, which is 4-byte
 * aligned. Only of the last piece may the size be no multiple of 4: zeros count for what is not
 * there, though all of its last word must be readable. The digest may lie in the data: it is
 * written when all has been read. Pure.
 */
void fletcher(uint64_t digest[2], const void *data, uint64_t size);
