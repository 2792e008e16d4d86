/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Initrds of each format: what they unpack to, and each length at which they may be cut short.
 */
#include "tests/unit/test.h"

#include <zlib.h>

#include "tool/system/initrd.h"

#define SIZE_MAX_HERE (6u << 20)

static struct arena arena;

AFTER_EACH(close_arena) {
    arena_free(&arena);
}

/* What is said of exactly these bytes; NULL: they are all there. */
static const char *judge(const void *bytes, size_t size, bool quick, uint64_t *unpacked) {
    unsigned char *copy = malloc(size == 0 ? 1 : size);

    memcpy(copy, bytes, size);
    struct initrd initrd = initrd_read(copy, size, SYSTEM_ARCH_ARM64, quick, &arena);
    *unpacked = initrd.unpacked;
    free(copy);
    return initrd.cut;
}

static size_t add_entry(char *at, const char *name, size_t size) {
    size_t head = (size_t)sprintf(at, "070701%048d%08zx%032d%08zx%08d%s", 0, size, 0,
                                  strlen(name) + 1, 0, name);

    head = (head + 1 + 3) & ~(size_t)3;
    memset(at + head, 'x', size);
    return (head + size + 3) & ~(size_t)3;
}

/* An archive with a file of so many bytes. */
static size_t make_cpio(char *bytes, size_t size) {
    size_t at = add_entry(bytes, "init", size);

    return (at + add_entry(bytes + at, "TRAILER!!!", 0) + 511) & ~(size_t)511;
}

static size_t make_gzip(const void *bytes, size_t size, int level, void *packed) {
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes,
                       .avail_in = (uInt)size,
                       .next_out = packed,
                       .avail_out = SIZE_MAX_HERE};

    assert_int_equal(deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

TEST(archives_end_on_their_last_entry) {
    char *bytes = arena_alloc(&arena, 0x2000);
    size_t size = make_cpio(bytes, 1001);
    uint64_t unpacked = 0;

    assert_int_equal(size, 1536);
    for (size_t cut = 1; cut < size; cut++) {
        const char *why = judge(bytes, cut, false, &unpacked);

        if (cut < 6)
            assert_null(why); /* nothing tells what it is */
        else if (cut < 116 + 1004 + 121)
            assert_non_null(strstr(why, "its cpio archive has no end"));
        else
            assert_null(why);
    }
    memcpy(bytes + size, bytes, size);
    assert_null(judge(bytes, 2 * size, false, &unpacked));
    assert_int_equal(unpacked, 2 * 1244);
    bytes[size + 3] = '9'; /* what is behind the first one is nothing that is known */
    assert_null(judge(bytes, 2 * size, false, &unpacked));
    memset(bytes + 54, 'f', 8);
    assert_non_null(judge(bytes, size, false, &unpacked));
}

TEST(gzip_is_unpacked_to_its_end) {
    char *bytes = arena_alloc(&arena, SIZE_MAX_HERE);
    unsigned char *packed = arena_alloc(&arena, SIZE_MAX_HERE + 0x1000);
    uint64_t unpacked = 0;
    size_t size = make_gzip(bytes, make_cpio(bytes, 100000), 9, packed);

    for (size_t cut = 2; cut < size; cut++)
        assert_non_null(strstr(judge(packed, cut, cut % 2 == 0, &unpacked), "gzip"));
    assert_null(judge(packed, size, true, &unpacked));
    assert_int_equal(unpacked, 116 + 100000 + 124); /* but for what fills it up */
    /* Several, with zeros between, and an archive. */
    memset(packed + size, 0, 100);
    memcpy(packed + size + 100, packed, size);
    size_t end = 2 * size + 100 + make_cpio((char *)packed + 2 * size + 100, 5);
    assert_null(judge(packed, end, false, &unpacked));
    assert_int_equal(unpacked, 2 * (116 + 100000 + 124) + 248);
    /* All of an archive that is there is packed, but it is not all there. */
    size = make_gzip(bytes, make_cpio(bytes, 100000) - 512, 9, packed);
    assert_non_null(strstr(judge(packed, size, false, &unpacked), "its cpio archive has no end"));
    assert_null(judge(packed, make_gzip("text", 4, 9, packed), false, &unpacked));
}

TEST(a_quick_look_believes_what_can_be) {
    char *bytes = arena_alloc(&arena, SIZE_MAX_HERE);
    unsigned char *packed = arena_alloc(&arena, SIZE_MAX_HERE);
    size_t unpacked_size = make_cpio(bytes, 5u << 20);
    size_t size = make_gzip(bytes, unpacked_size, 1, packed);
    uint64_t unpacked = 0;

    packed[size / 2] ^= 0x55;
    assert_null(judge(packed, size, true, &unpacked));
    assert_int_equal(unpacked, unpacked_size);
    assert_non_null(judge(packed, size, false, &unpacked));
    packed[size / 2] ^= 0x55;
    assert_non_null(judge(packed, size - 1, true, &unpacked));
    assert_non_null(judge(packed, size - 5, true, &unpacked));
    assert_null(judge(packed, size, false, &unpacked));
}

TEST(other_formats_end_as_they_should) {
#define PACKED(name, bytes, least)                                                                 \
    { name, bytes, sizeof(bytes) - 1, least }
    static const struct {
        const char *name;
        const char *bytes;
        size_t size;
        size_t least; /* what is longer, and not whole, is seen to be cut short */
    } formats[] = {
        /* "hello", as each program packs it. */
        PACKED("zstd", "\x28\xb5\x2f\xfd\x04\x58\x29\x00\x00\x68\x65\x6c\x6c\x6f\xa3\x6d\x9f\x88",
               3),
        PACKED("zstd", "\x28\xb5\x2f\xfd\x24\x05\x29\x00\x00\x68\x65\x6c\x6c\x6f\xa3\x6d\x9f\x88",
               3),
        PACKED("lz4", "\x02\x21\x4c\x18\x06\x00\x00\x00\x50\x68\x65\x6c\x6c\x6f", 7),
        PACKED(
            "xz",
            "\xfd\x37\x7a\x58\x5a\x00\x00\x01\x69\x22\xde\x36\x02\x00\x21\x01\x16\x00\x00\x00\x74"
            "\x2f\xe5\xa3\x01\x00\x04\x68\x65\x6c\x6c\x6f\x00\x00\x00\x00\x86\xa6\x10\x36\x00\x01"
            "\x19\x05\xbc\xe8\xec\xcb\x90\x42\x99\x0d\x01\x00\x00\x00\x00\x01\x59\x5a",
            4),
        PACKED(
            "bzip2",
            "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x19\x31\x65\x3d\x00\x00\x00\x81\x00\x02\x44"
            "\xa0\x00\x21\x9a\x68\x33\x4d\x07\x33\x8b\xb9\x22\x9c\x28\x48\x0c\x98\xb2\x9e\x80",
            2),
        /* A block that repeats a byte, and a last one as it is; behind a dictionary and a size. */
        PACKED("zstd", "\x28\xb5\x2f\xfd\x63\1\1\1\1\x45\1\x22\x12\0x\x29\0\0hello", 3),
    };
    uint64_t unpacked = 0;

    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        assert_null(judge(formats[i].bytes, formats[i].size, true, &unpacked));
        assert_true(unpacked >= formats[i].size);
        for (size_t size = formats[i].least + 1; size < formats[i].size; size++) {
            const char *why = judge(formats[i].bytes, size, true, &unpacked);

            assert_non_null(why);
            assert_non_null(strstr(why, formats[i].name));
        }
    }
    /* lz4 goes on until something else begins. */
    assert_null(judge("\x02\x21\x4c\x18\1\0\0\0x\0\0\0\0hsqs", 17, true, &unpacked));
    assert_null(judge("\x5d\0\0", 3, true, &unpacked)); /* lzma has no end that one could see */
    assert_null(judge("", 0, true, &unpacked));
}

