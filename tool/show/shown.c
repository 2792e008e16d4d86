/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show/shown.h"

#include <stdlib.h>
#include <string.h>

#include "abi/boot_record.h"
#include "lib/crc32c.h"
#include "tool/base/array.h"
#include "tool/base/number.h"
#include "tool/image/emit.h"

/* GICv3 interrupt numbers. */
#define PPI_FIRST 16u
#define SPI_FIRST 32u

/* --- opening --- */

static const char *check_payloads(const struct shown *shown) {
    for (uint32_t i = 0; i < shown->system.payload_count; i++) {
        const struct system_payload *payload = &shown->system.payloads[i];

        if (crc32c(0, shown->image + payload->offset, payload->size) != payload->crc)
            return "a guest's image in it is damaged";
    }
    return NULL;
}

static const char *check_image(struct shown *shown, size_t size) {
    struct config_error error;
    uint64_t table_size = 0;
    const struct system_table *table = emit_find_table(shown->image, size, &table_size);

    if (table == NULL)
        return "the first page says of no system table; the image is damaged or cut short";
    shown->arch = table_size >= sizeof(*table) && table->arch == SYSTEM_ARCH_RISCV64
                      ? &config_riscv64
                      : &config_arm64;
    if (!config_check(table, table_size, shown->arch, &error))
        return config_rule_texts[error.rule];
    system_open(&shown->system, table);
    return table->image_size > size ? "the image is cut short" : check_payloads(shown);
}

/* --- RAM --- */

static void add_range(struct shown_range **list, size_t *count, struct shown *shown,
                      struct shown_range range) {
    if (range.size == 0)
        return;
    *ARENA_ADD(&shown->arena, *list, *count) = range;
}

static void add_ram(struct shown *shown, struct shown_range range) {
    add_range(&shown->ram, &shown->ram_count, shown, range);
}

static void add_device(struct shown *shown, struct shown_range range) {
    add_range(&shown->devices, &shown->device_count, shown, range);
}

static int compare_ranges(const void *left, const void *right) {
    const struct shown_range *a = left;
    const struct shown_range *b = right;

    return a->phys < b->phys ? -1 : a->phys > b->phys;
}

static void sort_ranges(struct shown_range *list, size_t count) {
    if (count != 0)
        qsort(list, count, sizeof(*list), compare_ranges);
}

static void add_owned_ram(struct shown *shown) {
    const struct system *system = &shown->system;
    const struct system_table *table = system->table;

    add_ram(shown, (struct shown_range){.phys = table->home,
                                        .size = table->image_size,
                                        .owner = SHOWN_BULKHEAD,
                                        .what = "image"});
    add_ram(shown, (struct shown_range){.phys = table->pool.phys,
                                        .size = table->pool.size,
                                        .owner = SHOWN_BULKHEAD,
                                        .what = "pool"});
    for (uint32_t vm = 0; vm < system->vm_count; vm++) {
        struct system_slice slice = system->vms[vm].memory;

        for (uint32_t i = slice.first; i < slice.first + slice.count; i++) {
            const struct system_memory *memory = &system->memory[i];

            add_ram(shown, (struct shown_range){.phys = memory->phys,
                                                .size = memory->size,
                                                .owner = vm,
                                                .what = "memory",
                                                .keeps = (memory->flags & SYSTEM_MEMORY_CLEAR) == 0,
                                                .has_at = true,
                                                .at = memory->at});
        }
    }
}

/* What is left of each range of the table's RAM; the owned pieces are sorted. */
static void add_free_ram(struct shown *shown) {
    const struct system *system = &shown->system;
    size_t owned = shown->ram_count;

    for (uint32_t i = 0; i < system->ram_count; i++) {
        struct shown_range free = {.owner = SHOWN_NOBODY, .what = "free"};
        uint64_t end = system->ram[i].phys + system->ram[i].size;

        free.phys = system->ram[i].phys;
        for (size_t j = 0; j < owned; j++) {
            struct shown_range piece = shown->ram[j];

            if (piece.phys < free.phys || piece.phys >= end)
                continue;
            free.size = piece.phys - free.phys;
            add_ram(shown, free);
            free.phys = piece.phys + piece.size;
        }
        free.size = end - free.phys;
        add_ram(shown, free);
    }
}

