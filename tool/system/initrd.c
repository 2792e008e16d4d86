/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/system/initrd.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "tool/base/gzip.h"
#include "tool/base/range.h"
#include "tool/system/file_kind.h"

#define TRAILER      "TRAILER!!!" /* the name of an archive's last entry */
#define CPIO_HEADER  110u
#define CPIO_ALIGN   512u /* archives are filled up to there */
#define QUICK_MAX    (UINT32_C(4) << 20)
#define DEFLATE_MOST 1032u /* bytes that one packed byte can stand for */
#define LZ4_MAX      8421504u

struct reader {
    const unsigned char *bytes; /* what is left */
    size_t size;
    struct arena *arena;
    struct initrd *initrd;
    enum system_arch arch;
    bool quick;
    bool is_inner;  /* what gzip had packed */
    bool has_own;   /* programs for the architecture, */
    bool has_other; /* and for another one */
};

static void read_parts(struct reader *reader);

/* Little endian, as the machines are that this runs on. */
static uint32_t number_at(const struct reader *reader, size_t at, size_t size) {
    uint32_t number = 0;

    memcpy(&number, reader->bytes + at, size);
    return number;
}

/* --- the formats: how many bytes a part of each takes; 0: it is cut short --- */

/* A program, to which Linux may hand over. */
static void note_program(struct reader *reader, size_t at, size_t size) {
    Elf64_Half machine = EM_NONE;

    if (size < sizeof(Elf32_Ehdr) || memcmp(reader->bytes + at, ELFMAG, SELFMAG) != 0)
        return;
    memcpy(&machine, reader->bytes + at + offsetof(Elf32_Ehdr, e_machine), sizeof(machine));
    bool is_own = reader->arch == SYSTEM_ARCH_RISCV64 ? machine == EM_RISCV
                                                      : machine == EM_AARCH64 || machine == EM_ARM;
    reader->has_own = reader->has_own || is_own;
    reader->has_other = reader->has_other || !is_own;
}

/* A number of a cpio header, eight hexadecimal digits. */
static size_t cpio_number(const unsigned char *digits) {
    char text[9] = {0};

    memcpy(text, digits, 8);
    return (uint32_t)strtoul(text, NULL, 16);
}

static size_t take_cpio(struct reader *reader) {
    bool is_last = false;
    size_t at = 0;

    while (!is_last) {
        const unsigned char *header = reader->bytes + at;

        if (at + CPIO_HEADER > reader->size || memcmp(header, "07070", 5) != 0)
            return 0;
        size_t name_size = cpio_number(header + 94);
        size_t data_size = cpio_number(header + 54);
        size_t name_end = at + CPIO_HEADER + name_size;
        size_t end = data_size == 0 ? name_end : align_up(name_end, 4) + data_size;
        if (end > reader->size)
            return 0;
        note_program(reader, end - data_size, data_size);
        is_last = name_size == sizeof(TRAILER) &&
                  memcmp(header + CPIO_HEADER, TRAILER, sizeof(TRAILER)) == 0;
        at = align_up(end, 4);
    }
    return at < reader->size ? at : reader->size;
}

static size_t take_gzip(struct reader *reader) {
    uint32_t size = reader->size < 18 ? 0 : number_at(reader, reader->size - 4, 4);
    struct reader inner = *reader;
    struct gzip gzip;

    if (reader->is_inner || (reader->quick && size > QUICK_MAX && size % CPIO_ALIGN == 0 &&
                             size >= reader->size && size / DEFLATE_MOST <= reader->size)) {
        reader->initrd->unpacked += size;
        return reader->size;
    }
    if (!gzip_unpack(&gzip, reader->bytes, reader->size, GZIP_SIZE_MAX, reader->arena))
        return gzip.size == GZIP_SIZE_MAX ? reader->size : 0; /* there is more than is looked at */
    inner.bytes = gzip.bytes;
    inner.size = gzip.size;
    inner.is_inner = true;
    reader->initrd->odd = file_kind_of_initrd(gzip.bytes, gzip.size);
    read_parts(&inner);
    reader->has_own = inner.has_own;
    reader->has_other = inner.has_other;
    return gzip.taken;
}

