/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crc32c.h - CRC-32C (Castagnoli), the checksum of the manifest.
 */
#pragma once

#include <stdint.h>

/*
 * The checksum of `size` bytes at `data`, continuing from `crc`: 0 for the first piece, the last
 * result for the next, so that pieces give the same as the whole. Any alignment. Pure.
 */
uint32_t crc32c(uint32_t crc, const void *data, uint64_t size);
