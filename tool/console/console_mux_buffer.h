/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_mux_buffer.h - bytes on their way to the terminal.
 *
 * A buffer that grows. When memory runs out the bytes are dropped and `lost`
 * is set: a console that misses a line is better than one that dies.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out_buffer {
    char *bytes;
    size_t size;
    size_t capacity;
    bool lost;
};

/* Append `size` bytes. */
void out_bytes(struct out_buffer *out, const char *bytes, size_t size);

/* Append a string without its terminating zero. */
void out_string(struct out_buffer *out, const char *string);

/* Append as printf does; at most 255 bytes, the rest is cut off. */
void out_format(struct out_buffer *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Append one character: as UTF-8, or outside a UTF-8 terminal as one byte ('?' if it has none). */
void out_character(struct out_buffer *out, uint32_t code, bool utf8);

/* Forget the bytes, keep the memory. */
void out_clear(struct out_buffer *out);

/* Give the memory back; the buffer is empty and usable again. */
void out_free(struct out_buffer *out);
