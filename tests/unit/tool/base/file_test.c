/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files, read whole or mapped: the same bytes, and the same that is said of those that are none.
 */
#include "tests/unit/test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tool/base/file.h"

static char folder[] = P_tmpdir "/bulkhead-file-XXXXXX";
static struct arena arena;

BEFORE_EACH(open_folder) {
    memset(folder + sizeof(folder) - 7, 'X', 6);
    assert_non_null(mkdtemp(folder));
}

AFTER_EACH(remove_folder) {
    arena_free(&arena);
    assert_int_equal(rmdir(folder), 0);
}

static const char *path_of(const char *name) {
    return arena_printf(&arena, "%s/%s", folder, name);
}

TEST(a_file_is_the_same_both_ways) {
    const char *path = path_of("some");
    char bytes[10000];
    const char *why = NULL;
    struct file read = {0};
    struct file mapped = {0};

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 7);
    assert_true(file_write(path, bytes, sizeof(bytes), &why, &arena));
    assert_true(file_exists(path));
    assert_true(file_read(path, &read, &arena));
    assert_true(file_map(path, &mapped, &arena));
    assert_int_equal(read.size, sizeof(bytes));
    assert_int_equal(mapped.size, sizeof(bytes));
    assert_memory_equal(read.bytes, bytes, sizeof(bytes));
    assert_memory_equal(mapped.bytes, bytes, sizeof(bytes));
    assert_int_equal(read.bytes[read.size], 0);
    unlink(path);
    arena_free(&arena); /* and the mapping is gone */
}

TEST(an_empty_file_is_one) {
    const char *path = path_of("empty");
    const char *why = NULL;
    struct file read = {0};
    struct file mapped = {0};

    assert_true(file_write(path, "", 0, &why, &arena));
    assert_true(file_read(path, &read, &arena));
    assert_true(file_map(path, &mapped, &arena));
    assert_int_equal(read.size + mapped.size, 0);
    assert_non_null(mapped.bytes);
    unlink(path);
}

static void refused(const char *path, const char *said) {
    bool (*const ways[])(const char *path, struct file *file, struct arena *arena) = {file_read,
                                                                                      file_map};

    for (size_t i = 0; i < 2; i++) {
        struct file file = {0};

        assert_false(ways[i](path, &file, &arena));
        assert_non_null(strstr(file.why, said));
        assert_non_null(strstr(file.why, path));
    }
}

/* Nobody waits for the other end of a pipe. */
TEST(what_is_no_plain_file_is_refused) {
    const char *pipe = path_of("pipe");
    const char *large = path_of("large");

    assert_int_equal(mkfifo(pipe, 0600), 0);
    FILE *stream = fopen(large, "w");
    assert_non_null(stream);
    assert_int_equal(ftruncate(fileno(stream), (1L << 30) + 1), 0); /* takes no room */
    fclose(stream);
    refused(pipe, "no plain file");
    refused(large, "no plain file");
    refused(folder, "a folder");
    refused(path_of("nowhere"), "No such file");
    refused("/dev/zero", "no plain file");
    assert_false(file_exists(path_of("nowhere")));
    unlink(pipe);
    unlink(large);
}
