/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_SIZE_MAX (1L << 30)

bool file_exists(const char *path) {
    return access(path, R_OK) == 0;
}

/* Opens a plain file that is not too large; -1, with a message in file->why. */
static int open_plain(const char *path, struct file *file, struct arena *arena) {
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (descriptor < 0) {
        file->why = arena_printf(arena, "cannot open %s: %s", path, strerror(errno));
        return -1;
    }
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size > FILE_SIZE_MAX) {
        file->why = S_ISDIR(status.st_mode)
                        ? arena_printf(arena, "%s is a folder", path)
                        : arena_printf(arena, "%s is no plain file of at most 1 GiB", path);
        close(descriptor);
        return -1;
    }
    file->size = (size_t)status.st_size;
    return descriptor;
}

bool file_read_start(const char *path, size_t most, struct file *file, struct arena *arena) {
    int descriptor = open_plain(path, file, arena);
    size_t done = 0;
    ssize_t got = 1;

    if (descriptor < 0)
        return false;
    file->size = file->size < most ? file->size : most;
    file->bytes = arena_alloc(arena, file->size + 1);
    while (done < file->size && got > 0) {
        got = read(descriptor, file->bytes + done, file->size - done);
        done += got > 0 ? (size_t)got : 0;
    }
    if (done < file->size)
        file->why = arena_printf(arena, "cannot read %s", path);
    close(descriptor);
    return done == file->size;
}

bool file_read(const char *path, struct file *file, struct arena *arena) {
    return file_read_start(path, SIZE_MAX, file, arena);
}

bool file_map(const char *path, struct file *file, struct arena *arena) {
    static unsigned char empty[1];
    int descriptor = open_plain(path, file, arena);
    void *bytes = empty;

    if (descriptor < 0)
        return false;
    if (file->size != 0)
        bytes = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    close(descriptor);
    if (bytes == MAP_FAILED) {
        file->why = arena_printf(arena, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    file->bytes = bytes;
    if (file->size != 0)
        arena_adopt_mapping(arena, bytes, file->size);
    return true;
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
