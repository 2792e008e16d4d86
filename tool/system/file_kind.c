/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/system/file_kind.h"

#include <ctype.h>
#include <string.h>

#include "tool/tree/tree.h"

#define TEXT_SIZE 512u /* of a file, which tell whether it is text */

/* Bytes at an offset that tell a kind of file. */
struct kind {
    size_t offset;
    size_t size;
    const char *bytes;
    const char *text;
};

#define KIND(offset, bytes, text)                                                                  \
    { offset, sizeof(bytes) - 1, bytes, text }

#define COMPRESSED(program)                                                                        \
    "is compressed by " program                                                                    \
    ", which Bulkhead does not unpack; unpack it, or compress it by gzip"
#define HEX      "is Intel HEX" AS_BYTES
#define SREC     "is Motorola S-records" AS_BYTES
#define AS_BYTES "; give the ELF file that it was made of, or a flat binary with load:"
#define FETCH    "get the file itself"

/* Kinds that are no image wherever they are loaded. In this order: a special case first. */
static const struct kind no_images[] = {
    KIND(0x202, "HdrS",
         "is a bzImage, a kernel for x86; give an Image for the board's architecture"),
    KIND(0, "MZ\0\0zimg",
         "is an EFI zboot kernel, which only an EFI firmware unpacks; give the kernel's Image"),
    KIND(0, "MZ", "is an EFI program and no Linux Image; give a kernel's Image, or an ELF file"),
    KIND(36, "\x18\x28\x6f\x01",
         "is a zImage, a kernel for 32-bit Arm; give an Image for the board's architecture"),
    KIND(0, "\x27\x05\x19\x56",
         "is wrapped for U-Boot by mkimage; give the file that it was made of"),
    KIND(0, "ANDROID!", "is an Android boot image; give the kernel that is in it"),
    KIND(0, "!<arch>\n", "is a library; link it to a program first"),
    KIND(0, "\xfd\x37zXZ", COMPRESSED("xz")),
    KIND(0, "\x28\xb5\x2f\xfd", COMPRESSED("zstd")),
    KIND(0, "BZh", COMPRESSED("bzip2")),
    KIND(0, "\x02\x21\x4c\x18", COMPRESSED("lz4")),
    KIND(0, "\x04\x22\x4d\x18", COMPRESSED("lz4")),
    KIND(0, "\x89LZO", COMPRESSED("lzop")),
    KIND(0, "07070", "is a cpio archive; is it the initrd?"),
    KIND(0, ":02", HEX), /* the two records that such files begin with */
    KIND(0, ":10", HEX),
    KIND(0, "S00", SREC),
    KIND(0, "S01", SREC),
    KIND(0, "#!", "is a script; give a program that runs without an operating system"),
    KIND(0, "<!DOCTYPE", "is a page of the web; was it a failed download? " FETCH),
    KIND(0, "<html", "is a page of the web; was it a failed download? " FETCH),
    KIND(0, "version https://git-lfs", "is a pointer of Git LFS; " FETCH " (git lfs pull)"),
};

/* What Linux takes for an initrd: archives and file systems, compressed or not. */
static const struct kind initrds[] = {
    KIND(0, "07070", NULL),
    KIND(0, "\x1f\x8b", NULL),
    KIND(0, "\xfd\x37zXZ", NULL),
    KIND(0, "\x28\xb5\x2f\xfd", NULL),
    KIND(0, "BZh", NULL),
    KIND(0, "\x5d\0\0", NULL), /* lzma */
    KIND(0, "\x02\x21\x4c\x18", NULL),
    KIND(0, "\x89LZO", NULL),
    KIND(0, "\xc7\x71", NULL),
    KIND(0, "-rom1fs-", NULL),
    KIND(0, "hsqs", NULL),
    KIND(0, "\x45\x3d\xcd\x28", NULL),
    KIND(0x438, "\x53\xef", NULL),
    KIND(0x410, "\x7f\x13", NULL),
};

/* Kinds that are near to one. */
static const struct kind no_initrds[] = {
    KIND(0, "\x27\x05\x19\x56",
         "is wrapped for U-Boot by mkimage, which Linux does not unwrap; give the file that it was "
         "made of"),
    KIND(0, "070707",
         "is a cpio archive of the old format, which Linux does not read; make it "
         "with cpio -H newc"),
    KIND(0, "\x04\x22\x4d\x18",
         "is lz4 of a format that Linux does not unpack; compress it with lz4 -l"),
    KIND(257, "ustar", "is a tar archive, which Linux does not read; make one with cpio -H newc"),
};

static const struct kind *find(const struct kind *kinds, size_t count, const unsigned char *bytes,
                               size_t size) {
    for (size_t i = 0; i < count; i++) {
        const struct kind *kind = &kinds[i];

        if (size >= kind->offset && size - kind->offset >= kind->size &&
            memcmp(bytes + kind->offset, kind->bytes, kind->size) == 0)
            return kind;
    }
    return NULL;
}

/* Whether it begins with lines of text. */
static bool is_text(const unsigned char *bytes, size_t size) {
    size_t most = size < TEXT_SIZE ? size : TEXT_SIZE;
    bool has_lines = false;

    for (size_t i = 0; i < most; i++) {
        if (bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != '\t' && !isprint(bytes[i]))
            return false;
        has_lines = has_lines || bytes[i] == '\n';
    }
    return has_lines;
}

const char *file_kind_of_image(const unsigned char *bytes, size_t size) {
    const struct kind *kind = find(no_images, COUNT(no_images), bytes, size);

    if (kind != NULL)
        return kind->text;
    if (is_text(bytes, size))
        return "is text, and no program; give the file that is built of it";
    if (tree_check(bytes, size) != 0)
        return NULL;
    return fdt_path_offset(bytes, "/images") < 0
               ? "is a device tree; give a program (dtb: is for the tree)"
               : "is a FIT image for U-Boot; give the files that it was made of";
}

const char *file_kind_of_initrd(const unsigned char *bytes, size_t size) {
    const struct kind *kind = find(no_initrds, COUNT(no_initrds), bytes, size);

    if (kind != NULL)
        return kind->text;
    if (find(initrds, COUNT(initrds), bytes, size) != NULL)
        return NULL;
    return "is no archive and no file system that Linux takes for an initrd; is it the right file?";
}
