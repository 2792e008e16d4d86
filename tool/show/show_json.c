/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show/show_json.h"

#include <string.h>

#include "abi/boot_record.h"
#include "tool/base/json.h"

#define VERSION 1u

struct writer {
    struct json json;
    struct shown *shown;
    uint32_t vm; /* SYSTEM_VMS_MAX: all */
};

static bool is_wanted(const struct writer *writer, uint32_t owner) {
    return writer->vm == SYSTEM_VMS_MAX || owner == writer->vm || owner == SHOWN_EACH;
}

/* Who owns an entry: a word, and the VM's name if it is one. */
static void write_owner(struct writer *writer, uint32_t owner) {
    static const char *const words[] = {
        [SHOWN_BULKHEAD - SYSTEM_VMS_MAX] = "bulkhead",
        [SHOWN_RESERVED - SYSTEM_VMS_MAX] = "reserved",
        [SHOWN_NOBODY - SYSTEM_VMS_MAX] = "nobody",
        [SHOWN_EACH - SYSTEM_VMS_MAX] = "each-vm",
    };
    bool is_vm = owner < SYSTEM_VMS_MAX;

    json_text(&writer->json, "owner", is_vm ? "vm" : words[owner - SYSTEM_VMS_MAX]);
    json_text(&writer->json, "vm", is_vm ? shown_owner(writer->shown, owner) : NULL);
}

static void write_files(struct writer *writer, const struct manifest_file *files, size_t count) {
    json_list(&writer->json, "files");
    for (size_t i = 0; i < count; i++) {
        json_map_line(&writer->json, NULL);
        json_text(&writer->json, "what", files[i].what);
        json_text(&writer->json, "path", files[i].path);
        json_text(&writer->json, "sha256", files[i].sha256);
        json_end(&writer->json);
    }
    json_end(&writer->json);
}

static void write_image(struct writer *writer) {
    const struct system_table *table = writer->shown->system.table;
    struct json *json = &writer->json;

    json_map(json, "image");
    json_hex(json, "home", table->home);
    json_number(json, "size", table->image_size);
    json_number(json, "table-version", table->version);
    json_number(json, "manifest-offset", table->manifest_offset);
    json_number(json, "manifest-size", table->manifest_size);
    json_end(json);
}

static void write_cpus(struct writer *writer) {
    const struct system *system = &writer->shown->system;
    struct json *json = &writer->json;

    json_list(json, "cpus");
    for (uint32_t cpu = 0; cpu < system->cpu_count; cpu++) {
        uint32_t vm = system_vm_of_cpu(system, cpu);
        uint32_t vcpu = 0;

        if (!is_wanted(writer, vm))
            continue;
        json_map_line(json, NULL);
        json_number(json, "cpu", cpu);
        json_hex(json, "id", system->cpus[cpu].hwid);
        write_owner(writer, vm == SYSTEM_VMS_MAX ? SHOWN_NOBODY : vm);
        while (vm != SYSTEM_VMS_MAX && system_vm_cpu(&system->vms[vm], vcpu) != cpu)
            vcpu++;
        if (vm != SYSTEM_VMS_MAX)
            json_number(json, "vcpu", vcpu);
        json_end(json);
    }
    json_end(json);
}

static void write_device_names(struct writer *writer, const struct manifest_device *device) {
    json_text(&writer->json, "device", device == NULL ? NULL : device->name);
    json_text(&writer->json, "node", device == NULL ? NULL : device->node);
    json_text(&writer->json, "compatible", device == NULL ? NULL : device->compatible);
}

static void write_ranges(struct writer *writer, const char *key, const struct shown_range *ranges,
                         size_t count, bool are_devices) {
    struct json *json = &writer->json;

    json_list(json, key);
    for (size_t i = 0; i < count; i++) {
        const struct shown_range *range = &ranges[i];

        if (!is_wanted(writer, range->owner))
            continue;
        json_map_line(json, NULL);
        json_hex(json, "phys", range->phys);
        json_number(json, "size", range->size);
        write_owner(writer, range->owner);
        json_text(json, "what", range->what);
        if (range->has_at)
            json_hex(json, "at", range->at);
        if (range->has_at && !are_devices)
            json_bool(json, "clear", !range->keeps);
        if (are_devices)
            write_device_names(writer, range->device);
        json_end(json);
    }
    json_end(json);
}

static void write_interrupts(struct writer *writer) {
    struct shown *shown = writer->shown;
    struct json *json = &writer->json;

    json_list(json, "interrupts");
    for (size_t i = 0; i < shown->interrupt_count; i++) {
        const struct shown_interrupt *interrupt = &shown->interrupts[i];

        if (!is_wanted(writer, interrupt->owner))
            continue;
        json_map_line(json, NULL);
        json_number(json, "phys", interrupt->phys);
        json_text(json, "name", shown_interrupt_text(shown, interrupt->phys));
        write_owner(writer, interrupt->owner);
        json_text(json, "what", interrupt->what == NULL ? "device" : interrupt->what);
        if (interrupt->owner < SYSTEM_VMS_MAX || interrupt->owner == SHOWN_EACH)
            json_number(json, "irq", interrupt->number);
        if (interrupt->owner < SYSTEM_VMS_MAX) {
            json_text(json, "trigger", interrupt->edge ? "edge" : "level");
            write_device_names(writer, interrupt->device);
        }
        json_end(json);
    }
    json_end(json);
}

