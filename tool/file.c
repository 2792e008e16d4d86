/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_SIZE_MAX (1L << 30)

bool file_exists(const char *path) {
    return access(path, R_OK) == 0;
}

bool file_read(const char *path, struct file *file, struct arena *arena) {
    struct stat status;
    FILE *stream = fopen(path, "rb");

    if (stream == NULL) {
        file->why = arena_printf(arena, "cannot open %s: %s", path, strerror(errno));
        return false;
    }
    if (fstat(fileno(stream), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size > FILE_SIZE_MAX) {
        file->why = arena_printf(arena, "%s is no plain file of at most 1 GiB", path);
        fclose(stream);
        return false;
    }
    file->size = (size_t)status.st_size;
    file->bytes = arena_alloc(arena, file->size + 1);
    bool complete = fread(file->bytes, 1, file->size, stream) == file->size;
    if (!complete)
        file->why = arena_printf(arena, "cannot read %s", path);
    fclose(stream);
    return complete;
}

bool file_write(const char *path, const void *bytes, size_t size, const char **why,
                struct arena *arena) {
    const char *partial = arena_printf(arena, "%s.partial", path);
    FILE *stream = fopen(partial, "wb");

    if (stream == NULL) {
        *why = arena_printf(arena, "cannot write %s: %s", partial, strerror(errno));
        return false;
    }
    bool complete = fwrite(bytes, 1, size, stream) == size;
    complete = fclose(stream) == 0 && complete;
    if (!complete || rename(partial, path) != 0) {
        *why = arena_printf(arena, "cannot write %s: %s", path, strerror(errno));
        unlink(partial);
        return false;
    }
    return true;
}
