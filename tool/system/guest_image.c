/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/system/guest_image.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "tool/base/gzip.h"
#include "tool/system/file_kind.h"

#define UNPACKED_MAX (UINT64_C(1) << 30)

/* The header of a Linux `Image`; the same size on every architecture. */
struct image_header {
    uint32_t code[2];
    uint64_t text_offset;
    uint64_t image_size;
    uint64_t flags;
    uint64_t reserved[3];
    uint32_t magic;
    uint32_t pe_offset;
};

#define IMAGE_MAGIC_ARM64 0x644d5241u /* "ARM\x64" */
#define IMAGE_MAGIC_RISCV 0x05435352u /* "RSC\x05" */
#define IMAGE_FLAG_BIG    1u          /* big endian */
#define IMAGE_ALIGN       UINT64_C(0x200000)

/* No machine has RAM there: where kernels have their virtual addresses. */
#define KERNEL_ADDRESS (UINT64_C(1) << 56)

/* Remedies, which stand behind the fault. */
#define GIVE_ARM64   "; give one for 64-bit Arm, little endian"
#define GIVE_RISCV64 "; give one for 64-bit RISC-V"
#define AGAIN        "; make or copy it again"

/* A file's content; of a packed one perhaps only its beginning. */
struct content {
    const unsigned char *bytes;
    size_t there;
    size_t size;
};

#define HEAD_SIZE 0x10000u

/* Unpacks what gzip begins with, HEAD_SIZE bytes; its last four say how much it holds. False: that
 * is less, or it is not as it should be. */
static bool unpack_head(struct content *content, struct arena *arena) {
    struct gzip gzip;
    uint32_t size = 0;

    if (content->size < 18)
        return false;
    memcpy(&size, content->bytes + content->size - sizeof(size), sizeof(size));
    gzip_unpack(&gzip, content->bytes, content->size, HEAD_SIZE, arena);
    *content = (struct content){gzip.bytes, gzip.size, size};
    return content->there == HEAD_SIZE && size > HEAD_SIZE;
}

/*
 * Where the last byte is that the kernel's PE header (it is an EFI program too) speaks of: the
 * Image header itself says only how much memory the kernel takes. 0: nothing is known; UINT64_MAX:
 * the PE header itself is not all there.
 */
static uint64_t kernel_end(const struct content *content, uint32_t pe_offset) {
    const unsigned char *bytes = content->bytes;
    uint16_t sections = 0;
    uint16_t optional = 0;
    uint64_t end = 0;

    if (pe_offset > content->there || content->there - pe_offset < 24 ||
        memcmp(bytes + pe_offset, "PE\0\0", 4) != 0)
        return 0;
    memcpy(&sections, bytes + pe_offset + 6, sizeof(sections));
    memcpy(&optional, bytes + pe_offset + 20, sizeof(optional));
    size_t at = (size_t)pe_offset + 24 + optional;
    for (unsigned i = 0; i < sections; i++, at += 40) {
        uint32_t raw[2]; /* size, offset */

        if (at + 40 > content->there)
            return UINT64_MAX;
        memcpy(raw, bytes + at + 16, sizeof(raw));
        end = (uint64_t)raw[0] + raw[1] > end ? (uint64_t)raw[0] + raw[1] : end;
    }
    return end;
}

/* Whether a head is a kernel's, with a size at its end that such a kernel could have. */
static bool is_kernel_head(const struct content *content) {
    struct image_header header;

    memcpy(&header, content->bytes, sizeof(header));
    uint64_t end = kernel_end(content, header.pe_offset);
    return (header.magic == IMAGE_MAGIC_ARM64 || header.magic == IMAGE_MAGIC_RISCV) && end != 0 &&
           end <= content->size && content->size <= header.image_size;
}

