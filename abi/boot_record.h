/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boot_record.h - what the very first instructions of Bulkhead need to know.
 *
 * The record lies in the image's first page, behind the 64 bytes of the Linux
 * `Image` header, and is filled in by the bulkhead tool. It has a checksum of
 * its own so that a message can be printed, and the image moved to its home,
 * before anything else in the image is trusted.
 *
 * Read by assembly with the MMU off: fields have fixed offsets, given here for
 * both languages and held together by static_assert.
 */
#pragma once

#define BOOT_RECORD_OFFSET      64         /* bytes from the image's start */
#define BOOT_RECORD_COPY_OFFSET 128        /* the same once more: says that the first is damaged */
#define BOOT_RECORD_MAGIC       0x52424842 /* "BHBR", little endian */
#define BOOT_RECORD_VERSION     1
#define BOOT_RECORD_SIZE        64

#define BOOT_RECORD_CONSOLE_KIND   8
#define BOOT_RECORD_CONSOLE_LAYOUT 12
#define BOOT_RECORD_CONSOLE_PHYS   16
#define BOOT_RECORD_HOME           24
#define BOOT_RECORD_IMAGE_SIZE     32

/*
 * Where the hypervisor is linked, in each architecture. No image has its home there: the MMU is
 * turned on by an instruction behind which nothing may be mapped, and there the same code would be.
 */
#define BOOT_LINKED_AT 0x2000000000

/* Values of console_kind, here and in the system table. */
#define CONSOLE_KIND_NONE  0
#define CONSOLE_KIND_PL011 1
#define CONSOLE_KIND_16550 2

/* console_layout of a 16550: log2 of the distance of its registers, and bytes of an access. */
#define CONSOLE_LAYOUT(shift, width) ((shift) | (width) << 8)

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct boot_record {
    uint32_t magic;          /* BOOT_RECORD_MAGIC */
    uint32_t version;        /* BOOT_RECORD_VERSION */
    uint32_t console_kind;   /* CONSOLE_KIND_* */
    uint32_t console_layout; /* CONSOLE_LAYOUT() of a 16550, else 0 */
    uint64_t console_phys;   /* machine address of the console's registers */
    uint64_t home;           /* machine address the image is planned for; 2 MiB aligned */
    uint64_t image_size;     /* bytes, the whole file: what is moved; a multiple of 4 KiB */
    uint64_t table_offset;   /* bytes from the image's start to struct system_table */
    uint64_t table_size;     /* bytes */
    uint32_t padding;        /* 0 */
    uint32_t checksum;       /* makes the sum of all 16 words of the record 0 (mod 2^32) */
};

_Static_assert(sizeof(struct boot_record) == BOOT_RECORD_SIZE, "fixed by the ABI");
_Static_assert(offsetof(struct boot_record, console_kind) == BOOT_RECORD_CONSOLE_KIND, "");
_Static_assert(offsetof(struct boot_record, console_layout) == BOOT_RECORD_CONSOLE_LAYOUT, "");
_Static_assert(offsetof(struct boot_record, console_phys) == BOOT_RECORD_CONSOLE_PHYS, "");
_Static_assert(offsetof(struct boot_record, home) == BOOT_RECORD_HOME, "");
_Static_assert(offsetof(struct boot_record, image_size) == BOOT_RECORD_IMAGE_SIZE, "");
#endif
