/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show/show_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tool/base/number.h"

/* The widest of the owners' names, so that what follows stands in line. */
static int owner_width(const struct shown *shown) {
    size_t width = strlen(shown_owner(shown, SHOWN_RESERVED));

    for (uint32_t vm = 0; vm < shown->system.vm_count; vm++)
        if (strlen(shown_owner(shown, vm)) > width)
            width = strlen(shown_owner(shown, vm));
    return (int)width;
}

/* The device's name, and what the board calls it where that is another. Of Bulkhead's: what it is.
 */
static const char *range_text(struct shown *shown, const struct shown_range *range) {
    const struct manifest_device *device = range->device;

    if (device == NULL || device->name == NULL)
        return range->what;
    if (range->owner == SHOWN_BULKHEAD)
        return arena_printf(&shown->arena, "%s (%s)", range->what, device->name);
    if (device->node == NULL)
        return device->name;
    const char *unit = strrchr(device->node, '/');
    unit = unit == NULL ? device->node : unit + 1;
    if (strcmp(unit, device->name) == 0 || strcmp(device->node, device->name) == 0)
        return device->name;
    return arena_printf(&shown->arena, "%s (%s)", device->name, unit);
}

static void print_range(FILE *stream, struct shown *shown, const struct shown_range *range,
                        int width) {
    fprintf(stream, "  0x%010" PRIx64 " - 0x%010" PRIx64 "  %9s  %-*s  %s", range->phys,
            range->phys + range->size - 1, number_size_text(&shown->arena, range->size), width,
            shown_owner(shown, range->owner), range_text(shown, range));
    if (range->has_at)
        fprintf(stream, " at 0x%" PRIx64, range->at);
    fprintf(stream, "%s\n", range->keeps ? ", not cleared" : "");
}

static void print_payloads(FILE *stream, struct shown *shown, uint32_t index, const char *indent) {
    const struct system_vm *vm = &shown->system.vms[index];

    for (uint32_t n = 0; n < vm->payloads.count; n++) {
        const struct system_payload *payload = &shown->system.payloads[vm->payloads.first + n];
        const char *file = shown_payload_file(shown, index, n);

        fprintf(stream,
                "%s%-7s 0x%010" PRIx64 "  %10" PRIu64 " bytes, from image + 0x%" PRIx64 "%s%s\n",
                indent, shown_payload_kind(shown, index, n), payload->at, payload->size,
                payload->offset, file[0] == '\0' ? "" : ", ", file);
    }
}

static void print_start(FILE *stream, const struct system_vm *vm, const char *indent) {
    if (vm->payloads.count == 0) {
        fprintf(stream, "%swithout its images\n", indent);
        return;
    }
    fprintf(stream, "%sentry 0x%" PRIx64, indent, vm->entry);
    if (vm->boot_argument != 0)
        fprintf(stream, ", device tree at 0x%" PRIx64, vm->boot_argument);
    fprintf(stream, "\n");
}

static void print_vm(FILE *stream, struct shown *shown, uint32_t index, const char *indent) {
    const struct system_vm *vm = &shown->system.vms[index];

    fprintf(stream, "  %s: CPU%s %s, %s, console %s, on-fault %s\n", vm->name,
            system_vm_vcpu_count(vm) == 1 ? "" : "s", shown_cpus_text(shown, vm->cpus),
            number_size_text(&shown->arena, shown_memory_size(shown, index)),
            shown_console(shown, index), shown_policy(shown, vm));
    if ((vm->flags & SYSTEM_VM_DMA_UNPROTECTED) != 0) {
        fprintf(stream, "%sa device of its reads and writes all memory: nothing contains its DMA\n",
                indent);
    }
}

/* --- the machine --- */