/* RFC 8878: a frame's header, and blocks that say how long they are, and which is the last. */
static size_t take_zstd(struct reader *reader) {
    static const size_t dictionary_sizes[] = {0, 1, 2, 4};
    static const size_t content_sizes[] = {0, 2, 4, 8};
    unsigned flags = reader->size < 5 ? 0 : reader->bytes[4];
    size_t single = flags >> 5 & 1;
    size_t content = flags >> 6 == 0 ? single : content_sizes[flags >> 6];
    size_t at = 6 - single + dictionary_sizes[flags & 3] + content;
    uint32_t block = 0;

    while ((block & 1) == 0) {
        if (at + 3 > reader->size)
            return 0;
        block = number_at(reader, at, 3);
        at += 3 + ((block >> 1 & 3) == 1 ? 1 : block >> 3);
    }
    at += (flags & 4) != 0 ? 4 : 0;
    return at <= reader->size ? at : 0;
}

/* Blocks, each behind its size, until there are zeros or another part. */
static size_t take_lz4(struct reader *reader) {
    size_t at = 4;

    while (reader->size - at >= 4) {
        uint32_t block = number_at(reader, at, 4);

        if (block == 0 || block > LZ4_MAX)
            break;
        if (block > reader->size - at - 4)
            return 0;
        at += 4 + block;
    }
    return at;
}

/* A format that does not say its length takes all: its last bytes are looked at. */
static size_t take_xz(struct reader *reader) {
    size_t size = reader->size;

    while (reader->bytes[size - 1] == 0)
        size--;
    return memcmp(reader->bytes + size - 2, "YZ", 2) == 0 ? reader->size : 0;
}

/* A mark of 48 bits and a sum of 32, and then bits until the byte is full. */
static size_t take_bzip2(struct reader *reader) {
    uint64_t bits = 0;

    for (size_t i = 0; i < 8 && reader->size >= 14; i++)
        bits = bits << 8 | reader->bytes[reader->size - 11 + i];
    for (unsigned filled = 8; filled < 16; filled++)
        if ((bits >> filled & UINT64_C(0xffffffffffff)) == UINT64_C(0x177245385090))
            return reader->size;
    return 0;
}

static size_t take_rest(struct reader *reader) {
    return reader->size;
}

static const struct format {
    const char *magic;
    const char *name;
    size_t (*take)(struct reader *reader);
} formats[] = {
    {"070701", "cpio archive", take_cpio}, {"070702", "cpio archive", take_cpio},
    {"\x1f\x8b", "gzip", take_gzip},       {"\x28\xb5\x2f\xfd", "zstd", take_zstd},
    {"\x02\x21\x4c\x18", "lz4", take_lz4}, {"\xfd\x37zXZ", "xz", take_xz},
    {"BZh", "bzip2", take_bzip2},          {"", "", take_rest}, /* lzma, lzop, file systems */
};

static const struct format *format_of(const struct reader *reader) {
    const struct format *format = formats;

    while (strlen(format->magic) > reader->size ||
           memcmp(reader->bytes, format->magic, strlen(format->magic)) != 0)
        format++;
    return format;
}

static void read_parts(struct reader *reader) {
    while (reader->size != 0 && reader->initrd->cut == NULL) {
        const struct format *format = format_of(reader);
        uint64_t before = reader->initrd->unpacked;
        size_t taken = format->take(reader);

        if (taken == 0 && reader->initrd->cut == NULL) {
            reader->initrd->cut = arena_printf(
                reader->arena, "is cut short or damaged: its %s has no end; make or copy it again",
                format->name);
        }
        if (reader->initrd->unpacked == before) /* the others unpack to no less */
            reader->initrd->unpacked += taken;
        reader->bytes += taken;
        reader->size -= taken;
        while (reader->size != 0 && reader->bytes[0] == 0) { /* what fills up between them */
            reader->bytes++;
            reader->size--;
        }
    }
}

struct initrd initrd_read(const unsigned char *bytes, size_t size, enum system_arch arch,
                          bool quick, struct arena *arena) {
    struct initrd initrd = {0};
    struct reader reader = {bytes, size, arena, &initrd, arch, quick, false, false, false};

    read_parts(&reader);
    if (reader.has_other && !reader.has_own)
        initrd.odd = "has programs for other architectures only; give one for the board's";
    return initrd;
}