/* What is said of an archive of one program, packed or not. */
static const char *judge_program(unsigned machine, enum system_arch arch, bool is_packed) {
    char *bytes = arena_alloc(&arena, 0x1000);
    unsigned char *packed = arena_alloc(&arena, SIZE_MAX_HERE);
    size_t size = make_cpio(bytes, 100);

    memcpy(bytes + 116,
           "\x7f"
           "ELF\2\1\1",
           7);
    bytes[116 + 18] = (char)machine;
    bytes[116 + 19] = 0;
    if (!is_packed)
        return initrd_read((unsigned char *)bytes, size, arch, false, &arena).odd;
    size = make_gzip(bytes, size, 9, packed);
    return initrd_read(packed, size, arch, true, &arena).odd;
}

TEST(programs_are_of_the_architecture) {
    for (unsigned i = 0; i < 2; i++) {
        assert_null(judge_program(183, SYSTEM_ARCH_ARM64, i == 1));
        assert_null(judge_program(40, SYSTEM_ARCH_ARM64, i == 1)); /* in 32 bits */
        assert_null(judge_program(243, SYSTEM_ARCH_RISCV64, i == 1));
        assert_non_null(strstr(judge_program(243, SYSTEM_ARCH_ARM64, i == 1), "architectures"));
        assert_non_null(strstr(judge_program(62, SYSTEM_ARCH_RISCV64, i == 1), "architectures"));
    }
}

TEST(gzip_holds_what_linux_takes) {
    unsigned char *packed = arena_alloc(&arena, SIZE_MAX_HERE);
    size_t size = make_gzip("no archive", 10, 9, packed);

    assert_non_null(
        strstr(initrd_read(packed, size, SYSTEM_ARCH_ARM64, true, &arena).odd, "right file"));
    size = make_gzip("hsqs", 4, 9, packed);
    assert_null(initrd_read(packed, size, SYSTEM_ARCH_ARM64, true, &arena).odd);
    /* gzip in gzip is no matter of Linux's; a file that holds itself must come to an end. */
    memcpy(packed + 1000, packed, size);
    size = make_gzip(packed + 1000, size, 9, packed);
    assert_null(judge(packed, size, false, &(uint64_t){0}));
}