static void print_summary(FILE *stream, struct shown *shown) {
    const struct system_table *table = shown->system.table;
    const struct manifest *manifest = &shown->manifest;

    fprintf(stream, "system of %" PRIu32 " VM%s for ", shown->system.vm_count,
            shown->system.vm_count == 1 ? "" : "s");
    if (manifest->board != NULL)
        fprintf(stream, "%s (%s)", manifest->board, shown_arch(shown));
    else
        fprintf(stream, "%s", shown_arch(shown));
    fprintf(stream, ", %s, home 0x%" PRIx64 "\n",
            number_size_text(&shown->arena, table->image_size), table->home);
    if (shown->no_manifest != NULL)
        fprintf(stream, "without names: %s\n", shown->no_manifest);
}

static void print_cpus(FILE *stream, const struct shown *shown) {
    const struct system *system = &shown->system;
    int width = owner_width(shown);

    fprintf(stream, "\nCPUs\n");
    for (uint32_t i = 0; i < system->cpu_count; i++) {
        uint32_t vm = system_vm_of_cpu(system, i);
        uint32_t vcpu = 0;

        fprintf(stream, "  CPU %-2" PRIu32 "  id 0x%-8" PRIx64 "  ", i, system->cpus[i].hwid);
        if (vm == SYSTEM_VMS_MAX) {
            fprintf(stream, "%s\n", shown_owner(shown, SHOWN_NOBODY));
            continue;
        }
        while (system_vm_cpu(&system->vms[vm], vcpu) != i)
            vcpu++;
        fprintf(stream, "%-*s  vCPU %" PRIu32 "\n", width, system->vms[vm].name, vcpu);
    }
}

/* "NAME, MORE, edge" of a VM's interrupt, its name alone of others. */
static const char *interrupt_text(struct shown *shown, const struct shown_interrupt *interrupt,
                                  const char *more) {
    const char *name = shown_name(interrupt->what, interrupt->device);

    if (interrupt->owner >= SYSTEM_VMS_MAX)
        return name;
    return arena_printf(&shown->arena, "%s%s%s%s", name, name[0] == '\0' ? "" : ", ", more,
                        interrupt->edge ? "edge" : "level");
}

static void print_interrupts(FILE *stream, struct shown *shown) {
    fprintf(stream, "\nInterrupts\n");
    for (size_t i = 0; i < shown->interrupt_count; i++) {
        const struct shown_interrupt *interrupt = &shown->interrupts[i];
        const char *number = arena_printf(&shown->arena, "irq %" PRIu32 ", ", interrupt->number);

        fprintf(stream, "  %4" PRIu32 "  %-10s  %-*s  %s\n", interrupt->phys,
                shown_interrupt_text(shown, interrupt->phys), owner_width(shown),
                shown_owner(shown, interrupt->owner), interrupt_text(shown, interrupt, number));
    }
}

void show_text(FILE *stream, struct shown *shown) {
    int width = owner_width(shown);

    print_summary(stream, shown);
    fprintf(stream, "\nVMs\n");
    for (uint32_t vm = 0; vm < shown->system.vm_count; vm++) {
        print_vm(stream, shown, vm, "    ");
        print_start(stream, &shown->system.vms[vm], "    ");
        print_payloads(stream, shown, vm, "    ");
    }
    print_cpus(stream, shown);
    fprintf(stream, "\nRAM\n");
    for (size_t i = 0; i < shown->ram_count; i++)
        print_range(stream, shown, &shown->ram[i], width);
    fprintf(stream, "\nDevices; all others of the board belong to nobody\n");
    for (size_t i = 0; i < shown->device_count; i++)
        print_range(stream, shown, &shown->devices[i], width);
    print_interrupts(stream, shown);
}

/* --- one VM --- */

/* Something in the guest's address space. */
struct place {
    uint64_t at;
    uint64_t size;
    const char *what;
    bool is_real; /* and where it is in the machine: */
    uint64_t phys;
};

struct places {
    struct arena *arena;
    struct place *list;
    size_t count;
};

