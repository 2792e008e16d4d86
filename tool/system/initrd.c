/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/system/initrd.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "tool/base/array.h"
#include "tool/base/range.h"

#define TRAILER      "TRAILER!!!" /* the name of an archive's last entry */
#define TRAILER_SIZE (sizeof(TRAILER) - 1)
#define CPIO_HEADER  110u
#define CPIO         "cpio archive"

#define QUICK_MAX     (UINT64_C(4) << 20)
#define ARCHIVE_ALIGN 512u  /* cpio fills its archives up to there */
#define DEFLATE_MOST  1032u /* bytes that one packed byte can stand for */
#define LZ4_BLOCK_MAX 8421504u

/* What is left of an initrd, which begins with one part of it. */
struct part {
    const unsigned char *bytes;
    size_t size;
    bool quick;
    const char *what;  /* it is */
    uint64_t unpacked; /* of this part */
};

static uint32_t little_endian(const unsigned char *bytes, size_t size) {
    uint32_t value = 0;

    while (size-- > 0)
        value = value << 8 | bytes[size];
    return value;
}

/* How many of the bytes there are before the zeros that they end on. */
static size_t without_zeros(const unsigned char *bytes, size_t size) {
    while (size != 0 && bytes[size - 1] == 0)
        size--;
    return size;
}

/* --- the formats: how long a part of each is; 0: it is cut short --- */

/* A number of a cpio header, eight hexadecimal digits. */
static size_t cpio_number(const unsigned char *digits) {
    char text[9] = {0};

    memcpy(text, digits, 8);
    return (uint32_t)strtoul(text, NULL, 16);
}

static size_t take_cpio(struct part *part) {
    bool is_last = false;
    size_t at = 0;

    while (!is_last) {
        const unsigned char *header = part->bytes + at;

        if (at + CPIO_HEADER > part->size || memcmp(header, "07070", 5) != 0)
            return 0;
        size_t name_size = cpio_number(header + 94);
        size_t data_size = cpio_number(header + 54);
        size_t name_end = at + CPIO_HEADER + name_size;
        size_t end = data_size == 0 ? name_end : align_up(name_end, 4) + data_size;
        if (end > part->size)
            return 0;
        is_last =
            name_size > TRAILER_SIZE && memcmp(header + CPIO_HEADER, TRAILER, TRAILER_SIZE) == 0;
        at = align_up(end, 4);
    }
    part->unpacked = at < part->size ? at : part->size;
    return part->unpacked;
}

/* The last bytes of what was unpacked, but for zeros. */
struct tail {
    unsigned char bytes[TRAILER_SIZE];
};

static void note_tail(struct tail *tail, const unsigned char *bytes, size_t size) {
    size = without_zeros(bytes, size);
    size_t kept = size < TRAILER_SIZE ? TRAILER_SIZE - size : 0;

    memmove(tail->bytes, tail->bytes + TRAILER_SIZE - kept, kept);
    memcpy(tail->bytes + kept, bytes + size - (TRAILER_SIZE - kept), TRAILER_SIZE - kept);
}

/* Unpacks a part to its end, and looks there for the end of an archive. */
static size_t unpack(struct part *part) {
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)part->bytes, .avail_in = (uInt)part->size};
    unsigned char window[0x8000];
    struct tail tail = {{0}};
    bool is_cpio = false;
    int result = inflateInit2(&stream, 15 + 16);

    while (result == Z_OK) {
        stream.next_out = window;
        stream.avail_out = sizeof(window);
        bool is_first = stream.total_out == 0;
        result = inflate(&stream, Z_NO_FLUSH);
        size_t size = sizeof(window) - stream.avail_out;
        is_cpio = is_first ? size >= 5 && memcmp(window, "07070", 5) == 0 : is_cpio;
        note_tail(&tail, window, size);
    }
    part->unpacked = stream.total_out;
    inflateEnd(&stream);
    if (result != Z_STREAM_END)
        return 0;
    if (!is_cpio || memcmp(tail.bytes, TRAILER, TRAILER_SIZE) == 0)
        return stream.total_in;
    part->what = CPIO;
    return 0;
}

static size_t take_gzip(struct part *part) {
    if (part->size < 18)
        return 0;
    part->unpacked = little_endian(part->bytes + part->size - 4, 4);
    if (part->quick && part->unpacked > QUICK_MAX && part->unpacked % ARCHIVE_ALIGN == 0 &&
        part->unpacked >= part->size && part->unpacked / DEFLATE_MOST <= part->size)
        return part->size;
    return unpack(part);
}