static enum guest_image_result read_linux(struct guest_image *image, enum system_arch arch,
                                          const struct content *content, struct arena *arena,
                                          const char **why) {
    /* A RISC-V kernel leaves its first 2 MiB to firmware. */
    const uint64_t limit = arch == SYSTEM_ARCH_RISCV64 ? 2 * IMAGE_ALIGN : IMAGE_ALIGN;
    struct image_header header;

    memcpy(&header, content->bytes, sizeof(header));
    if ((header.magic == IMAGE_MAGIC_RISCV) != (arch == SYSTEM_ARCH_RISCV64)) {
        *why = header.magic == IMAGE_MAGIC_RISCV ? "is a kernel for RISC-V" GIVE_ARM64
                                                 : "is a kernel for Arm" GIVE_RISCV64;
        return GUEST_IMAGE_ARCH;
    }
    if ((header.flags & IMAGE_FLAG_BIG) != 0) {
        *why = "is a big-endian kernel" GIVE_ARM64;
        return GUEST_IMAGE_ARCH;
    }
    if (header.image_size == 0 || header.text_offset >= limit || header.image_size > UNPACKED_MAX) {
        *why = "has an Image header of a kernel older than 3.17, or a broken one; give a newer "
               "kernel";
        return GUEST_IMAGE_FORMAT;
    }
    if (kernel_end(content, header.pe_offset) > content->size) {
        *why = "is cut short: it ends inside the kernel" AGAIN;
        return GUEST_IMAGE_TRUNCATED;
    }
    struct guest_segment *segment = ARENA_ADD(arena, image->segments, image->segment_count);
    *segment = (struct guest_segment){header.text_offset, content->bytes, content->size,
                                      header.image_size > content->size ? header.image_size
                                                                        : content->size};
    image->kind = GUEST_IMAGE_LINUX;
    image->kernel_size = segment->memory_size;
    image->entry = header.text_offset;
    return GUEST_IMAGE_OK;
}

static int compare_segments(const void *left, const void *right) {
    const struct guest_segment *a = left;
    const struct guest_segment *b = right;

    return a->at < b->at ? -1 : a->at > b->at;
}

/* The entry is a virtual address: it is taken to where its segment's bytes go. */
static uint64_t physical_entry(const Elf64_Phdr *load, uint64_t entry) {
    return entry - load->p_vaddr < load->p_memsz ? entry - load->p_vaddr + load->p_paddr
                                                 : UINT64_MAX;
}

/* "is a 32-bit ELF file for Arm; give one for ...". */
static const char *foreign_text(const Elf64_Ehdr *header, enum system_arch arch,
                                struct arena *arena) {
    static const struct {
        unsigned machine;
        const char *name;
    } machines[] = {
        {EM_AARCH64, "Arm (AArch64)"},
        {EM_ARM, "Arm (AArch32)"},
        {EM_RISCV, "RISC-V"},
        {EM_X86_64, "x86-64"},
        {EM_386, "x86"},
        {EM_PPC64, "PowerPC"},
        {EM_MIPS, "MIPS"},
        {EM_S390, "S/390"},
        {EM_LOONGARCH, "LoongArch"},
    };
    const char *name = "another architecture";
    bool big = header->e_ident[EI_DATA] == ELFDATA2MSB;
    unsigned machine = big ? __builtin_bswap16(header->e_machine) : header->e_machine;

    for (size_t i = 0; i < COUNT(machines); i++)
        name = machines[i].machine == machine ? machines[i].name : name;
    return arena_printf(arena, "is a %s-bit%s ELF file for %s%s",
                        header->e_ident[EI_CLASS] == ELFCLASS64 ? "64" : "32",
                        big ? ", big-endian" : "", name,
                        arch == SYSTEM_ARCH_RISCV64 ? GIVE_RISCV64 : GIVE_ARM64);
}

