/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

/* To a name beside it first; `synced`: and to the disk before it gets its name. */
static bool write_beside(const char *path, const void *bytes, size_t size, bool synced,
                         const char **why, struct arena *arena) {
    const char *partial = arena_printf(arena, "%s.partial", path);
    FILE *stream = fopen(partial, "wb");
    struct stat old;

    if (stream == NULL) {
        *why = arena_printf(arena, "cannot write %s: %s", partial, strerror(errno));
        return false;
    }
    bool complete = fwrite(bytes, 1, size, stream) == size && fflush(stream) == 0;
    if (synced && stat(path, &old) == 0)
        complete = fchmod(fileno(stream), old.st_mode & 07777) == 0 && complete;
    complete = complete && (!synced || fsync(fileno(stream)) == 0);
    complete = fclose(stream) == 0 && complete;
    if (!complete || rename(partial, path) != 0) {
        *why = arena_printf(arena, "cannot write %s: %s", path, strerror(errno));
        unlink(partial);
        return false;
    }
    return true;
}

bool file_write(const char *path, const void *bytes, size_t size, const char **why,
                struct arena *arena) {
    return write_beside(path, bytes, size, false, why, arena);
}

/* So that the new name is on the disk too. */
static void sync_folder(const char *path, struct arena *arena) {
    const char *slash = strrchr(path, '/');
    const char *folder =
        slash == NULL ? "." : arena_printf(arena, "%.*s", (int)(slash - path) + 1, path);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY);

    if (descriptor < 0)
        return;
    fsync(descriptor);
    close(descriptor);
}

bool file_replace(const char *path, const void *bytes, size_t size, const char **why,
                  struct arena *arena) {
    char *real = realpath(path, NULL);
    const char *target = real == NULL ? path : real;
    bool written = write_beside(target, bytes, size, true, why, arena);

    if (written)
        sync_folder(target, arena);
    free(real);
    return written;
}