/* RAM that the table does not list, by the manifest; what contradicts the table is left out. */
static void add_reserved_ram(struct shown *shown) {
    const struct manifest *manifest = &shown->manifest;
    size_t known = shown->ram_count;

    for (size_t i = 0; i < manifest->reserved_count; i++) {
        struct system_range range = manifest->reserved[i].range;
        const char *purpose = manifest->reserved[i].purpose;
        bool fits =
            pages_ok(&(const struct config_run){.arch = shown->arch}, range); /* as the table's */

        for (size_t j = 0; j < known; j++) {
            const struct shown_range *other = &shown->ram[j];

            fits = fits && !overlap(range, (struct system_range){other->phys, other->size});
        }
        if (fits) {
            add_ram(shown, (struct shown_range){.phys = range.phys,
                                                .size = range.size,
                                                .owner = SHOWN_RESERVED,
                                                .what = purpose == NULL ? "firmware" : purpose});
        }
    }
}

/* --- devices --- */

/* One of Bulkhead's own; NULL if its name is not known. */
static const struct manifest_device *own_device(struct shown *shown, const char *name) {
    struct manifest_device *device = arena_alloc(&shown->arena, sizeof(*device));

    device->name = name;
    return name == NULL ? NULL : device;
}

static void add_own_devices(struct shown *shown) {
    const struct system *system = &shown->system;
    struct shown_range range = {.owner = SHOWN_BULKHEAD, .what = "interrupt controller"};

    for (uint32_t n = 0; n < CONFIG_CONTROLLER_MAX; n++) {
        struct system_range registers = shown->arch->controller(system, n);

        range.phys = registers.phys;
        range.size = registers.size;
        range.device = n == 0 ? own_device(shown, shown->manifest.controller) : NULL;
        add_device(shown, range);
    }
    range.what = "console";
    range.device = own_device(shown, shown->manifest.console);
    range.phys = system->board->console_phys;
    range.size = SYSTEM_PAGE_SIZE;
    if (system->board->console_kind != CONSOLE_KIND_NONE)
        add_device(shown, range);
}

static void add_vm_devices(struct shown *shown, uint32_t vm) {
    struct system_slice slice = shown->system.vms[vm].devices;

    for (uint32_t i = slice.first; i < slice.first + slice.count; i++) {
        const struct system_device *device = &shown->system.devices[i];

        add_device(shown, (struct shown_range){
                              .phys = device->phys,
                              .size = device->size,
                              .owner = vm,
                              .what = "registers",
                              .has_at = true,
                              .at = device->at,
                              .device = manifest_register(&shown->manifest, vm, device->phys)});
    }
}

/* --- interrupts --- */

static void add_interrupt(struct shown *shown, struct shown_interrupt interrupt) {
    *ARENA_ADD(&shown->arena, shown->interrupts, shown->interrupt_count) = interrupt;
}

static void add_own_interrupts(struct shown *shown) {
    const struct system_board *board = shown->system.board;
    const struct system_board_arm64 *arm64 = &board->arm64;
    struct shown_interrupt interrupt = {.owner = SHOWN_BULKHEAD, .what = "console"};

    interrupt.phys = interrupt.number = board->console_irq;
    if (board->console_irq != 0)
        add_interrupt(shown, interrupt);
    if (shown->arch != &config_arm64)
        return;
    const struct shown_interrupt private[] = {
        {.phys = arm64->gic_maintenance_irq,
         .owner = SHOWN_BULKHEAD,
         .what = "interrupt controller's maintenance"},
        {.phys = arm64->timer_hypervisor_irq, .owner = SHOWN_BULKHEAD, .what = "timer"},
        {.phys = arm64->timer_virtual_irq, .owner = SHOWN_EACH, .what = "virtual timer"},
        {.phys = arm64->timer_physical_irq, .owner = SHOWN_EACH, .what = "physical timer"},
        {.phys = board->pmu_irq, .owner = SHOWN_EACH, .what = "counters' overflow"},
    };
    for (size_t i = 0; i < COUNT(private); i++) {
        if (private[i].phys == 0)
            continue;
        interrupt = private[i];
        interrupt.number = interrupt.phys;
        add_interrupt(shown, interrupt);
    }
}