static enum guest_image_result check_elf(const Elf64_Ehdr *header, enum system_arch arch,
                                         size_t size, struct arena *arena, const char **why) {
    unsigned wanted = arch == SYSTEM_ARCH_RISCV64 ? EM_RISCV : EM_AARCH64;

    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_machine != wanted) {
        *why = foreign_text(header, arch, arena);
        return GUEST_IMAGE_ARCH;
    }
    if (header->e_type != ET_EXEC && header->e_type != ET_DYN) {
        *why = header->e_type == ET_REL ? "is an ELF object file; link it to a program first"
                                        : "is no ELF executable; give a program";
        return GUEST_IMAGE_FORMAT;
    }
    if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0) {
        *why = "is an ELF file without program headers, which say what is loaded; link it anew";
        return GUEST_IMAGE_FORMAT;
    }
    if (header->e_phoff > size ||
        (uint64_t)header->e_phnum * sizeof(Elf64_Phdr) > size - header->e_phoff) {
        *why = "is cut short: its program headers are missing" AGAIN;
        return GUEST_IMAGE_TRUNCATED;
    }
    return GUEST_IMAGE_OK;
}

/* Adds what one program header says is loaded. */
static enum guest_image_result read_segment(struct guest_image *image, const Elf64_Phdr *load,
                                            const unsigned char *bytes, size_t size,
                                            struct arena *arena, const char **why) {
    if (load->p_type == PT_INTERP) {
        *why = "is a program for an operating system: it wants a dynamic linker; link it "
               "statically, for bare metal";
        return GUEST_IMAGE_FORMAT;
    }
    if (load->p_type != PT_LOAD || load->p_memsz == 0)
        return GUEST_IMAGE_OK;
    if (load->p_offset > size || load->p_filesz > size - load->p_offset) {
        *why = "is cut short: a segment's bytes are missing" AGAIN;
        return GUEST_IMAGE_TRUNCATED;
    }
    if (load->p_filesz > load->p_memsz || load->p_paddr > UINT64_MAX - load->p_memsz) {
        *why = "has an impossible ELF segment; link it anew";
        return GUEST_IMAGE_FORMAT;
    }
    if (load->p_paddr >= KERNEL_ADDRESS) {
        *why = "has no physical addresses in its program headers; is it a Linux kernel's vmlinux? "
               "Give its Image instead";
        return GUEST_IMAGE_FORMAT;
    }
    if (image->segment_count == GUEST_IMAGE_SEGMENTS_MAX) {
        *why = "has more segments to load than Bulkhead takes (64); link it with fewer";
        return GUEST_IMAGE_FORMAT;
    }
    *ARENA_ADD(arena, image->segments, image->segment_count) = (struct guest_segment){
        load->p_paddr, bytes + load->p_offset, load->p_filesz, load->p_memsz};
    if (image->entry == UINT64_MAX)
        image->entry = physical_entry(load, image->written);
    return GUEST_IMAGE_OK;
}

static enum guest_image_result read_elf(struct guest_image *image, enum system_arch arch,
                                        const unsigned char *bytes, size_t size,
                                        struct arena *arena, const char **why) {
    Elf64_Ehdr header;

    if (size < sizeof(header)) {
        *why = "is cut short: its ELF header is incomplete" AGAIN;
        return GUEST_IMAGE_TRUNCATED;
    }
    memcpy(&header, bytes, sizeof(header));
    enum guest_image_result result = check_elf(&header, arch, size, arena, why);
    image->kind = header.e_type == ET_DYN ? GUEST_IMAGE_PIE : GUEST_IMAGE_ELF;
    image->entry = UINT64_MAX;
    image->written = header.e_entry;
    for (size_t i = 0; i < header.e_phnum && result == GUEST_IMAGE_OK; i++) {
        Elf64_Phdr load;

        memcpy(&load, bytes + header.e_phoff + i * sizeof(load), sizeof(load));
        result = read_segment(image, &load, bytes, size, arena, why);
    }
    if (result != GUEST_IMAGE_OK)
        return result;
    if (image->segment_count == 0) {
        *why = "is an ELF file with nothing to load; link it anew";
        return GUEST_IMAGE_FORMAT;
    }
    qsort(image->segments, image->segment_count, sizeof(*image->segments), compare_segments);
    for (size_t i = 1; i < image->segment_count; i++) {
        const struct guest_segment *before = &image->segments[i - 1];

        if (before->at + before->memory_size > image->segments[i].at) {
            *why = "has ELF segments whose physical addresses overlap; mend its linker script";
            return GUEST_IMAGE_FORMAT;
        }
    }
    return GUEST_IMAGE_OK;
}

