/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "abi/boot_record.h"
#include "config/config_arch.h"
#include "config/system.h"
#include "lib/crc32c.h"
#include "tool/arena.h"
#include "tool/emit.h"
#include "tool/number.h"

struct show {
    FILE *stream;
    const struct config_arch *arch;
    struct system system;
    const unsigned char *image;
    struct arena arena;
};

bool show_is_image(const unsigned char *bytes, size_t size) {
    uint32_t magic = 0;

    if (size < BOOT_RECORD_OFFSET + BOOT_RECORD_SIZE)
        return false;
    memcpy(&magic, bytes + BOOT_RECORD_OFFSET, sizeof(magic));
    return magic == BOOT_RECORD_MAGIC;
}

static void show_summary(struct show *show) {
    const struct system_table *table = show->system.table;

    fprintf(show->stream, "system of %" PRIu32 " VMs for %s, %s, home 0x%" PRIx64 "\n",
            show->system.vm_count, show->arch == &config_riscv64 ? "riscv64" : "arm64",
            number_size_text(&show->arena, table->image_size), table->home);
}

static void show_cpus(struct show *show) {
    const struct system *system = &show->system;

    fprintf(show->stream, "\nCPUs\n");
    for (uint32_t i = 0; i < system->cpu_count; i++) {
        uint32_t vm = system_vm_of_cpu(system, i);

        fprintf(show->stream, "  CPU %-2" PRIu32 "  id 0x%-8" PRIx64 "  %s\n", i,
                system->cpus[i].hwid, vm == SYSTEM_VMS_MAX ? "(nobody)" : system->vms[vm].name);
    }
}

/* A piece of RAM with its owner, for sorting. */
struct piece {
    uint64_t phys;
    uint64_t size;
    uint64_t at;
    const char *owner;
    const char *what;
    bool has_at;
};

static int compare_pieces(const void *left, const void *right) {
    const struct piece *a = left;
    const struct piece *b = right;

    return a->phys < b->phys ? -1 : a->phys > b->phys;
}

static struct piece *add_piece(struct show *show, struct piece *pieces, size_t *count,
                               struct piece piece) {
    pieces = arena_grow(&show->arena, pieces, ++*count, sizeof(*pieces));
    pieces[*count - 1] = piece;
    return pieces;
}

static void show_piece(struct show *show, const struct piece *piece) {
    fprintf(show->stream, "  0x%010" PRIx64 " - 0x%010" PRIx64 "  %9s  %-16s %s", piece->phys,
            piece->phys + piece->size - 1, number_size_text(&show->arena, piece->size),
            piece->owner, piece->what);
    if (piece->has_at)
        fprintf(show->stream, " at 0x%" PRIx64, piece->at);
    fprintf(show->stream, "\n");
}

static void show_ram(struct show *show) {
    const struct system *system = &show->system;
    const struct system_table *table = system->table;
    struct piece *pieces = NULL;
    size_t count = 0;

    pieces = add_piece(
        show, pieces, &count,
        (struct piece){
            .phys = table->home, .size = table->image_size, .owner = "bulkhead", .what = "image"});
    pieces = add_piece(show, pieces, &count,
                       (struct piece){.phys = table->pool.phys,
                                      .size = table->pool.size,
                                      .owner = "bulkhead",
                                      .what = "pool"});
    for (uint32_t vm = 0; vm < system->vm_count; vm++) {
        struct system_slice slice = system->vms[vm].memory;

        for (uint32_t i = slice.first; i < slice.first + slice.count; i++) {
            const struct system_memory *memory = &system->memory[i];

            pieces = add_piece(show, pieces, &count,
                               (struct piece){memory->phys, memory->size, memory->at,
                                              system->vms[vm].name, "memory", true});
        }
    }
    qsort(pieces, count, sizeof(*pieces), compare_pieces);
    fprintf(show->stream, "\nRAM\n");
    for (uint32_t i = 0; i < system->ram_count; i++) {
        uint64_t next = system->ram[i].phys;
        uint64_t end = next + system->ram[i].size;

        for (size_t j = 0; j < count; j++) {
            if (pieces[j].phys < next || pieces[j].phys >= end)
                continue;
            struct piece gap = {next, pieces[j].phys - next, 0, "-", "free", false};
            if (gap.size != 0)
                show_piece(show, &gap);
            show_piece(show, &pieces[j]);
            next = pieces[j].phys + pieces[j].size;
        }
        struct piece rest = {next, end - next, 0, "-", "free", false};
        if (rest.size != 0)
            show_piece(show, &rest);
    }
}