/* RFC 8878: a frame's header, and blocks that say how long they are, and which is the last. */
static size_t take_zstd(struct part *part) {
    static const size_t dictionary_sizes[] = {0, 1, 2, 4};
    static const size_t content_sizes[] = {0, 2, 4, 8};
    unsigned flags = part->size < 5 ? 0 : part->bytes[4];
    bool single = (flags & 0x20) != 0;
    size_t content = flags >> 6 == 0 ? (single ? 1 : 0) : content_sizes[flags >> 6];
    size_t at = 5u + (single ? 0 : 1) + dictionary_sizes[flags & 3] + content;
    uint32_t block = 0;

    while ((block & 1) == 0) {
        if (at + 3 > part->size)
            return 0;
        block = little_endian(part->bytes + at, 3);
        at += 3 + ((block >> 1 & 3) == 1 ? 1 : block >> 3);
    }
    at += (flags & 4) != 0 ? 4 : 0;
    part->unpacked = at;
    return at <= part->size ? at : 0;
}

/* Blocks, each behind its size. */
static size_t take_lz4(struct part *part) {
    size_t at = 4;

    while (part->size - at >= 4) {
        uint32_t block = little_endian(part->bytes + at, 4);

        if (block == 0 || block > LZ4_BLOCK_MAX) /* zeros, or the next part */
            break;
        if (block > part->size - at - 4)
            return 0;
        at += 4 + block;
    }
    part->unpacked = at;
    return at;
}

/* Of what does not say how long it is, the end of all is looked at. */
static size_t take_xz(struct part *part) {
    size_t size = without_zeros(part->bytes, part->size);

    part->unpacked = part->size;
    return memcmp(part->bytes + size - 2, "YZ", 2) == 0 ? part->size : 0;
}

static size_t take_lzop(struct part *part) {
    part->unpacked = part->size;
    return little_endian(part->bytes + part->size - 4, 4) == 0 ? part->size : 0;
}

/* A mark of 48 bits and a sum of 32, and then bits until the byte is full. */
static size_t take_bzip2(struct part *part) {
    uint64_t bits = 0;

    part->unpacked = part->size;
    for (size_t i = 0; i < 8 && part->size > 14; i++)
        bits = bits << 8 | part->bytes[part->size - 11 + i];
    for (unsigned filled = 0; filled < 8; filled++)
        if ((bits >> (8 + filled) & UINT64_C(0xffffffffffff)) == UINT64_C(0x177245385090))
            return part->size;
    return 0;
}

static size_t take_rest(struct part *part) {
    part->unpacked = part->size;
    return part->size;
}

static const struct format {
    const char *magic;
    const char *name;
    size_t (*take)(struct part *part);
} formats[] = {
    {"070701", CPIO, take_cpio},
    {"070702", CPIO, take_cpio},
    {"\x1f\x8b", "gzip", take_gzip},
    {"\x28\xb5\x2f\xfd", "zstd", take_zstd},
    {"\x02\x21\x4c\x18", "lz4", take_lz4},
    {"\xfd\x37zXZ", "xz", take_xz},
    {"\x89LZO", "lzop", take_lzop},
    {"BZh", "bzip2", take_bzip2},
    {"", "", take_rest}, /* lzma, and file systems */
};

static const struct format *format_of(const struct part *part) {
    const struct format *format = formats;

    while (strlen(format->magic) > part->size ||
           memcmp(part->bytes, format->magic, strlen(format->magic)) != 0)
        format++;
    return format;
}

uint64_t initrd_unpacked(const unsigned char *bytes, size_t size, bool quick, struct arena *arena,
                         const char **why) {
    struct part part = {.bytes = bytes, .size = size, .quick = quick};
    uint64_t unpacked = 0;

    while (part.size != 0) {
        const struct format *format = format_of(&part);

        part.what = format->name;
        size_t taken = format->take(&part);
        if (taken == 0) {
            *why = arena_printf(arena,
                                "is cut short or damaged: its %s has no end; make or copy it again",
                                part.what);
            return 0;
        }
        unpacked += part.unpacked;
        part.bytes += taken;
        part.size -= taken;
        while (part.size != 0 && part.bytes[0] == 0) { /* what fills up between them */
            part.bytes++;
            part.size--;
        }
    }
    return unpacked;
}
