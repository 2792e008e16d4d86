/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_image.h - what a guest boots: a Linux `Image`, an ELF file, or raw bytes.
 */
#pragma once

#include "abi/system_image.h"
#include "tool/base/arena.h"

#define GUEST_IMAGE_SEGMENTS_MAX 64 /* of an ELF file; linkers make fewer than ten */

enum guest_image_kind {
    GUEST_IMAGE_RAW,
    GUEST_IMAGE_LINUX,
    GUEST_IMAGE_ELF, /* where it is linked for */
    GUEST_IMAGE_PIE, /* an ELF file that runs wherever it is loaded, whole */
};

/* Bytes that lie at a guest address, followed by cleared memory. */
struct guest_segment {
    uint64_t at; /* LINUX: relative to a multiple of 2 MiB; RAW: to where it is loaded */
    const unsigned char *bytes;
    uint64_t size;
    uint64_t memory_size; /* >= size */
};

struct guest_image {
    enum guest_image_kind kind;
    uint64_t entry;                 /* as `at`; UINT64_MAX: in no segment */
    uint64_t written;               /* ELF: the entry as the file says it, a virtual address */
    uint64_t kernel_size;           /* LINUX: the memory that its header asks for */
    struct guest_segment *segments; /* ordered by address, without overlaps */
    size_t segment_count;
};

enum guest_image_result {
    GUEST_IMAGE_OK,
    GUEST_IMAGE_FORMAT,
    GUEST_IMAGE_TRUNCATED,
    GUEST_IMAGE_ARCH,
};

/*
 * Reads an image for an architecture out of a file's bytes, which must live as long as the result;
 * gzip is unpacked first. Without success *why says what the file is and what to do, as the rest
 * of a sentence that begins with its name.
 */
enum guest_image_result guest_image_read(struct guest_image *image, enum system_arch arch,
                                         const unsigned char *bytes, size_t size,
                                         struct arena *arena, const char **why);

/*
 * Makes one segment of all, with zeros between them, so that any image of the same place fits the
 * room that this one has. They span less than 1 GiB.
 */
void guest_image_join(struct guest_image *image, struct arena *arena);

/* Puts its first byte at an address, and all else as far from it as before. */
void guest_image_move(struct guest_image *image, uint64_t at);

/* From the first segment's first byte behind the last byte, of the file and of memory. */
uint64_t guest_image_file_span(const struct guest_image *image);
uint64_t guest_image_memory_span(const struct guest_image *image);

/*
 * The same for a check, without bytes where those take long: of a packed kernel only the beginning
 * is unpacked, and its size is what gzip says; segments[0].bytes is NULL then. A file that is cut
 * short is seen by that (it ends on another number than a size that the kernel could have), but
 * damage in its middle only by guest_image_read().
 */
enum guest_image_result guest_image_check(struct guest_image *image, enum system_arch arch,
                                          const unsigned char *bytes, size_t size,
                                          struct arena *arena, const char **why);