enum guest_image_result guest_image_read(struct guest_image *image, enum system_arch arch,
                                         const unsigned char *bytes, size_t size,
                                         struct arena *arena, const char **why) {
    struct content content = {bytes, size, size};
    uint32_t magic = 0;

    *image = (struct guest_image){0};
    if (gzip_is(bytes, size)) {
        struct gzip gzip;

        if (!gzip_unpack(&gzip, bytes, size, GZIP_SIZE_MAX, arena)) {
            *why = "is gzip that cannot be unpacked: cut short, damaged, or over 1 GiB" AGAIN;
            return GUEST_IMAGE_TRUNCATED;
        }
        content = (struct content){gzip.bytes, gzip.size, gzip.size};
        bytes = content.bytes;
        size = content.size;
    }
    if (size == 0) {
        *why = "is empty" AGAIN;
        return GUEST_IMAGE_TRUNCATED;
    }
    if (size >= SELFMAG && memcmp(bytes, ELFMAG, SELFMAG) == 0)
        return read_elf(image, arch, bytes, size, arena, why);
    if (size >= sizeof(struct image_header))
        memcpy(&magic, bytes + offsetof(struct image_header, magic), sizeof(magic));
    if (magic == IMAGE_MAGIC_ARM64 || magic == IMAGE_MAGIC_RISCV)
        return read_linux(image, arch, &content, arena, why);
    if ((*why = file_kind_of_image(bytes, size)) != NULL)
        return GUEST_IMAGE_FORMAT;
    image->kind = GUEST_IMAGE_RAW;
    *ARENA_ADD(arena, image->segments, image->segment_count) =
        (struct guest_segment){0, bytes, size, size};
    return GUEST_IMAGE_OK;
}

void guest_image_move(struct guest_image *image, uint64_t at) {
    uint64_t distance = at - image->segments[0].at; /* modulo 2^64 */

    for (size_t i = 0; i < image->segment_count; i++)
        image->segments[i].at += distance;
    if (image->entry != UINT64_MAX)
        image->entry += distance;
}

uint64_t guest_image_file_span(const struct guest_image *image) {
    uint64_t end = image->segments[0].at;

    for (size_t i = 0; i < image->segment_count; i++)
        if (image->segments[i].size != 0)
            end = image->segments[i].at + image->segments[i].size;
    return end - image->segments[0].at;
}

uint64_t guest_image_memory_span(const struct guest_image *image) {
    const struct guest_segment *last = &image->segments[image->segment_count - 1];

    return last->at + last->memory_size - image->segments[0].at;
}

void guest_image_join(struct guest_image *image, struct arena *arena) {
    uint64_t size = guest_image_file_span(image);
    unsigned char *bytes = arena_alloc(arena, size + 1);
    uint64_t start = image->segments[0].at;

    for (size_t i = 0; i < image->segment_count; i++) {
        const struct guest_segment *segment = &image->segments[i];

        if (segment->size != 0)
            memcpy(bytes + (segment->at - start), segment->bytes, segment->size);
    }
    image->segments[0] = (struct guest_segment){start, bytes, size, guest_image_memory_span(image)};
    image->segment_count = 1;
}

enum guest_image_result guest_image_check(struct guest_image *image, enum system_arch arch,
                                          const unsigned char *bytes, size_t size,
                                          struct arena *arena, const char **why) {
    struct content content = {bytes, size, size};

    if (!gzip_is(bytes, size) || !unpack_head(&content, arena) || !is_kernel_head(&content))
        return guest_image_read(image, arch, bytes, size, arena, why);
    *image = (struct guest_image){0};
    enum guest_image_result result = read_linux(image, arch, &content, arena, why);
    if (result == GUEST_IMAGE_OK)
        image->segments[0].bytes = NULL;
    return result;
}
