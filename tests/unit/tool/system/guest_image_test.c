/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest boots: each kind of file, and each way in which it can be wrong.
 */
#include "tests/unit/test.h"

#include <elf.h>

#include <zlib.h>

#include "tool/system/guest_image.h"

struct elf_file {
    Elf64_Ehdr header;
    Elf64_Phdr loads[3];
    unsigned char bytes[64];
};

static struct arena arena;
static struct guest_image image;

AFTER_EACH(end) {
    arena_free(&arena);
}

/* Text and data above each other, linked high and loaded low, and a segment that is no load. */
static void make_elf(struct elf_file *elf) {
    memset(elf, 0, sizeof(*elf));
    memcpy(elf->header.e_ident, ELFMAG, SELFMAG);
    elf->header.e_ident[EI_CLASS] = ELFCLASS64;
    elf->header.e_ident[EI_DATA] = ELFDATA2LSB;
    elf->header.e_type = ET_EXEC;
    elf->header.e_machine = EM_AARCH64;
    elf->header.e_entry = 0xffff000000001008;
    elf->header.e_phoff = offsetof(struct elf_file, loads);
    elf->header.e_phentsize = sizeof(Elf64_Phdr);
    elf->header.e_phnum = 3;
    elf->loads[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                                 .p_offset = offsetof(struct elf_file, bytes) + 32,
                                 .p_vaddr = 0xffff000000004000,
                                 .p_paddr = 0x40004000,
                                 .p_filesz = 32,
                                 .p_memsz = 0x1000};
    elf->loads[1] = (Elf64_Phdr){.p_type = PT_NOTE, .p_filesz = 1 << 20};
    elf->loads[2] = (Elf64_Phdr){.p_type = PT_LOAD,
                                 .p_offset = offsetof(struct elf_file, bytes),
                                 .p_vaddr = 0xffff000000001000,
                                 .p_paddr = 0x40001000,
                                 .p_filesz = 32,
                                 .p_memsz = 32};
}

static enum guest_image_result read_bytes(const void *bytes, size_t size) {
    const char *why = NULL;
    /* A copy of exactly this size, so that a sanitizer sees a read behind its end. */
    unsigned char *copy = arena_alloc(&arena, size);

    memcpy(copy, bytes, size);
    enum guest_image_result result =
        guest_image_read(&image, SYSTEM_ARCH_ARM64, copy, size, &arena, &why);
    assert_true(result == GUEST_IMAGE_OK || why != NULL);
    return result;
}

TEST(test_elf) {
    struct elf_file elf;

    make_elf(&elf);
    assert_int_equal(read_bytes(&elf, sizeof(elf)), GUEST_IMAGE_OK);
    assert_int_equal(image.kind, GUEST_IMAGE_ELF);
    assert_int_equal(image.segment_count, 2);
    assert_int_equal(image.segments[0].at, 0x40001000);
    assert_int_equal(image.segments[1].at, 0x40004000);
    assert_int_equal(image.segments[1].size, 32);
    assert_int_equal(image.segments[1].memory_size, 0x1000);
    assert_int_equal(image.entry, 0x40001008);
}

TEST(test_pie) {
    struct elf_file elf;

    make_elf(&elf);
    elf.header.e_type = ET_DYN;
    assert_int_equal(read_bytes(&elf, sizeof(elf)), GUEST_IMAGE_OK);
    assert_int_equal(image.kind, GUEST_IMAGE_PIE);
    guest_image_move(&image, 0x1000); /* down */
    assert_int_equal(image.segments[0].at, 0x1000);
    assert_int_equal(image.segments[1].at, 0x4000);
    assert_int_equal(image.entry, 0x1008);
    elf.header.e_entry = 0; /* in no segment, wherever those are */
    assert_int_equal(read_bytes(&elf, sizeof(elf)), GUEST_IMAGE_OK);
    guest_image_move(&image, 0x1000);
    assert_int_equal(image.entry, UINT64_MAX);
}

