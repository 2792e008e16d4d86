/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show/show.h"

#include <inttypes.h>
#include <string.h>

#include "tool/base/number.h"
#include "tool/show/shown_channel.h"

/* The widest of the owners' names, so that what follows stands in line. */
static int owner_width(const struct shown *shown) {
    size_t width = strlen(shown_owner(shown, SHOWN_RESERVED));

    for (uint32_t vm = 0; vm < shown->system.vm_count; vm++)
        if (strlen(shown_owner(shown, vm)) > width)
            width = strlen(shown_owner(shown, vm));
    return (int)width;
}

/* The device's name, and the board's name for it where they differ; of Bulkhead's own devices, what
 * they are. */
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

static void print_span(FILE *stream, struct shown *shown, uint64_t from, uint64_t size) {
    fprintf(stream, "  0x%010" PRIx64 " - 0x%010" PRIx64 "  %9s  ", from, from + size - 1,
            number_size_text(&shown->arena, size));
}

static void print_ranges(FILE *stream, struct shown *shown, const struct shown_ranges *ranges) {
    for (size_t i = 0; i < ranges->count; i++) {
        const struct shown_range *range = &ranges->items[i];

        print_span(stream, shown, range->phys, range->size);
        fprintf(stream, "%-*s  %s", owner_width(shown), shown_owner(shown, range->owner),
                range_text(shown, range));
        if (range->has_at)
            fprintf(stream, " at 0x%" PRIx64, range->at);
        fprintf(stream, "%s\n", range->keeps ? ", not cleared" : "");
    }
}

static void print_payloads(FILE *stream, struct shown *shown, uint32_t index, const char *indent) {
    for (uint32_t n = 0; n < shown->system.vms[index].payloads.count; n++) {
        struct shown_payload payload = shown_payload(shown, index, n);

        fprintf(stream,
                "%s%-7s 0x%010" PRIx64 "  %10" PRIu64 " bytes, from image + 0x%" PRIx64 "%s%s\n",
                indent, payload.kind, payload.entry->at, payload.entry->size, payload.entry->offset,
                payload.file[0] == '\0' ? "" : ", ", payload.file);
    }
}

static void print_members(FILE *stream, struct shown *shown, uint32_t index, const char *indent) {
    for (uint32_t i = 0; i < shown->system.channel_count; i++) {
        const struct system_member *member = shown_channel_member(shown, index, i);

        if (member != NULL)
            fprintf(stream, "%s%s: %s at 0x%" PRIx64 ", %s, member %" PRIu32 "\n", indent,
                    shown_channel(shown, i), shown_channel_access(member), member->at,
                    number_size_text(&shown->arena, shown->system.channels[i].size),
                    shown_channel_number(shown, index, i));
    }
}

static void print_vm(FILE *stream, struct shown *shown, uint32_t index, const char *indent) {
    const struct system_vm *vm = &shown->system.vms[index];
    const char *ends = shown_ends(shown, index);

    fprintf(stream, "  %s: CPU%s %s, %s, console %s, on-fault %s\n", vm->name,
            system_vm_vcpu_count(vm) == 1 ? "" : "s", shown_cpus_text(shown, vm->cpus),
            number_size_text(&shown->arena, shown_memory_size(shown, index)),
            shown_console(shown, index), shown_policy(shown, &vm->policies[SYSTEM_END_FAULT]));
    if (ends[0] != '\0')
        fprintf(stream, "%s%s\n", indent, ends + strlen(", "));
    if ((vm->flags & SYSTEM_VM_DMA_UNPROTECTED) != 0)
        fprintf(stream, "%sa device of its reads and writes all memory: nothing contains its DMA\n",
                indent);
    if (vm->payloads.count == 0)
        fprintf(stream, "%swithout its images\n", indent);
    else
        fprintf(stream, "%sentry 0x%" PRIx64 "%s\n", indent, vm->entry,
                vm->boot_argument == 0 ? ""
                                       : arena_printf(&shown->arena, ", device tree at 0x%" PRIx64,
                                                      vm->boot_argument));
    print_members(stream, shown, index, indent);
}

/* --- the machine --- */

static void print_summary(FILE *stream, struct shown *shown) {
    const struct system_table *table = shown->system.table;
    const struct manifest *manifest = &shown->manifest;

    fprintf(stream, "system of %" PRIu32 " VM%s for ", shown->system.vm_count,
            shown->system.vm_count == 1 ? "" : "s");
    fprintf(stream, manifest->board == NULL ? "%s%s" : "%s (%s)",
            manifest->board == NULL ? "" : manifest->board, shown_arch(shown));
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

        fprintf(stream, "  %4" PRIu64 "  %-10s  %-*s  %s\n", interrupt->phys,
                shown_interrupt_text(shown, interrupt->phys), owner_width(shown),
                shown_owner(shown, interrupt->owner), interrupt_text(shown, interrupt, number));
    }
}

static void print_channels(FILE *stream, struct shown *shown) {
    if (shown->system.channel_count != 0)
        fprintf(stream,
                "\nChannels; the first page of each is its state, which members only read\n");
    for (uint32_t i = 0; i < shown->system.channel_count; i++) {
        const struct system_channel *channel = &shown->system.channels[i];
        bool keeps = (channel->flags & SYSTEM_CHANNEL_KEEP) != 0;

        print_span(stream, shown, channel->phys, channel->size);
        fprintf(stream, "%s: %s%s\n", shown_channel(shown, i), shown_channel_members(shown, i),
                keeps ? "; kept over a restart" : "");
    }
}

