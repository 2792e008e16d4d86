/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print.h - formatting for the hypervisor's own lines.
 *
 * Understands %s, %u (uint32_t), %lu (uint64_t) and %lx (uint64_t, as 0x...), and
 * nothing else. That a format is well-formed is the compiler's format check's to see.
 */
#pragma once

#include <stdarg.h>

#include "lib/address.h"

/* Writes at most size - 1 characters and a NUL; returns how many characters. size >= 1. */
size_t format_va(char *out, size_t size, const char *format, va_list arguments);
size_t format(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
