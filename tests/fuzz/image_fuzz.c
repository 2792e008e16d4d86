/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_fuzz.c - a guest's image: ELF, a Linux Image, raw, each as it is or packed by gzip. The
 * first byte says for which architecture it is read, and whether it is packed here first: what
 * comes out must be the same.
 */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "tests/fuzz/fuzz.h"
#include "tool/base/crc32c.h"
#include "tool/image/compile.h"
#include "tool/system/guest_image.h"

#define RISCV64 1u
#define PACKED  2u
#define PLACED  4u

#define COMPILED_OF 32 /* every so many of those that can be read: that takes long */

/* What is said to be there must be there, and in order. Returns a sum of all bytes. */
static unsigned check_segments(const struct guest_image *image) {
    unsigned sum = 0;
    uint64_t end = 0;

    FUZZ_MUST(image->segment_count != 0);
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct guest_segment *segment = &image->segments[i];

        FUZZ_MUST(segment->size <= segment->memory_size);
        FUZZ_MUST(segment->at >= end && segment->at <= UINT64_MAX - segment->memory_size);
        end = segment->at + segment->memory_size;
        for (uint64_t j = 0; j < segment->size; j++)
            sum += segment->bytes[j];
    }
    return sum;
}

static uint8_t *pack(const uint8_t *data, size_t size, size_t *packed_size) {
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)size};

    FUZZ_MUST(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t room = deflateBound(&stream, (uLong)size);
    uint8_t *packed = malloc(room);
    FUZZ_MUST(packed != NULL);
    stream.next_out = packed;
    stream.avail_out = (uInt)room;
    FUZZ_MUST(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    *packed_size = stream.total_out;
    deflateEnd(&stream);
    return packed;
}

/* Whether what gzip unpacks is gzip again: that stays packed. */
static bool is_packed_already(const uint8_t *data, size_t size) {
    return size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

/* A check, which need not look at all of it, says the same; or less of what is damaged. */
static void compare_check(const uint8_t *data, size_t size, enum system_arch arch,
                          enum guest_image_result result, const struct guest_image *whole) {
    struct arena arena = {0};
    struct guest_image head;
    const char *why = NULL;
    enum guest_image_result checked = guest_image_check(&head, arch, data, size, &arena, &why);

    FUZZ_MUST(checked == result || result == GUEST_IMAGE_TRUNCATED);
    if (checked == GUEST_IMAGE_OK && result == GUEST_IMAGE_OK) {
        FUZZ_MUST(head.kind == whole->kind && head.entry == whole->entry);
        FUZZ_MUST(head.segment_count == whole->segment_count);
        FUZZ_MUST(head.segments[0].size == whole->segments[0].size);
        FUZZ_MUST(head.segments[0].memory_size == whole->segments[0].memory_size);
    }
    arena_free(&arena);
}

static enum guest_image_result read_image(const uint8_t *data, size_t size, enum system_arch arch,
                                          unsigned *sum) {
    struct arena arena = {0};
    struct guest_image image;
    const char *why = NULL;
    enum guest_image_result result = guest_image_read(&image, arch, data, size, &arena, &why);

    FUZZ_MUST(result == GUEST_IMAGE_OK || why != NULL);
    *sum = result == GUEST_IMAGE_OK ? check_segments(&image) : 0;
    compare_check(data, size, arch, result, &image);
    arena_free(&arena);
    return result;
}

/* A system with the image. What is right can be built. */
static void compile_with(const uint8_t *data, size_t size, unsigned flags) {
    bool riscv64 = (flags & RISCV64) != 0;
    char text[256];
    struct compile_request request = {.path = FUZZ_FOLDER "/system.yaml",
                                      .reading.boards = FUZZ_FOLDER "/boards"};
    bool right = true;

    request.hypervisor =
        riscv64 ? FUZZ_FOLDER "/hypervisor-riscv64.bin" : FUZZ_FOLDER "/hypervisor.bin";
    snprintf(text, sizeof(text),
             "bulkhead: 1\nboard: %s\nvms:\n"
             "  one: { cpus: 0, memory: 16 MiB, image: { file: fuzzed%s } }\n",
             riscv64 ? "qemu-riscv64-aia" : "qemu-arm64",
             (flags & PLACED) != 0 ? ", load: 0x8000_1000" : "");
    fuzz_file(FUZZ_FOLDER "/system.yaml", text, strlen(text));
    fuzz_file(FUZZ_FOLDER "/fuzzed", data, size);
    for (int emit = 0; right && emit < 2; emit++) {
        struct compiled compiled = {0};
        struct diagnostics diagnostics = {0};

        request.emit = emit != 0;
        right = compile(&compiled, &request, &diagnostics);
        FUZZ_MUST(!diagnostics.system_error);
        compiled_free(&compiled);
        diagnostics_free(&diagnostics);
    }
}

static void try_image(const uint8_t *data, size_t size, unsigned flags) {
    enum system_arch arch = (flags & RISCV64) != 0 ? SYSTEM_ARCH_RISCV64 : SYSTEM_ARCH_ARM64;
    unsigned sums[2] = {0};
    enum guest_image_result result = read_image(data, size, arch, &sums[0]);
    if (result == GUEST_IMAGE_OK && crc32c(0, data, size) % COMPILED_OF == 0)
        compile_with(data, size, flags);
    if ((flags & PACKED) != 0 && size != 0 && !is_packed_already(data, size)) {
        size_t packed_size = 0;
        uint8_t *packed = pack(data, size, &packed_size);

        FUZZ_MUST(read_image(packed, packed_size, arch, &sums[1]) == result && sums[0] == sums[1]);
        free(packed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    uint8_t *image = malloc(size); /* aligned, as a file's bytes are, and its end is guarded */
    FUZZ_MUST(image != NULL);
    memcpy(image, data + 1, size - 1);
    try_image(image, size - 1, data[0]);
    free(image);
    return 0;
}