void show_text(FILE *stream, struct shown *shown) {
    print_summary(stream, shown);
    fprintf(stream, "\nVMs\n");
    for (uint32_t vm = 0; vm < shown->system.vm_count; vm++) {
        print_vm(stream, shown, vm, "    ");
        print_payloads(stream, shown, vm, "    ");
    }
    print_cpus(stream, shown);
    fprintf(stream, "\nRAM\n");
    print_ranges(stream, shown, &shown->ram);
    print_channels(stream, shown);
    fprintf(stream, "\nDevices; all others of the board belong to nobody\n");
    print_ranges(stream, shown, &shown->devices);
    print_interrupts(stream, shown);
}

/* --- one VM --- */

static void add_owned(struct shown_ranges *view, struct shown *shown,
                      const struct shown_ranges *ranges, uint32_t vm) {
    for (size_t i = 0; i < ranges->count; i++) {
        const struct shown_range *range = &ranges->items[i];

        if (range->owner != vm)
            continue;
        struct shown_range *seen =
            shown_add(shown, view, (struct system_range){range->at, range->size}, vm, range->what);
        seen->has_at = range->has_at;
        seen->at = range->phys;
        seen->device = range->device;
    }
}

static void add_members(struct shown_ranges *view, struct shown *shown, uint32_t vm) {
    for (uint32_t i = 0; i < shown->system.channel_count; i++) {
        const struct system_channel *channel = &shown->system.channels[i];
        const struct system_member *member = shown_channel_member(shown, vm, i);

        if (member == NULL)
            continue;
        struct shown_range *seen =
            shown_add(shown, view, (struct system_range){member->at, channel->size}, vm,
                      arena_printf(&shown->arena, "%s, %s", shown_channel(shown, i),
                                   shown_channel_access(member)));
        seen->has_at = true;
        seen->at = channel->phys;
    }
}

/* A guest's address space, as ranges whose `phys` and `at` have changed places. */
static struct shown_ranges view_of(struct shown *shown, uint32_t index) {
    const struct system_vm *vm = &shown->system.vms[index];
    struct system_range console = {vm->console_at, vm->console_at == 0 ? 0 : SYSTEM_PAGE_SIZE};
    struct system_range watchdog = {vm->watchdog_at,
                                    vm->watchdog_at == 0 ? 0 : shown->arch->watchdog_size};
    struct shown_ranges view = {0};

    shown_add(shown, &view, console, index, "console, emulated");
    shown_add(shown, &view, watchdog, index, "watchdog, emulated");
    for (uint32_t n = 0; n < CONFIG_GUEST_CONTROLLER_MAX; n++)
        shown_add(shown, &view, shown_controller(shown, index, n), index,
                  "interrupt controller, its own");
    add_owned(&view, shown, &shown->ram, index);
    add_owned(&view, shown, &shown->devices, index);
    add_members(&view, shown, index);
    shown_sort(&view);
    return view;
}

static void print_vm_interrupts(FILE *stream, struct shown *shown, uint32_t index) {
    const struct system_vm *vm = &shown->system.vms[index];

    fprintf(stream, "\nInterrupts, as the guest numbers them\n");
    for (size_t i = 0; i < shown->interrupt_count; i++) {
        const struct shown_interrupt *interrupt = &shown->interrupts[i];
        bool is_its = interrupt->owner == index || interrupt->owner == SHOWN_EACH;

        if (is_its)
            fprintf(stream, "  irq %4" PRIu32 "  %-10s  %s\n", interrupt->number,
                    shown_interrupt_text(shown, interrupt->phys),
                    interrupt_text(shown, interrupt, ""));
    }
    if (vm->console_irq != 0)
        fprintf(stream, "  irq %4" PRIu32 "  %-10s  console, level\n", vm->console_irq, "emulated");
    if (vm->watchdog_irq != 0)
        fprintf(stream, "  irq %4" PRIu32 "  %-10s  watchdog, level\n", vm->watchdog_irq,
                "emulated");
}

void show_text_vm(FILE *stream, struct shown *shown, uint32_t index) {
    const struct system_vm *vm = &shown->system.vms[index];
    struct shown_ranges view = view_of(shown, index);

    print_vm(stream, shown, index, "  ");
    fprintf(stream, "\nvCPUs\n");
    for (uint32_t vcpu = 0; vcpu < system_vm_vcpu_count(vm); vcpu++) {
        uint32_t cpu = system_vm_cpu(vm, vcpu);

        fprintf(stream, "  vCPU %-2" PRIu32 "  CPU %-2" PRIu32 "  id 0x%" PRIx64 "\n", vcpu, cpu,
                shown->system.cpus[cpu].hwid);
    }
    fprintf(stream, "\nAddresses, as the guest sees them\n");
    for (size_t i = 0; i < view.count; i++) {
        const struct shown_range *range = &view.items[i];

        print_span(stream, shown, range->phys, range->size);
        fputs(range_text(shown, range), stream);
        if (range->has_at)
            fprintf(stream, ", phys 0x%" PRIx64, range->at);
        fprintf(stream, "\n");
    }
    print_vm_interrupts(stream, shown, index);
    if (vm->payloads.count != 0)
        fprintf(stream, "\nLoaded at each start\n");
    print_payloads(stream, shown, index, "  ");
}
