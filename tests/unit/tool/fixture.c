/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tool/fixture.h"

#include "tests/unit/test.h"

#include <elf.h>
#include <unistd.h>

#include "tool/base/file.h"
#include "tool/image/emit.h"

static const char *const names[] = {"Image",       "guest.elf", "initrd",     "hypervisor.bin",
                                    "system.yaml", "extra",     "patch.dtso", "guest.dtb"};

void fixture_write(struct fixture *fixture, const char *name, const void *bytes, size_t size) {
    const char *why = NULL;
    const char *path = arena_printf(&fixture->arena, "%s/%s", fixture->folder, name);

    if (!file_write(path, bytes, size, &why, &fixture->arena))
        abort();
}

static void write_kernel(struct fixture *fixture, const char *name, size_t size, uint64_t memory,
                         bool riscv64) {
    uint64_t text_offset = riscv64 ? 0x200000 : 0;
    unsigned char *bytes = arena_alloc(&fixture->arena, size);

    for (size_t i = 64; i < size; i++)
        bytes[i] = (unsigned char)(i * 7);
    memcpy(bytes + 8, &text_offset, sizeof(text_offset));
    memcpy(bytes + 16, &memory, sizeof(memory));
    memcpy(bytes + 56, riscv64 ? "RSC\x05" : "ARM\x64", 4);
    memset(bytes + 64, 0, 64); /* where the boot record goes */
    fixture_write(fixture, name, bytes, size);
}

static void write_elf(struct fixture *fixture, bool riscv64) {
    const uint64_t at = riscv64 ? 0x80200000 : 0x40080000;
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr load;
        unsigned char bytes[0x1234];
    } elf = {0};

    memcpy(elf.header.e_ident, ELFMAG, SELFMAG);
    elf.header.e_ident[EI_CLASS] = ELFCLASS64;
    elf.header.e_ident[EI_DATA] = ELFDATA2LSB;
    elf.header.e_type = ET_EXEC;
    elf.header.e_machine = riscv64 ? EM_RISCV : EM_AARCH64;
    elf.header.e_entry = at;
    elf.header.e_phoff = sizeof(elf.header);
    elf.header.e_phentsize = sizeof(Elf64_Phdr);
    elf.header.e_phnum = 1;
    elf.load = (Elf64_Phdr){.p_type = PT_LOAD,
                            .p_offset = sizeof(elf.header) + sizeof(elf.load),
                            .p_vaddr = at,
                            .p_paddr = at,
                            .p_filesz = sizeof(elf.bytes),
                            .p_memsz = 0x8000};
    memset(elf.bytes, 0xe1, sizeof(elf.bytes));
    elf.bytes[0] = 1; /* bytes of one kind are no code */
    fixture_write(fixture, "guest.elf", &elf, sizeof(elf.header) + sizeof(elf.load) + 0x1234);
}

static void open_as(struct fixture *fixture, bool riscv64) {
    memset(fixture, 0, sizeof(*fixture));
    strcpy(fixture->folder, P_tmpdir "/bulkhead-test-XXXXXX");
    if (mkdtemp(fixture->folder) == NULL)
        abort();
    write_kernel(fixture, "Image", 0x10000, 0x18000, riscv64);
    write_kernel(fixture, "hypervisor.bin", FIXTURE_HYPERVISOR_SIZE, FIXTURE_HYPERVISOR_MEMORY,
                 riscv64);
    write_elf(fixture, riscv64);
    fixture_write(fixture, "initrd", "an initrd", 9);
    fixture->request.hypervisor =
        arena_printf(&fixture->arena, "%s/hypervisor.bin", fixture->folder);
    fixture->request.reading.boards = "boards";
}

void fixture_open(struct fixture *fixture) {
    open_as(fixture, false);
}

void fixture_open_riscv64(struct fixture *fixture) {
    open_as(fixture, true);
}

bool fixture_compile(struct fixture *fixture, const char *text, bool emit) {
    fixture->request.path = arena_printf(&fixture->arena, "%s/system.yaml", fixture->folder);
    fixture->request.emit = emit;
    compiled_free(&fixture->compiled);
    diagnostics_free(&fixture->diagnostics);
    fixture_write(fixture, "system.yaml", text, strlen(text));
    return compile(&fixture->compiled, &fixture->request, &fixture->diagnostics);
}

void fixture_system(struct fixture *fixture, const char *text, struct system *system) {
    uint64_t size = 0;

    if (!fixture_compile(fixture, text, true))
        fail_msg("%s", fixture->diagnostics.items[0].message);
    system_open(system,
                emit_find_table(fixture->compiled.image, fixture->compiled.image_size, &size));
}

const struct tree *fixture_tree(struct fixture *fixture, const struct system *system, uint32_t vm) {
    struct system_slice slice = system->vms[vm].payloads;
    const struct tree *tree = NULL;

    for (uint32_t i = slice.first; i < slice.first + slice.count; i++)
        if (system->payloads[i].at == system->vms[vm].boot_argument &&
            tree_read(fixture->compiled.image + system->payloads[i].offset,
                      system->payloads[i].size, &fixture->arena, &tree) != 0)
            abort();
    if (tree == NULL)
        abort();
    return tree;
}

void fixture_close(struct fixture *fixture) {
    if (fixture->folder[0] == '\0')
        return;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(arena_printf(&fixture->arena, "%s/%s", fixture->folder, names[i]));
    rmdir(fixture->folder);
    compiled_free(&fixture->compiled);
    diagnostics_free(&fixture->diagnostics);
    arena_free(&fixture->arena);
    fixture->folder[0] = '\0';
}