/* Adds a place, of which more can be said then; an empty one does not count. */
static struct place *add_place(struct places *places, uint64_t at, uint64_t size,
                               const char *what) {
    struct place *place = ARENA_ADD(places->arena, places->list, places->count);

    *place = (struct place){.at = at, .size = size, .what = what};
    places->count -= size == 0;
    return place;
}

static int compare_places(const void *left, const void *right) {
    const struct place *a = left;
    const struct place *b = right;

    return a->at < b->at ? -1 : a->at > b->at;
}

static void add_owned_places(struct places *places, struct shown *shown,
                             const struct shown_range *ranges, size_t count, uint32_t vm) {
    for (size_t i = 0; i < count; i++) {
        const struct shown_range *range = &ranges[i];

        if (range->owner != vm)
            continue;
        struct place *place = add_place(places, range->at, range->size, range_text(shown, range));
        place->is_real = true;
        place->phys = range->phys;
    }
}

static struct places find_places(struct shown *shown, uint32_t index) {
    const struct system_vm *vm = &shown->system.vms[index];
    struct places places = {.arena = &shown->arena};

    for (uint32_t n = 0; n < CONFIG_GUEST_CONTROLLER_MAX; n++) {
        struct system_range range = shown_controller(shown, index, n);

        add_place(&places, range.phys, range.size, "interrupt controller, its own");
    }
    if (vm->console_at != 0)
        add_place(&places, vm->console_at, SYSTEM_PAGE_SIZE, "console, emulated");
    add_owned_places(&places, shown, shown->ram, shown->ram_count, index);
    add_owned_places(&places, shown, shown->devices, shown->device_count, index);
    qsort(places.list, places.count, sizeof(*places.list), compare_places);
    return places;
}

static void print_vm_interrupts(FILE *stream, struct shown *shown, uint32_t index) {
    const struct system_vm *vm = &shown->system.vms[index];

    fprintf(stream, "\nInterrupts, as the guest numbers them\n");
    for (size_t i = 0; i < shown->interrupt_count; i++) {
        const struct shown_interrupt *interrupt = &shown->interrupts[i];

        if (interrupt->owner == index || interrupt->owner == SHOWN_EACH)
            fprintf(stream, "  irq %4" PRIu32 "  %-10s  %s\n", interrupt->number,
                    shown_interrupt_text(shown, interrupt->phys),
                    interrupt_text(shown, interrupt, ""));
    }
    if (vm->console_irq != 0)
        fprintf(stream, "  irq %4" PRIu32 "  %-10s  console, level\n", vm->console_irq, "emulated");
}

void show_text_vm(FILE *stream, struct shown *shown, uint32_t index) {
    const struct system_vm *vm = &shown->system.vms[index];
    struct places places = find_places(shown, index);

    print_vm(stream, shown, index, "  ");
    print_start(stream, vm, "  ");
    fprintf(stream, "\nvCPUs\n");
    for (uint32_t vcpu = 0; vcpu < system_vm_vcpu_count(vm); vcpu++) {
        uint32_t cpu = system_vm_cpu(vm, vcpu);

        fprintf(stream, "  vCPU %-2" PRIu32 "  CPU %-2" PRIu32 "  id 0x%" PRIx64 "\n", vcpu, cpu,
                shown->system.cpus[cpu].hwid);
    }
    fprintf(stream, "\nAddresses, as the guest sees them\n");
    for (size_t i = 0; i < places.count; i++) {
        const struct place *place = &places.list[i];

        fprintf(stream, "  0x%010" PRIx64 " - 0x%010" PRIx64 "  %9s  %s", place->at,
                place->at + place->size - 1, number_size_text(&shown->arena, place->size),
                place->what);
        if (place->is_real)
            fprintf(stream, ", phys 0x%" PRIx64, place->phys);
        fprintf(stream, "\n");
    }
    print_vm_interrupts(stream, shown, index);
    if (vm->payloads.count != 0)
        fprintf(stream, "\nLoaded at each start\n");
    print_payloads(stream, shown, index, "  ");
}
