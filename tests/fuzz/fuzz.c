/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tool/base/file.h"
#include "tool/tree/dtc.h"

#define FILES_MAX 256
#define PATH_MAX_ 512

static struct {
    char path[PATH_MAX_];
    const uint8_t *bytes;
    size_t size;
} files[FILES_MAX];
static size_t file_count;

FILE *fuzz_nowhere;

_Noreturn void fuzz_fail(const char *file, int line, const char *what) {
    fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, what);
    abort();
}

static size_t find(const char *path) {
    size_t i = 0;

    while (i < file_count && strcmp(files[i].path, path) != 0)
        i++;
    return i;
}

void fuzz_file(const char *path, const void *bytes, size_t size) {
    size_t i = find(path);

    FUZZ_MUST(i < FILES_MAX && strlen(path) < PATH_MAX_);
    if (i == file_count) {
        strcpy(files[i].path, path);
        file_count++;
    }
    files[i].bytes = bytes;
    files[i].size = size;
}

const uint8_t *fuzz_fixture(const char *name, size_t *size) {
    char path[PATH_MAX_];

    snprintf(path, sizeof(path), "%s/%s", FUZZ_FOLDER, name);
    size_t i = find(path);
    FUZZ_MUST(i < file_count);
    *size = files[i].size;
    return files[i].bytes;
}

/* --- tool/base/file.h --- */

bool file_exists(const char *path) {
    return find(path) < file_count;
}

bool file_read_start(const char *path, size_t most, struct file *file, struct arena *arena) {
    size_t i = find(path);

    if (i == file_count) {
        file->why = arena_printf(arena, "cannot open %s: not in memory", path);
        return false;
    }
    file->size = files[i].size < most ? files[i].size : most;
    file->bytes = arena_alloc(arena, file->size + 1);
    if (file->size != 0)
        memcpy(file->bytes, files[i].bytes, file->size);
    return true;
}

bool file_read(const char *path, struct file *file, struct arena *arena) {
    return file_read_start(path, SIZE_MAX, file, arena);
}

bool file_map(const char *path, struct file *file, struct arena *arena) {
    return file_read(path, file, arena);
}

bool file_write(const char *path, const void *bytes, size_t size, const char **why,
                struct arena *arena) {
    (void)bytes;
    (void)size;
    *why = arena_printf(arena, "cannot write %s: nothing is written here", path);
    return false;
}

bool file_replace(const char *path, const void *bytes, size_t size, const char **why,
                  struct arena *arena) {
    return file_write(path, bytes, size, why, arena);
}

/* --- tool/tree/dtc.h: no other program is run --- */

/* What was compiled before: seeds.py puts NAME.dtbo beside NAME. */
bool dtc_compile(const char *path, struct file *blob, struct arena *arena,
                 struct dtc_errors *errors) {
    *errors = (struct dtc_errors){0};
    if (file_read(arena_printf(arena, "%s.dtbo", path), blob, arena))
        return true;
    *ARENA_ADD(arena, errors->items, errors->count) =
        (struct dtc_error){.text = "dtc is not run here"};
    return false;
}

const char *dtc_source(const void *blob, size_t size, struct arena *arena,
                       struct dtc_errors *errors) {
    (void)blob;
    *errors = (struct dtc_errors){0};
    return arena_printf(arena, "/* %zu bytes */\n", size);
}

/* --- the fixture folder --- */

static void load_file(const char *from, const char *path, size_t size) {
    uint8_t *bytes = malloc(size + 1);
    FILE *stream = fopen(from, "rb");

    FUZZ_MUST(bytes != NULL && stream != NULL && fread(bytes, 1, size, stream) == size);
    fclose(stream);
    fuzz_file(path, bytes, size);
}

/* Loads a folder and those in it; `path` is what it is called in memory. */
static void load_folder(const char *from, const char *path) {
    DIR *folder = opendir(from);

    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char below[PATH_MAX_];
        char name[PATH_MAX_];
        struct stat status;

        snprintf(below, sizeof(below), "%s/%s", from, entry->d_name);
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.' || stat(below, &status) != 0)
            continue;
        if (S_ISDIR(status.st_mode))
            load_folder(below, name);
        else if (S_ISREG(status.st_mode))
            load_file(below, name, (size_t)status.st_size);
    }
    if (folder != NULL)
        closedir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    char folder[PATH_MAX_];
    const char *program = (*argv)[0];
    const char *slash = strrchr(program, '/');

    (void)argc;
    fuzz_nowhere = fopen("/dev/null", "w");
    FUZZ_MUST(fuzz_nowhere != NULL && slash != NULL);
    snprintf(folder, sizeof(folder), "%.*s/files", (int)(slash - program), program);
    load_folder(folder, FUZZ_FOLDER);
    FUZZ_MUST(file_count != 0);
    return 0;
}
