/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - whole files, in and out.
 */
#pragma once

#include "tool/base/arena.h"

struct file {
    unsigned char *bytes; /* 8-byte aligned; file_read(): a NUL behind the last */
    size_t size;
    const char *why; /* without success: what the system says, for a person */
};

/* Whether there is a file that can be read. */
bool file_exists(const char *path);

/* Reads a file of at most 1 GiB into the arena. */
bool file_read(const char *path, struct file *file, struct arena *arena);

/* The same, but no more than its first `most` bytes. */
bool file_read_start(const char *path, size_t most, struct file *file, struct arena *arena);

/*
 * The same for a file of which only a few bytes will be looked at: only those are read. They are
 * read-only, without the NUL behind, and what another program writes meanwhile shows in them.
 */
bool file_map(const char *path, struct file *file, struct arena *arena);

/* Writes a file whole or not at all: to a name beside it first. False, with a message in *why. */
bool file_write(const char *path, const void *bytes, size_t size, const char **why,
                struct arena *arena);

/*
 * The same for a file that must survive a loss of power while it is replaced: what is at `path`
 * (or at the end of a symbolic link there) is the old or the new, whole. Keeps its mode.
 */
bool file_replace(const char *path, const void *bytes, size_t size, const char **why,
                  struct arena *arena);
