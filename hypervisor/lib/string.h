/* SPDX-License-Identifier: Apache-2.0 */
/*
 * string.h - the four functions that a freestanding compiler may call, as C11
 * 7.24 defines them. For pages, arch/memory.h has the fast way.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stddef.h>

/* Each as in C11 7.24. */
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
#endif
