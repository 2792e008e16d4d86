/* SPDX-License-Identifier: Apache-2.0 */
/*
 * string.h - the two functions that the compiler calls for large objects. A freestanding compiler
 * may also call memmove() and memcmp(); none of our code makes it do so, and the linker would say.
 * For pages, arch/memory.h has the fast way.
 */
#pragma once

#include "lib/address.h"

/* Each as in C11 7.24. */
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);
