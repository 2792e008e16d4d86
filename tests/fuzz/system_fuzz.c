/* SPDX-License-Identifier: Apache-2.0 */
/*
 * system_fuzz.c - any bytes as a system image, and what the boot record calls its table for the
 * validator. What it accepts must be fit for all who rely on it: the views, the map that `show`
 * prints, and the hypervisor's own tables, for which the pool must be large enough. One program for
 * each architecture.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "arch_types.h"
#include "config/config_check.h"
#include "lib/report.h"
#include "mem/guest_space.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_show.h"
#include "tool/image/emit.h"
#include "tool/image/update.h"
#include "tool/show/shown.h"

#define POOL_PAGES 4096u /* systems that need more are not built */

#define SPARE_AT   0 /* a byte of the image that nobody reads here */
#define PADDED_MAX (UINT64_C(16) << 20)

static uint8_t padded[PADDED_MAX];
static uint8_t pool_memory[POOL_PAGES * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

void panic(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fuzz_fail(__FILE__, __LINE__, "what the validator accepts leads to no panic");
}

/* All that a view says must be readable. */
static void look_at(const struct system *system) {
    for (uint32_t i = 0; i < system->cpu_count; i++)
        FUZZ_MUST(system_vm_of_cpu(system, i) <= SYSTEM_VMS_MAX);
    for (uint32_t i = 0; i < system->vm_count; i++) {
        const struct system_vm *vm = &system->vms[i];

        FUZZ_MUST(strnlen(vm->name, SYSTEM_NAME_SIZE) < SYSTEM_NAME_SIZE);
        FUZZ_MUST(system_vm_vcpu_count(vm) <= system->cpu_count);
        for (uint32_t vcpu = 0; vcpu < system_vm_vcpu_count(vm); vcpu++)
            FUZZ_MUST(system_vm_cpu(vm, vcpu) < system->cpu_count);
    }
}

/* Stage 2 of each VM, as the hypervisor builds it, fits the pool and nothing collides. */
static void build_spaces(const struct system *system) {
    uint64_t pages = system_pool_pages(system);
    uint64_t others = SYSTEM_POOL_CONTROL + system->vm_count * SYSTEM_POOL_VM;
    uint32_t cpus = 0;

    for (uint32_t i = 0; i < system->vm_count; i++)
        cpus += system_vm_vcpu_count(&system->vms[i]);
    others += SYSTEM_POOL_CPU * (cpus < system->cpu_count ? cpus : cpus - 1);
    FUZZ_MUST(others < pages && pages <= system->table->pool.size / SYSTEM_PAGE_SIZE);
    struct page_pool pool = {phys(system->table->pool.phys), pool_memory, pages - others, 0};
    for (uint32_t i = 0; pages <= POOL_PAGES && i < system->vm_count; i++)
        guest_space_create(&pool, system, &system->vms[i]);
}

static bool check_table(const void *table, uint64_t size) {
    struct config_error error = {.rule = CONFIG_RULES_COUNT};
    struct system system;
    void *copy = malloc(size == 0 ? 1 : size); /* its end is guarded */

    FUZZ_MUST(copy != NULL);
    memcpy(copy, table, size);
    bool accepted = config_check(copy, size, &ARCH_CONFIG, &error);
    if (accepted) {
        system_open(&system, copy);
        look_at(&system);
        build_spaces(&system);
    } else {
        FUZZ_MUST(error.rule < CONFIG_RULES_COUNT && error.vm <= SYSTEM_VMS_MAX);
    }
    free(copy);
    return accepted;
}

/* Other files into its first VM. What comes out is an image as before. */
static void update_it(uint8_t *image, size_t size) {
    struct arena arena = {0};
    struct diagnostics diagnostics = {0};
    const char *manifest = NULL;
    const char *file = ARCH_CONFIG.arch == SYSTEM_ARCH_RISCV64 ? FUZZ_FOLDER "/guest-riscv64.elf"
                                                               : FUZZ_FOLDER "/guest.elf";
    const struct update updates[] = {
        {"one", false, file},
        {"one", true, FUZZ_FOLDER "/rootfs.cpio.gz"},
    };
    size_t count = image[SPARE_AT] % 2 + 1;

    if (update_image(image, size, "fuzzed.img", updates, count, &arena, &diagnostics, &manifest)) {
        FUZZ_MUST(manifest != NULL && diagnostics.error_count == 0);
        FUZZ_MUST(fuzz_show(image, size));
    } else {
        FUZZ_MUST(diagnostics.error_count != 0);
    }
    diagnostics_free(&diagnostics);
    arena_free(&arena);
}

/* `show` of the image as long as its table says, if that is not too much: zeros follow the input.
 */
static void show_padded(const uint8_t *data, size_t size, const struct system_table *table) {
    if (table->image_size <= size || table->image_size > PADDED_MAX)
        return;
    memcpy(padded, data, size);
    fuzz_show(padded, table->image_size);
    update_it(padded, table->image_size);
    memset(padded, 0, table->image_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint64_t table_size = 0;
    uint8_t *image = malloc(size == 0 ? 1 : size);

    FUZZ_MUST(image != NULL);
    if (size != 0)
        memcpy(image, data, size);
    if (shown_is_image(image, size))
        fuzz_show(image, size);
    const void *table = emit_find_table(image, size, &table_size);
    if (table != NULL) {
        if (check_table(table, table_size))
            show_padded(image, size, table);
    }
    free(image);
    return 0;
}
