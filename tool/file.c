/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_SIZE_MAX (1L << 30)

bool file_read(const char *path, struct file *file, struct arena *arena) {
    /* Looked at first: to open what is no plain file may never end. */
    struct stat status;
    FILE *stream = NULL;

    if (stat(path, &status) == 0 && (!S_ISREG(status.st_mode) || status.st_size > FILE_SIZE_MAX)) {
        file->why = S_ISDIR(status.st_mode)
                        ? arena_printf(arena, "%s is a folder", path)
                        : arena_printf(arena, "%s is no plain file of at most 1 GiB", path);
        return false;
    }
    if ((stream = fopen(path, "rb")) == NULL || fstat(fileno(stream), &status) != 0) {
        file->why = arena_printf(arena, "cannot open %s: %s", path, strerror(errno));
        if (stream != NULL)
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
