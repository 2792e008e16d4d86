/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/image/split.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <zlib.h>

#include "tool/base/file.h"
#include "tool/image/emit.h"
#include "tool/system/manifest.h"

/* The header that mkimage(1) writes, all numbers big endian: U-Boot, include/image.h. */
#define WRAP_MAGIC       0x27051956u
#define WRAP_HEADER_SIZE 64u
#define WRAP_OS_LINUX    5
#define WRAP_ARCH_ARM64  22
#define WRAP_ARCH_RISCV  26
#define WRAP_TYPE_SCRIPT 6

struct splitter {
    struct arena *arena;
    const unsigned char *image;
    struct system system;
    struct manifest manifest;
    struct split_file *files;
    size_t count;
};

static void add_file(struct splitter *splitter, const char *name, const void *bytes, size_t size,
                     uint64_t phys) {
    *ARENA_ADD(splitter->arena, splitter->files, splitter->count) =
        (struct split_file){name, bytes, size, phys};
}

/* How many of a VM's first `count` payloads are of the same kind as payload `n`. */
static unsigned count_kind(const struct manifest_vm *vm, size_t count, size_t n) {
    unsigned same = 0;

    for (size_t i = 0; i < count; i++)
        same += strcmp(vm->payloads[i], vm->payloads[n]) == 0;
    return same;
}

/* Whether a payload lies where one before it does: then it is the same one. */
static bool is_there(const struct splitter *splitter, uint32_t payload) {
    const struct system_payload *payloads = splitter->system.payloads;

    for (uint32_t i = 0; i < payload; i++)
        if (payloads[i].offset == payloads[payload].offset)
            return true;
    return false;
}

/* No VM's name has a dot in it, so no two names are the same. */
static void add_payloads(struct splitter *splitter, uint32_t vm) {
    const struct manifest_vm *names = &splitter->manifest.vms[vm];
    struct system_slice slice = splitter->system.vms[vm].payloads;

    for (uint32_t i = 0; i < slice.count; i++) {
        const struct system_payload *payload = &splitter->system.payloads[slice.first + i];
        const char *name = arena_printf(splitter->arena, "%s.%s", splitter->system.vms[vm].name,
                                        names->payloads[i]);

        if (is_there(splitter, slice.first + i))
            continue;
        if (count_kind(names, slice.count, i) > 1)
            name = arena_printf(splitter->arena, "%s.%u", name, count_kind(names, i, i));
        add_file(splitter, name, splitter->image + payload->offset, payload->size,
                 splitter->system.table->home + payload->offset);
    }
}

static const char *make_script(const struct splitter *splitter, const char *source) {
    const struct system_table *table = splitter->system.table;
    bool riscv64 = table->arch == SYSTEM_ARCH_RISCV64;
    const char *text = arena_printf(
        splitter->arena,
        "# Starts Bulkhead from U-Boot. bulkhead build made this of %s, beside the files\n"
        "# that it loads, each to its place from Bulkhead's home at 0x%llx on. U-Boot has to run\n"
        "# %s. It finds boot.scr, which is this script, by itself; by hand:\n"
        "#\n"
        "#   setenv devtype mmc; setenv devnum 0; setenv distro_bootpart 1; setenv prefix /\n"
        "#   load mmc 0:1 ${scriptaddr} boot.scr && source ${scriptaddr}\n"
        "\n"
        "setenv bulkhead_complete yes\n",
        source, (unsigned long long)table->home, riscv64 ? "in HS-mode, behind OpenSBI" : "at EL2");

    for (size_t i = 0; i < splitter->count; i++) {
        text = arena_printf(splitter->arena,
                            "%sload ${devtype} ${devnum}:${distro_bootpart} 0x%llx ${prefix}%s || "
                            "setenv bulkhead_complete\n",
                            text, (unsigned long long)splitter->files[i].phys,
                            splitter->files[i].name);
    }
    return arena_printf(splitter->arena,
                        "%sif test -n \"${bulkhead_complete}\"; then\n"
                        "    booti 0x%llx - ${fdtcontroladdr}\n"
                        "fi\n"
                        "echo \"Bulkhead was not started: a file is missing, or booti refused\"\n",
                        text, (unsigned long long)table->home);
}

static void put_big(unsigned char *at, uint32_t number) {
    for (unsigned i = 0; i < 4; i++)
        at[i] = (unsigned char)(number >> (24 - 8 * i));
}

/* As mkimage -T script does, but for the time, which is none: the same input, the same bytes. */
static void add_wrapped(struct splitter *splitter, const char *script) {
    size_t length = strlen(script);
    size_t size = WRAP_HEADER_SIZE + 8 + length; /* the script's length, and a 0, come first */
    unsigned char *bytes = arena_alloc(splitter->arena, size + 1);
    static const char name[] = "bulkhead";
    bool riscv64 = splitter->system.table->arch == SYSTEM_ARCH_RISCV64;

    put_big(bytes + WRAP_HEADER_SIZE, (uint32_t)length);
    memcpy(bytes + WRAP_HEADER_SIZE + 8, script, length + 1);
    put_big(bytes, WRAP_MAGIC);
    put_big(bytes + 12, (uint32_t)(8 + length));
    put_big(bytes + 24, (uint32_t)crc32(0, bytes + WRAP_HEADER_SIZE, (uInt)(8 + length)));
    bytes[28] = WRAP_OS_LINUX;
    bytes[29] = riscv64 ? WRAP_ARCH_RISCV : WRAP_ARCH_ARM64;
    bytes[30] = WRAP_TYPE_SCRIPT;
    memcpy(bytes + 32, name, sizeof(name));
    put_big(bytes + 4, (uint32_t)crc32(0, bytes, WRAP_HEADER_SIZE));
    add_file(splitter, "boot.scr", bytes, size, 0);
}

struct split_file *split_files(const unsigned char *image, size_t size, const char *source,
                               struct arena *arena, size_t *count) {
    struct splitter splitter = {.arena = arena, .image = image};
    uint64_t table_size = 0;
    const char *why = NULL;
    const unsigned char *table = emit_find_table(image, size, &table_size);

    *count = 0;
    if (table == NULL)
        return NULL;
    system_open(&splitter.system, (const void *)table);
    if (!manifest_find(&splitter.manifest, splitter.system.table, image, size, arena, &why))
        return NULL;
    add_file(&splitter, "bulkhead.bin", image, (size_t)(table - image) + table_size,
             splitter.system.table->home);
    for (uint32_t vm = 0; vm < splitter.system.vm_count; vm++)
        add_payloads(&splitter, vm);
    const char *script = make_script(&splitter, source);
    add_file(&splitter, "boot.cmd", script, strlen(script), 0);
    add_wrapped(&splitter, script);
    *count = splitter.count;
    return splitter.files;
}

bool split_write(const struct split_file *files, size_t count, const char *folder, const char **why,
                 struct arena *arena) {
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        *why = arena_printf(arena, "cannot make the folder %s: %s", folder, strerror(errno));
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *path = arena_printf(arena, "%s/%s", folder, files[i].name);

        if (!file_write(path, files[i].bytes, files[i].size, why, arena))
            return false;
    }
    return true;
}
