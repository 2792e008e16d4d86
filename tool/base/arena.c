/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tool/base/exit_code.h"

struct arena_block {
    alignas(max_align_t) struct arena_block *previous;
    size_t size;   /* of the memory behind this header */
    void *mapping; /* NULL: none; to be unmapped */
    size_t mapping_size;
};

static void *require(void *memory) {
    if (memory == NULL) {
        fputs("bulkhead: out of memory\n", stderr);
        exit(EXIT_CODE_SYSTEM);
    }
    return memory;
}

void *arena_malloc(size_t size) {
    return require(malloc(size));
}

FILE *arena_memstream(char **bytes, size_t *size) {
    return require(open_memstream(bytes, size));
}

void *arena_alloc(struct arena *arena, size_t size) {
    if (size > SIZE_MAX - sizeof(struct arena_block))
        require(NULL);
    struct arena_block *block = require(calloc(1, sizeof(*block) + size));

    block->previous = arena->last;
    block->size = size;
    arena->last = block;
    return block + 1;
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t size) {
    if (array != NULL && count < ((struct arena_block *)array - 1)->size / size)
        return memset((char *)array + count * size, 0, size), array;
    if (count > SIZE_MAX / 2 / size - 2)
        require(NULL);
    void *grown = arena_alloc(arena, (2 * count + 2) * size);

    return array == NULL ? grown : memcpy(grown, array, count * size);
}

char *arena_strdup(struct arena *arena, const char *text) {
    size_t size = strlen(text) + 1;

    return memcpy(arena_alloc(arena, size), text, size);
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments) {
    char *printed = NULL;

    require(vasprintf(&printed, format, arguments) < 0 ? NULL : printed);
    char *text = arena_strdup(arena, printed);
    free(printed);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

void arena_adopt_mapping(struct arena *arena, void *address, size_t size) {
    arena_alloc(arena, 0);
    arena->last->mapping = address;
    arena->last->mapping_size = size;
}

void arena_free(struct arena *arena) {
    while (arena->last != NULL) {
        struct arena_block *block = arena->last;

        arena->last = block->previous;
        if (block->mapping != NULL)
            munmap(block->mapping, block->mapping_size);
        free(block);
    }
}
