/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - what the fuzz targets share. Each target is a program of its own around libFuzzer's
 * loop; the tool's files are in memory, so that an input can name any path and nothing outside is
 * read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* --- libFuzzer's interface --- */

/* Called once, before the first input. In fuzz.c: opens the files. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
/* One execution. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Makes another input of `data` in place, of at most `room` bytes; returns its size. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
/* libFuzzer's own way to do that. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

/* --- files, in place of tool/base/file.c --- */

/*
 * Paths of the fixture folder (build/fuzz/files, made by seeds.py) begin with this: of the guests'
 * images, and of boards/NAME/board.yaml and board.dtb.
 */
#define FUZZ_FOLDER "/fuzz"

/* Adds a file, or replaces it; `bytes` must stay. `path` is whole. */
void fuzz_file(const char *path, const void *bytes, size_t size);

/* A file of the fixture folder, by its name in there; aborts if there is none. */
const uint8_t *fuzz_fixture(const char *name, size_t *size);

/* --- what targets say --- */

/* A stream for what is printed and not read. */
extern FILE *fuzz_nowhere;

/* Ends the run: `input` has shown that what must hold does not. */
#define FUZZ_MUST(holds)                                                                           \
    do {                                                                                           \
        if (!(holds))                                                                              \
            fuzz_fail(__FILE__, __LINE__, #holds);                                                 \
    } while (0)
_Noreturn void fuzz_fail(const char *file, int line, const char *what);