static void show_devices(struct show *show) {
    const struct system *system = &show->system;
    const struct piece console = {
        system->board->console_phys, SYSTEM_PAGE_SIZE, 0, "bulkhead", "console", false};

    fprintf(show->stream, "\nDevices\n");
    for (uint32_t n = 0; n < CONFIG_CONTROLLER_MAX; n++) {
        struct system_range range = show->arch->controller(system, n);
        const struct piece controller = {
            range.phys, range.size, 0, "bulkhead", "interrupt controller", false};

        if (range.size != 0)
            show_piece(show, &controller);
    }
    if (system->board->console_kind != CONSOLE_KIND_NONE)
        show_piece(show, &console);
    for (uint32_t vm = 0; vm < system->vm_count; vm++) {
        struct system_slice slice = system->vms[vm].devices;

        for (uint32_t i = slice.first; i < slice.first + slice.count; i++) {
            const struct system_device *device = &system->devices[i];
            const struct piece piece = {device->phys,         device->size, device->at,
                                        system->vms[vm].name, "registers",  true};

            show_piece(show, &piece);
        }
    }
}

static void show_interrupts(struct show *show) {
    const struct system *system = &show->system;

    fprintf(show->stream, "\nInterrupts\n");
    if (system->board->console_irq != 0) {
        fprintf(show->stream, "  %4" PRIu32 "  bulkhead         console\n",
                system->board->console_irq);
    }
    for (uint32_t vm = 0; vm < system->vm_count; vm++) {
        struct system_slice slice = system->vms[vm].interrupts;

        for (uint32_t i = slice.first; i < slice.first + slice.count; i++) {
            const struct system_interrupt *irq = &system->interrupts[i];

            fprintf(show->stream, "  %4" PRIu32 "  %-16s irq %" PRIu32 ", %s\n", irq->phys,
                    system->vms[vm].name, irq->number,
                    (irq->flags & SYSTEM_INTERRUPT_EDGE) != 0 ? "edge" : "level");
        }
    }
}

static const char *console_text(const struct system_vm *vm) {
    return vm->console == SYSTEM_VM_CONSOLE_NONE  ? "none"
           : vm->console == SYSTEM_VM_CONSOLE_SBI ? "sbi"
                                                  : "shared";
}

static void show_vms(struct show *show) {
    const struct system *system = &show->system;

    fprintf(show->stream, "\nVMs\n");
    for (uint32_t i = 0; i < system->vm_count; i++) {
        const struct system_vm *vm = &system->vms[i];

        fprintf(show->stream, "  %s: %" PRIu32 " vCPU%s, entry 0x%" PRIx64, vm->name,
                system_vm_vcpu_count(vm), system_vm_vcpu_count(vm) == 1 ? "" : "s", vm->entry);
        if (vm->boot_argument != 0)
            fprintf(show->stream, ", device tree at 0x%" PRIx64, vm->boot_argument);
        if (vm->stage2_levels != SYSTEM_LEVELS_MIN)
            fprintf(show->stream, ", stage 2 of %" PRIu32 " levels", vm->stage2_levels);
        fprintf(show->stream, ", console %s, on-fault %s\n", console_text(vm),
                vm->on_fault == SYSTEM_FAULT_RESTART ? "restart" : "stop");
        for (uint32_t j = vm->payloads.first; j < vm->payloads.first + vm->payloads.count; j++) {
            const struct system_payload *payload = &system->payloads[j];

            fprintf(show->stream,
                    "    0x%010" PRIx64 "  %10" PRIu64 " bytes, from image + 0x%" PRIx64 "\n",
                    payload->at, payload->size, payload->offset);
        }
    }
}

/* Opens the system in an image; NULL, or why there is none. */
static const char *check_image(struct show *show, size_t size) {
    struct config_error error;
    uint64_t table_size = 0;
    const struct system_table *table = emit_find_table(show->image, size, &table_size);

    if (table == NULL)
        return "the first page says of no system table; the image is damaged or cut short";
    show->arch = table_size >= sizeof(*table) && table->arch == SYSTEM_ARCH_RISCV64
                     ? &config_riscv64
                     : &config_arm64;
    if (!config_check(table, table_size, show->arch, &error))
        return config_rule_texts[error.rule];
    system_open(&show->system, table);
    if (table->image_size > size)
        return "the image is cut short";
    for (uint32_t i = 0; i < show->system.payload_count; i++) {
        const struct system_payload *payload = &show->system.payloads[i];

        if (crc32c(0, show->image + payload->offset, payload->size) != payload->crc)
            return "a guest's image in it is damaged";
    }
    return NULL;
}

bool show_image(FILE *stream, const unsigned char *image, size_t size, const char **why) {
    struct show show = {.stream = stream, .image = image};

    *why = check_image(&show, size);
    if (*why != NULL)
        return false;
    show_summary(&show);
    show_vms(&show);
    show_cpus(&show);
    show_ram(&show);
    show_devices(&show);
    show_interrupts(&show);
    arena_free(&show.arena);
    return true;
}