static void write_console(struct writer *writer, uint32_t index) {
    static const char *const kinds[] = {
        [SYSTEM_VM_CONSOLE_NONE] = "none",
        [SYSTEM_VM_CONSOLE_PL011] = "pl011",
        [SYSTEM_VM_CONSOLE_16550] = "16550",
        [SYSTEM_VM_CONSOLE_SBI] = "sbi",
    };
    const struct system_vm *vm = &writer->shown->system.vms[index];
    const char *name = shown_console(writer->shown, index);
    bool is_own = vm->console == SYSTEM_VM_CONSOLE_NONE && strcmp(name, "none") != 0;
    struct json *json = &writer->json;

    json_map_line(json, "console");
    json_text(json, "kind", is_own ? "device" : kinds[vm->console]);
    json_text(json, "device", is_own ? name : NULL);
    if (vm->console_at != 0) {
        json_hex(json, "at", vm->console_at);
        json_number(json, "irq", vm->console_irq);
    }
    json_end(json);
}

static void write_controller(struct writer *writer, const struct system_vm *vm) {
    struct shown *shown = writer->shown;
    struct json *json = &writer->json;

    json_list(json, "interrupt-controller");
    for (uint32_t n = 0; n < CONFIG_GUEST_CONTROLLER_MAX; n++) {
        struct system_range range = shown->arch->guest_controller(&shown->system, vm, n);

        if (range.size == 0)
            continue;
        json_map_line(json, NULL);
        json_hex(json, "at", range.phys);
        json_number(json, "size", range.size);
        json_end(json);
    }
    json_end(json);
}

static void write_payloads(struct writer *writer, uint32_t index) {
    const struct system_vm *vm = &writer->shown->system.vms[index];
    struct json *json = &writer->json;

    json_list(json, "payloads");
    for (uint32_t n = 0; n < vm->payloads.count; n++) {
        const struct system_payload *payload =
            &writer->shown->system.payloads[vm->payloads.first + n];
        const char *kind = shown_payload_kind(writer->shown, index, n);

        json_map_line(json, NULL);
        json_text(json, "what", kind[0] == '\0' ? NULL : kind);
        json_hex(json, "at", payload->at);
        json_number(json, "size", payload->size);
        json_number(json, "offset", payload->offset);
        json_number(json, "slot-size", payload->slot_size);
        json_end(json);
    }
    json_end(json);
}

static void write_policy(struct writer *writer, const struct system_vm *vm) {
    struct json *json = &writer->json;

    json_map_line(json, "on-fault");
    json_text(json, "do", shown_policy_word(vm->on_fault));
    if (vm->on_fault == SYSTEM_FAULT_RESTART && vm->restart_max != 0) {
        json_number(json, "max", vm->restart_max);
        json_number(json, "within-ms", vm->restart_within);
        json_text(json, "then", shown_policy_word(vm->restart_then));
    }
    json_end(json);
}

static void write_vm(struct writer *writer, uint32_t index) {
    const struct shown *shown = writer->shown;
    const struct system_vm *vm = &shown->system.vms[index];
    const struct manifest_vm *known = manifest_vm(&shown->manifest, index);
    struct json *json = &writer->json;

    json_map(json, NULL);
    json_text(json, "name", vm->name);
    json_list_line(json, "cpus");
    for (uint32_t vcpu = 0; vcpu < system_vm_vcpu_count(vm); vcpu++)
        json_number(json, NULL, system_vm_cpu(vm, vcpu));
    json_end(json);
    json_number(json, "memory", shown_memory_size(shown, index));
    if (vm->payloads.count == 0)
        json_text(json, "entry", NULL);
    else
        json_hex(json, "entry", vm->entry);
    if (vm->boot_argument != 0)
        json_hex(json, "tree", vm->boot_argument);
    write_policy(writer, vm);
    json_bool(json, "dma-unprotected", (vm->flags & SYSTEM_VM_DMA_UNPROTECTED) != 0);
    write_console(writer, index);
    write_controller(writer, vm);
    write_payloads(writer, index);
    write_files(writer, known->files, known->file_count);
    json_end(json);
}

void show_json(FILE *stream, struct shown *shown, uint32_t vm) {
    struct writer writer = {.json = {.stream = stream}, .shown = shown, .vm = vm};
    struct json *json = &writer.json;
    const struct manifest *manifest = &shown->manifest;

    json_map(json, NULL);
    json_number(json, "show", VERSION);
    json_text(json, "bulkhead", manifest->tool_version);
    json_text(json, "arch", shown_arch(shown));
    json_text(json, "board", manifest->board);
    json_text(json, "no-names", shown->no_manifest);
    write_image(&writer);
    write_files(&writer, manifest->files, manifest->file_count);
    json_list(json, "vms");
    for (uint32_t i = 0; i < shown->system.vm_count; i++)
        if (is_wanted(&writer, i))
            write_vm(&writer, i);
    json_end(json);
    write_cpus(&writer);
    write_ranges(&writer, "ram", shown->ram, shown->ram_count, false);
    write_ranges(&writer, "devices", shown->devices, shown->device_count, true);
    write_interrupts(&writer);
    json_end(json);
}