static void add_vm_interrupts(struct shown *shown, uint32_t vm) {
    struct system_slice slice = shown->system.vms[vm].interrupts;

    for (uint32_t i = slice.first; i < slice.first + slice.count; i++) {
        const struct system_interrupt *interrupt = &shown->system.interrupts[i];

        add_interrupt(shown,
                      (struct shown_interrupt){
                          .phys = interrupt->phys,
                          .number = interrupt->number,
                          .owner = vm,
                          .edge = (interrupt->flags & SYSTEM_INTERRUPT_EDGE) != 0,
                          .device = manifest_interrupt(&shown->manifest, vm, interrupt->phys)});
    }
}

static int compare_interrupts(const void *left, const void *right) {
    const struct shown_interrupt *a = left;
    const struct shown_interrupt *b = right;

    return a->phys < b->phys ? -1 : a->phys > b->phys;
}

/* The manifest's names, if they are of this system's VMs. */
static void open_manifest(struct shown *shown, size_t size) {
    struct manifest *manifest = &shown->manifest;
    const char *why = NULL;
    bool found =
        manifest_find(manifest, shown->system.table, shown->image, size, &shown->arena, &why);

    shown->no_manifest = found ? NULL : why == NULL ? "it has no manifest" : why;
    for (uint32_t vm = 0; found && vm < shown->system.vm_count; vm++) {
        if (vm >= manifest->vm_count || manifest->vms[vm].name == NULL ||
            strcmp(manifest->vms[vm].name, shown->system.vms[vm].name) != 0) {
            *manifest = (struct manifest){0};
            shown->no_manifest = "its manifest is of another system";
            return;
        }
    }
}

const char *shown_open(struct shown *shown, const unsigned char *image, size_t size) {
    shown->image = image;
    const char *why = check_image(shown, size);
    if (why != NULL)
        return why;
    open_manifest(shown, size);
    add_owned_ram(shown);
    sort_ranges(shown->ram, shown->ram_count);
    add_free_ram(shown);
    add_reserved_ram(shown);
    sort_ranges(shown->ram, shown->ram_count);
    add_own_devices(shown);
    add_own_interrupts(shown);
    for (uint32_t vm = 0; vm < shown->system.vm_count; vm++) {
        add_vm_devices(shown, vm);
        add_vm_interrupts(shown, vm);
    }
    sort_ranges(shown->devices, shown->device_count);
    if (shown->interrupt_count != 0) {
        qsort(shown->interrupts, shown->interrupt_count, sizeof(*shown->interrupts),
              compare_interrupts);
    }
    return NULL;
}

void shown_close(struct shown *shown) {
    arena_free(&shown->arena);
    *shown = (struct shown){0};
}

/* --- words --- */

uint32_t shown_vm(const struct shown *shown, const char *name) {
    for (uint32_t vm = 0; vm < shown->system.vm_count; vm++)
        if (strcmp(shown->system.vms[vm].name, name) == 0)
            return vm;
    return SYSTEM_VMS_MAX;
}

bool shown_is_image(const unsigned char *bytes, size_t size) {
    uint32_t magic = 0;

    if (size < BOOT_RECORD_OFFSET + BOOT_RECORD_SIZE)
        return false;
    memcpy(&magic, bytes + BOOT_RECORD_OFFSET, sizeof(magic));
    return magic == BOOT_RECORD_MAGIC;
}

const char *shown_arch(const struct shown *shown) {
    return shown->arch == &config_riscv64 ? "riscv64" : "arm64";
}

const char *shown_owner(const struct shown *shown, uint32_t owner) {
    switch (owner) {
    case SHOWN_BULKHEAD:
        return "bulkhead";
    case SHOWN_RESERVED:
        return "(reserved)";
    case SHOWN_EACH:
        return "(each VM)";
    case SHOWN_NOBODY:
        return "(nobody)";
    default:
        return shown->system.vms[owner].name;
    }
}