TEST(test_wrong_elf) {
    struct elf_file elf;

#define EXPECT(result, change)                                                                     \
    make_elf(&elf);                                                                                \
    change;                                                                                        \
    assert_int_equal(read_bytes(&elf, sizeof(elf)), GUEST_IMAGE_##result)

    EXPECT(ARCH, elf.header.e_machine = EM_RISCV);
    EXPECT(ARCH, elf.header.e_ident[EI_CLASS] = ELFCLASS32);
    EXPECT(ARCH, elf.header.e_ident[EI_DATA] = ELFDATA2MSB);
    EXPECT(FORMAT, elf.header.e_type = ET_REL);
    EXPECT(FORMAT, elf.header.e_phnum = 0);
    EXPECT(FORMAT, elf.header.e_phentsize = 1);
    EXPECT(TRUNCATED, elf.header.e_phoff = sizeof(elf));
    EXPECT(TRUNCATED, elf.header.e_phoff = UINT64_MAX - 8);
    EXPECT(TRUNCATED, elf.loads[0].p_filesz = 33);
    EXPECT(TRUNCATED, elf.loads[0].p_offset = UINT64_MAX);
    EXPECT(FORMAT, elf.loads[0].p_memsz = 31);
    EXPECT(FORMAT, elf.loads[0].p_paddr = UINT64_MAX - 8);
    EXPECT(FORMAT, elf.loads[0].p_paddr = 0x40001010);
    EXPECT(FORMAT, elf.loads[0].p_type = elf.loads[2].p_type = PT_NULL);
    EXPECT(OK, elf.header.e_entry = 4);
    assert_int_equal(image.entry, UINT64_MAX);
    for (size_t size = 0; size < sizeof(elf); size++) {
        make_elf(&elf);
        assert_int_not_equal(read_bytes(&elf, size),
                             size >= SELFMAG ? GUEST_IMAGE_OK : GUEST_IMAGE_ARCH);
    }
}

/* Segments of one image, as one. */
TEST(test_join) {
    struct elf_file elf;

    make_elf(&elf);
    memset(elf.bytes, 0xab, 64);
    assert_int_equal(read_bytes(&elf, sizeof(elf)), GUEST_IMAGE_OK);
    assert_int_equal(guest_image_file_span(&image), 0x3020);
    assert_int_equal(guest_image_memory_span(&image), 0x4000);
    guest_image_join(&image, &arena);
    assert_int_equal(image.segment_count, 1);
    assert_int_equal(image.segments[0].at, 0x40001000);
    assert_int_equal(image.segments[0].size, 0x3020);
    assert_int_equal(image.segments[0].memory_size, 0x4000);
    for (unsigned i = 0; i < 0x3020; i++)
        assert_int_equal(image.segments[0].bytes[i], i < 32 || i >= 0x3000 ? 0xab : 0);
    /* Nothing but cleared memory. */
    make_elf(&elf);
    elf.loads[0].p_filesz = elf.loads[2].p_filesz = 0;
    assert_int_equal(read_bytes(&elf, sizeof(elf)), GUEST_IMAGE_OK);
    assert_int_equal(guest_image_file_span(&image), 0);
    guest_image_join(&image, &arena);
    assert_int_equal(image.segments[0].size, 0);
}

/* What a file is, where the message says more than its result: others are in tests/config/bad. */
TEST(test_why) {
    struct elf_file elf;
    const char *why = NULL;

#define WHY(text, change)                                                                          \
    make_elf(&elf);                                                                                \
    change;                                                                                        \
    guest_image_read(&image, SYSTEM_ARCH_ARM64, (const unsigned char *)&elf, sizeof(elf), &arena,  \
                     &why);                                                                        \
    assert_non_null(strstr(why, text))

    WHY("for another architecture", elf.header.e_machine = EM_VAX);
    WHY("no ELF executable", elf.header.e_type = ET_CORE);
}

/* The header of a kernel and some bytes. */
static void make_kernel(unsigned char *bytes, size_t size, uint64_t offset, uint64_t memory,
                        const char *magic) {
    memset(bytes, 0x5a, size);
    memset(bytes, 0, 64);
    memcpy(bytes + 8, &offset, sizeof(offset));
    memcpy(bytes + 16, &memory, sizeof(memory));
    memcpy(bytes + 56, magic, 4);
}

TEST(test_kernel) {
    unsigned char bytes[200];

    make_kernel(bytes, sizeof(bytes), 0x80000, 0x1000, "ARM\x64");
    assert_int_equal(read_bytes(bytes, sizeof(bytes)), GUEST_IMAGE_OK);
    assert_int_equal(image.kind, GUEST_IMAGE_LINUX);
    assert_int_equal(image.entry, 0x80000);
    assert_int_equal(image.segments[0].size, sizeof(bytes));
    assert_int_equal(image.segments[0].memory_size, 0x1000);
    make_kernel(bytes, sizeof(bytes), 0, 10, "ARM\x64");
    assert_int_equal(read_bytes(bytes, sizeof(bytes)), GUEST_IMAGE_OK);
    assert_int_equal(image.segments[0].memory_size, sizeof(bytes));
    make_kernel(bytes, sizeof(bytes), 0, 0, "ARM\x64");
    assert_int_equal(read_bytes(bytes, sizeof(bytes)), GUEST_IMAGE_FORMAT);
    make_kernel(bytes, sizeof(bytes), 0x200000, 0x1000, "ARM\x64");
    assert_int_equal(read_bytes(bytes, sizeof(bytes)), GUEST_IMAGE_FORMAT);
    make_kernel(bytes, sizeof(bytes), 0, UINT64_MAX, "ARM\x64");
    assert_int_equal(read_bytes(bytes, sizeof(bytes)), GUEST_IMAGE_FORMAT);
    make_kernel(bytes, sizeof(bytes), 0, 0x1000, "RSC\x05");
    assert_int_equal(read_bytes(bytes, sizeof(bytes)), GUEST_IMAGE_ARCH);
    make_kernel(bytes, sizeof(bytes), 0, 0x1000, "ARM\x64");
    bytes[24] = 1;
    assert_int_equal(read_bytes(bytes, sizeof(bytes)), GUEST_IMAGE_ARCH);
}

/* A kernel that is an EFI program says by its sections where it ends. */
TEST(test_cut_kernel) {
    unsigned char bytes[200];

    make_kernel(bytes, sizeof(bytes), 0, 0x1000, "ARM\x64");
    bytes[60] = 64;
    memcpy(bytes + 64, "PE\0\0", 4);
    memset(bytes + 68, 0, sizeof(bytes) - 68);
    bytes[70] = 1;        /* sections */
    bytes[88 + 16] = 100; /* bytes of the first */
    bytes[88 + 20] = 100; /* from here */
    assert_int_equal(read_bytes(bytes, sizeof(bytes)), GUEST_IMAGE_OK);
    assert_int_equal(read_bytes(bytes, sizeof(bytes) - 1), GUEST_IMAGE_TRUNCATED);
    assert_int_equal(read_bytes(bytes, 120), GUEST_IMAGE_TRUNCATED);
    bytes[70] = 200;
    assert_int_equal(read_bytes(bytes, sizeof(bytes)), GUEST_IMAGE_TRUNCATED);
}

static size_t pack(const unsigned char *bytes, size_t size, unsigned char *packed, size_t room) {
    z_stream stream = {0};

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = packed;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

TEST(test_gzip) {
    size_t size = 1 << 20;
    unsigned char *bytes = arena_alloc(&arena, size);
    unsigned char packed[8192];

    make_kernel(bytes, size, 0, size, "ARM\x64");
    size_t packed_size = pack(bytes, size, packed, sizeof(packed));
    assert_int_equal(read_bytes(packed, packed_size), GUEST_IMAGE_OK);
    assert_int_equal(image.kind, GUEST_IMAGE_LINUX);
    assert_int_equal(image.segments[0].size, size);
    assert_memory_equal(image.segments[0].bytes, bytes, size);
    assert_int_equal(read_bytes(packed, packed_size - 1), GUEST_IMAGE_TRUNCATED);
    packed[packed_size / 2] ^= 0xff;
    assert_int_equal(read_bytes(packed, packed_size), GUEST_IMAGE_TRUNCATED);
}

/* A packed kernel that is an EFI program too, with nothing but one section. */
static size_t make_packed(unsigned char *bytes, size_t size, unsigned char *packed, size_t room) {
    const uint32_t section[] = {(uint32_t)size - 0x1000, 0x1000}; /* size, offset */

    make_kernel(bytes, size, 0, size + 0x4000, "ARM\x64");
    bytes[60] = 64;
    memset(bytes + 64, 0, 64);
    memcpy(bytes + 64, "PE\0\0", 4);
    bytes[70] = 1;
    memcpy(bytes + 88 + 16, section, sizeof(section));
    return pack(bytes, size, packed, room);
}

/* A check looks at the beginning of a packed kernel, and comes to the same. */
TEST(test_packed_head) {
    struct guest_image head;
    size_t size = 1 << 20;
    unsigned char *bytes = arena_alloc(&arena, size);
    unsigned char packed[8192];
    const char *why = NULL;
    size_t packed_size = make_packed(bytes, size, packed, sizeof(packed));

#define CHECK(size) guest_image_check(&head, SYSTEM_ARCH_ARM64, packed, size, &arena, &why)
    assert_int_equal(read_bytes(packed, packed_size), GUEST_IMAGE_OK);
    assert_int_equal(CHECK(packed_size), GUEST_IMAGE_OK);
    assert_int_equal(head.kind, image.kind);
    assert_int_equal(head.segments[0].size, image.segments[0].size);
    assert_int_equal(head.segments[0].memory_size, image.segments[0].memory_size);
    assert_null(head.segments[0].bytes);
    for (size_t cut = 2; cut < packed_size; cut += 19)
        assert_int_equal(CHECK(cut), GUEST_IMAGE_TRUNCATED);
    assert_int_equal(
        guest_image_check(&head, SYSTEM_ARCH_RISCV64, packed, packed_size, &arena, &why),
        GUEST_IMAGE_ARCH);
    make_kernel(bytes, size, 0, size, "ARM\x64"); /* no PE header: all of it is unpacked */
    packed_size = pack(bytes, size, packed, sizeof(packed));
    assert_int_equal(CHECK(packed_size), GUEST_IMAGE_OK);
    assert_memory_equal(head.segments[0].bytes, bytes, size);
#undef CHECK
}

TEST(test_many_segments) {
    const size_t count = GUEST_IMAGE_SEGMENTS_MAX + 1;
    const size_t size = sizeof(Elf64_Ehdr) + count * sizeof(Elf64_Phdr);
    struct elf_file small;
    unsigned char *bytes = arena_alloc(&arena, size);

    make_elf(&small);
    for (size_t i = 0; i < count; i++) {
        const Elf64_Phdr load = {.p_type = PT_LOAD, .p_paddr = 0x1000 * i, .p_memsz = 0x1000};

        memcpy(bytes + sizeof(Elf64_Ehdr) + i * sizeof(load), &load, sizeof(load));
    }
    small.header.e_phnum = (Elf64_Half)count;
    memcpy(bytes, &small.header, sizeof(small.header));
    assert_int_equal(read_bytes(bytes, size), GUEST_IMAGE_FORMAT);
    small.header.e_phnum--;
    memcpy(bytes, &small.header, sizeof(small.header));
    assert_int_equal(read_bytes(bytes, size), GUEST_IMAGE_OK);
}

TEST(test_raw) {
    assert_int_equal(read_bytes("raw", 3), GUEST_IMAGE_OK);
    assert_int_equal(image.kind, GUEST_IMAGE_RAW);
    assert_int_equal(image.segments[0].size, 3);
    assert_int_equal(read_bytes("", 0), GUEST_IMAGE_TRUNCATED);
}
