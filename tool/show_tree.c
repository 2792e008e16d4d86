/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show_tree.h"

#include <string.h>

#include <libfdt.h>

#include "config/config_arch.h"
#include "config/system.h"
#include "tool/arena.h"
#include "tool/dtc.h"
#include "tool/emit.h"
#include "tool/nearest.h"

/* The index of a VM; the count of all if there is none of that name. */
static uint32_t find_vm(const struct system *system, const char *name) {
    uint32_t vm = 0;

    while (vm < system->vm_count && strcmp(system->vms[vm].name, name) != 0)
        vm++;
    return vm;
}

static const char *refuse_vm(const struct system *system, const char *name, struct arena *arena) {
    struct nearest nearest;

    nearest_begin(&nearest, name);
    for (uint32_t i = 0; i < system->vm_count; i++)
        nearest_offer(&nearest, system->vms[i].name);
    const char *near = nearest_text(&nearest, arena);
    return near == NULL
               ? arena_printf(arena, "the system has no VM '%s'", name)
               : arena_printf(arena, "the system has no VM '%s'; did you mean %s?", name, near);
}

/* The payload that is a VM's tree; NULL: it has none. */
static const struct system_payload *find_payload(const struct system *system,
                                                 const struct system_vm *vm) {
    for (uint32_t i = vm->payloads.first; i < vm->payloads.first + vm->payloads.count; i++)
        if (vm->boot_argument != 0 && system->payloads[i].at == vm->boot_argument)
            return &system->payloads[i];
    return NULL;
}

/* The system in an image; NULL: all is well, else why not. */
static const char *open_image(struct system *system, const unsigned char *image, size_t size) {
    struct config_error error;
    uint64_t table_size = 0;
    const struct system_table *table = emit_find_table(image, size, &table_size);
    const struct config_arch *arch = &config_arm64;

    if (table == NULL)
        return "the first page says of no system table; the image is damaged or cut short";
    if (table_size >= sizeof(*table) && table->arch == SYSTEM_ARCH_RISCV64)
        arch = &config_riscv64;
    if (!config_check(table, table_size, arch, &error))
        return config_rule_texts[error.rule];
    system_open(system, table);
    return table->image_size > size ? "the image is cut short" : NULL;
}

static const char *print_tree(FILE *stream, const void *tree, size_t size, struct arena *arena) {
    struct dtc_errors errors = {0};
    const char *source =
        fdt_check_full(tree, size) == 0 ? dtc_source(tree, size, arena, &errors) : NULL;

    if (source != NULL && fputs(source, stream) >= 0)
        return NULL;
    return errors.why != NULL ? errors.why : "the VM's device tree in it is damaged";
}

bool show_tree(FILE *stream, const unsigned char *image, size_t size, const char *vm,
               const char **why) {
    static struct arena arena; /* with what *why says */
    struct system system;

    arena_free(&arena);
    *why = open_image(&system, image, size);
    if (*why != NULL)
        return false;
    uint32_t index = find_vm(&system, vm);
    const struct system_payload *payload =
        index == system.vm_count ? NULL : find_payload(&system, &system.vms[index]);
    if (index == system.vm_count)
        *why = refuse_vm(&system, vm, &arena);
    else if (payload == NULL)
        *why = arena_printf(&arena, "'%s' gets no device tree (dtb: none)", vm);
    else
        *why = print_tree(stream, image + payload->offset, payload->size, &arena);
    return *why == NULL;
}