const char *shown_name(const char *what, const struct manifest_device *device) {
    if (device != NULL && device->name != NULL)
        return device->name;
    return what == NULL ? "" : what;
}

const char *shown_interrupt_text(struct shown *shown, uint32_t phys) {
    if (shown->arch == &config_riscv64)
        return arena_printf(&shown->arena, "source %u", phys);
    return phys >= SPI_FIRST ? arena_printf(&shown->arena, "SPI %u", phys - SPI_FIRST)
                             : arena_printf(&shown->arena, "PPI %u", phys - PPI_FIRST);
}

const char *shown_size_text(struct shown *shown, uint64_t size) {
    static const struct {
        const char *name;
        unsigned shift;
    } units[] = {{"GiB", 30}, {"MiB", 20}, {"KiB", 10}};

    for (size_t i = 0; i < COUNT(units); i++) {
        uint64_t unit = UINT64_C(1) << units[i].shift;

        if (size >= unit && size % unit == 0)
            return number_size_text(&shown->arena, size);
        if (size >= unit) {
            return arena_printf(&shown->arena, "%.*f %s", size < 10 * unit ? 2 : 1,
                                (double)size / (double)unit, units[i].name);
        }
    }
    return number_size_text(&shown->arena, size);
}

const char *shown_cpus_text(struct shown *shown, uint64_t cpus) {
    const char *text = "";

    for (unsigned first = 0; first < 64; first++) {
        unsigned last = first;

        if ((cpus >> first & 1) == 0)
            continue;
        while (last + 1 < 64 && (cpus >> (last + 1) & 1) != 0)
            last++;
        text = arena_printf(&shown->arena, "%s%s%u", text, text[0] == '\0' ? "" : ", ", first);
        if (last != first)
            text = arena_printf(&shown->arena, "%s-%u", text, last);
        first = last;
    }
    return text;
}

const char *shown_payload_kind(const struct shown *shown, uint32_t vm, uint32_t n) {
    const struct manifest_vm *known = manifest_vm(&shown->manifest, vm);

    return n < known->payload_count ? known->payloads[n] : "";
}

const char *shown_payload_file(const struct shown *shown, uint32_t vm, uint32_t n) {
    const struct manifest_vm *known = manifest_vm(&shown->manifest, vm);
    const struct manifest_file *file =
        manifest_file(known->files, known->file_count, shown_payload_kind(shown, vm, n));

    return file == NULL || file->path == NULL ? "" : file->path;
}

uint64_t shown_memory_size(const struct shown *shown, uint32_t vm) {
    struct system_slice slice = shown->system.vms[vm].memory;
    uint64_t size = 0;

    for (uint32_t i = slice.first; i < slice.first + slice.count; i++)
        size += shown->system.memory[i].size;
    return size;
}

const char *shown_console(const struct shown *shown, uint32_t vm) {
    uint32_t kind = shown->system.vms[vm].console;

    if (kind != SYSTEM_VM_CONSOLE_NONE)
        return kind == SYSTEM_VM_CONSOLE_SBI ? "sbi" : "shared";
    const char *own = manifest_vm(&shown->manifest, vm)->console;
    return own != NULL ? own : "none";
}

const char *shown_policy_word(uint32_t policy) {
    switch (policy) {
    case SYSTEM_FAULT_RESTART:
        return "restart";
    case SYSTEM_FAULT_HALT:
        return "halt-system";
    default:
        return "stop";
    }
}

const char *shown_policy(struct shown *shown, const struct system_vm *vm) {
    const char *word = shown_policy_word(vm->on_fault);
    bool seconds = vm->restart_within % 1000 == 0;

    if (vm->on_fault != SYSTEM_FAULT_RESTART || vm->restart_max == 0)
        return word;
    return arena_printf(&shown->arena, "%s, at most %u time%s in %u %s, then %s", word,
                        vm->restart_max, vm->restart_max == 1 ? "" : "s",
                        seconds ? vm->restart_within / 1000 : vm->restart_within,
                        seconds ? "s" : "ms", shown_policy_word(vm->restart_then));
}
