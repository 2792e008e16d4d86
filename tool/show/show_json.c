/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show/show.h"

#include <string.h>

#include "tool/show/shown_channel.h"

#define VERSION 1u

static bool is_wanted(uint32_t vm, uint32_t owner) {
    return vm == SYSTEM_VMS_MAX || owner == vm || owner == SHOWN_EACH;
}

/* Adds who owns an entry: a word, and the VM's name if it is one. */
static void add_owner(json_t *map, struct shown *shown, uint32_t owner) {
    static const char *const words[] = {
        [SHOWN_BULKHEAD - SYSTEM_VMS_MAX] = "bulkhead",
        [SHOWN_RESERVED - SYSTEM_VMS_MAX] = "reserved",
        [SHOWN_NOBODY - SYSTEM_VMS_MAX] = "nobody",
        [SHOWN_EACH - SYSTEM_VMS_MAX] = "each-vm",
        [SHOWN_SHARED - SYSTEM_VMS_MAX] = "shared",
    };
    bool is_vm = owner < SYSTEM_VMS_MAX;

    json_object_set_new(map, "owner", json_string(is_vm ? "vm" : words[owner - SYSTEM_VMS_MAX]));
    json_object_set_new(map, "vm", json_text(is_vm ? shown_owner(shown, owner) : NULL));
}

static json_t *image_json(const struct system_table *table) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "home", json_hex(table->home), "size",
                     json_unsigned(table->image_size), "table-version",
                     json_unsigned(table->version), "manifest-offset",
                     json_unsigned(table->manifest_offset), "manifest-size",
                     json_unsigned(table->manifest_size));
}

static json_t *cpus_json(struct shown *shown, uint32_t wanted) {
    const struct system *system = &shown->system;
    json_t *list = json_array();

    for (uint32_t cpu = 0; cpu < system->cpu_count; cpu++) {
        uint32_t vm = system_vm_of_cpu(system, cpu);
        uint32_t vcpu = 0;

        if (!is_wanted(wanted, vm))
            continue;
        json_t *map = json_pack("{s:o, s:o}", "cpu", json_unsigned(cpu), "id",
                                json_hex(system->cpus[cpu].hwid));
        add_owner(map, shown, vm == SYSTEM_VMS_MAX ? SHOWN_NOBODY : vm);
        while (vm != SYSTEM_VMS_MAX && system_vm_cpu(&system->vms[vm], vcpu) != cpu)
            vcpu++;
        if (vm != SYSTEM_VMS_MAX)
            json_object_set_new(map, "vcpu", json_unsigned(vcpu));
        json_array_append_new(list, map);
    }
    return list;
}

static void add_device(json_t *map, const struct manifest_device *device) {
    static const struct manifest_device unknown = {0};

    device = device == NULL ? &unknown : device;
    json_object_set_new(map, "device", json_text(device->name));
    json_object_set_new(map, "node", json_text(device->node));
    json_object_set_new(map, "compatible", json_text(device->compatible));
}

static json_t *ranges_json(struct shown *shown, uint32_t wanted,
                           const struct shown_ranges *ranges) {
    bool are_devices = ranges == &shown->devices;
    json_t *list = json_array();

    for (size_t i = 0; i < ranges->count; i++) {
        const struct shown_range *range = &ranges->items[i];

        if (!is_wanted(wanted, range->owner))
            continue;
        json_t *map = json_pack("{s:o, s:o}", "phys", json_hex(range->phys), "size",
                                json_unsigned(range->size));
        add_owner(map, shown, range->owner);
        json_object_set_new(map, "what", json_text(range->what));
        if (range->has_at)
            json_object_set_new(map, "at", json_hex(range->at));
        if (range->has_at && !are_devices)
            json_object_set_new(map, "clear", json_boolean(!range->keeps));
        if (are_devices)
            add_device(map, range->device);
        json_array_append_new(list, map);
    }
    return list;
}

/* A VM's part in a channel. */
static json_t *member_json(const struct shown *shown, uint32_t vm, uint32_t channel) {
    const struct system_member *member = shown_channel_member(shown, vm, channel);

    return json_pack("{s:o, s:s, s:o}", "member",
                     json_unsigned(shown_channel_number(shown, vm, channel)), "access",
                     shown_channel_access(member), "at", json_hex(member->at));
}

static json_t *members_json(const struct shown *shown, uint32_t channel) {
    json_t *list = json_array();

    for (uint32_t vm = 0; vm < shown->system.vm_count; vm++) {
        if (shown_channel_member(shown, vm, channel) == NULL)
            continue;
        json_t *map = json_pack("{s:s}", "vm", shown->system.vms[vm].name);
        json_object_update_new(map, member_json(shown, vm, channel));
        json_array_append_new(list, map);
    }
    return list;
}

static json_t *channels_json(const struct shown *shown, uint32_t wanted) {
    json_t *list = json_array();

    for (uint32_t i = 0; i < shown->system.channel_count; i++) {
        const struct system_channel *channel = &shown->system.channels[i];

        if (wanted != SYSTEM_VMS_MAX && shown_channel_member(shown, wanted, i) == NULL)
            continue;
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:b, s:o}", "name",
                                              json_text(manifest_channel(&shown->manifest, i)),
                                              "phys", json_hex(channel->phys), "size",
                                              json_unsigned(channel->size), "keep",
                                              (channel->flags & SYSTEM_CHANNEL_KEEP) != 0,
                                              "members", members_json(shown, i)));
    }
    return list;
}

static json_t *interrupts_json(struct shown *shown, uint32_t wanted) {
    json_t *list = json_array();

    for (size_t i = 0; i < shown->interrupt_count; i++) {
        const struct shown_interrupt *interrupt = &shown->interrupts[i];

        if (!is_wanted(wanted, interrupt->owner))
            continue;
        json_t *map = json_pack("{s:o, s:o}", "phys", json_unsigned(interrupt->phys), "name",
                                json_text(shown_interrupt_text(shown, interrupt->phys)));
        add_owner(map, shown, interrupt->owner);
        json_object_set_new(map, "what",
                            json_text(interrupt->what == NULL ? "device" : interrupt->what));
        if (interrupt->owner < SYSTEM_VMS_MAX || interrupt->owner == SHOWN_EACH)
            json_object_set_new(map, "irq", json_unsigned(interrupt->number));
        if (interrupt->owner < SYSTEM_VMS_MAX) {
            json_object_set_new(map, "trigger", json_string(interrupt->edge ? "edge" : "level"));
            add_device(map, interrupt->device);
        }
        json_array_append_new(list, map);
    }
    return list;
}

static json_t *console_json(const struct shown *shown, uint32_t index) {
    static const char *const kinds[] = {
        [SYSTEM_VM_CONSOLE_NONE] = "none",
        [SYSTEM_VM_CONSOLE_PL011] = "pl011",
        [SYSTEM_VM_CONSOLE_16550] = "16550",
        [SYSTEM_VM_CONSOLE_SBI] = "sbi",
    };
    const struct system_vm *vm = &shown->system.vms[index];
    const char *name = shown_console(shown, index);
    bool is_own = vm->console == SYSTEM_VM_CONSOLE_NONE && strcmp(name, "none") != 0;
    bool has_at = vm->console_at != 0;

    return json_pack("{s:s, s:o, s:o*, s:o*}", "kind", is_own ? "device" : kinds[vm->console],
                     "device", json_text(is_own ? name : NULL), "at",
                     has_at ? json_hex(vm->console_at) : NULL, "irq",
                     has_at ? json_unsigned(vm->console_irq) : NULL);
}

static json_t *controller_json(const struct shown *shown, const struct system_vm *vm) {
    json_t *list = json_array();

    for (uint32_t n = 0; n < CONFIG_GUEST_CONTROLLER_MAX; n++) {
        struct system_range range = shown->arch->guest_controller(&shown->system, vm, n);

        if (range.size != 0)
            json_array_append_new(list, json_pack("{s:o, s:o}", "at", json_hex(range.phys), "size",
                                                  json_unsigned(range.size)));
    }
    return list;
}

static json_t *payloads_json(const struct shown *shown, uint32_t index) {
    json_t *list = json_array();

    for (uint32_t n = 0; n < shown->system.vms[index].payloads.count; n++) {
        struct shown_payload payload = shown_payload(shown, index, n);
        json_t *kind = json_text(payload.kind[0] == '\0' ? NULL : payload.kind);

        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o, s:o}", "what", kind, "at",
                                              json_hex(payload.entry->at), "size",
                                              json_unsigned(payload.entry->size), "offset",
                                              json_unsigned(payload.entry->offset), "slot-size",
                                              json_unsigned(payload.entry->slot_size)));
    }
    return list;
}

static json_t *policy_json(const struct system_vm *vm, uint32_t end) {
    const struct system_policy *policy = &vm->policies[end];
    bool limited = policy->max != 0;

    return json_pack("{s:s, s:o*, s:o*, s:s*, s:o*}", "do", shown_action(policy->action), "max",
                     limited ? json_unsigned(policy->max) : NULL, "within-ms",
                     limited ? json_unsigned(policy->within) : NULL, "then",
                     limited ? shown_action(policy->then) : NULL, "back-off-ms",
                     policy->back_off != 0 ? json_unsigned(policy->back_off) : NULL);
}

static json_t *watchdog_json(const struct system_vm *vm) {
    bool has_at = vm->watchdog_at != 0;

    return json_pack("{s:o, s:s, s:o*, s:o*}", "timeout-ms", json_unsigned(vm->watchdog), "from",
                     (vm->flags & SYSTEM_VM_WATCHDOG_BOOT) != 0 ? "boot" : "first-feed", "at",
                     has_at ? json_hex(vm->watchdog_at) : NULL, "irq",
                     has_at ? json_unsigned(vm->watchdog_irq) : NULL);
}

/* The names of some VMs. */
static json_t *names_json(const struct shown *shown, uint32_t vms) {
    json_t *list = json_array();

    for (uint32_t i = 0; vms >> i != 0; i++)
        if ((vms >> i & 1) != 0)
            json_array_append_new(list, json_text(shown->system.vms[i].name));
    return list;
}

/* The channels that a VM is a member of, as it sees them. */
static json_t *vm_channels_json(const struct shown *shown, uint32_t vm) {
    json_t *list = json_array();

    for (uint32_t i = 0; i < shown->system.channel_count; i++) {
        if (shown_channel_member(shown, vm, i) == NULL)
            continue;
        json_t *map =
            json_pack("{s:o, s:o}", "name", json_text(manifest_channel(&shown->manifest, i)),
                      "size", json_unsigned(shown->system.channels[i].size));
        json_object_update_new(map, member_json(shown, vm, i));
        json_array_append_new(list, map);
    }
    return list;
}

static json_t *vm_json(struct shown *shown, uint32_t index) {
    const struct system_vm *vm = &shown->system.vms[index];
    const struct manifest_vm *known = manifest_vm(&shown->manifest, index);
    json_t *cpus = json_array();

    for (uint32_t vcpu = 0; vcpu < system_vm_vcpu_count(vm); vcpu++)
        json_array_append_new(cpus, json_unsigned(system_vm_cpu(vm, vcpu)));
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o*, s:o, s:o, s:o, s:o*, s:o*, s:s, s:o, s:o, s:b, s:o, s:o, s:o, "
        "s:o, s:o}",
        "name", json_text(vm->name), "cpus", cpus, "memory",
        json_unsigned(shown_memory_size(shown, index)), "entry",
        vm->payloads.count == 0 ? json_null() : json_hex(vm->entry), "tree",
        vm->boot_argument == 0 ? NULL : json_hex(vm->boot_argument), "on-fault",
        policy_json(vm, SYSTEM_END_FAULT), "on-reset", policy_json(vm, SYSTEM_END_RESET),
        "on-poweroff", policy_json(vm, SYSTEM_END_POWEROFF), "watchdog",
        vm->watchdog == 0 ? NULL : watchdog_json(vm), "on-watchdog",
        vm->watchdog == 0 ? NULL : policy_json(vm, SYSTEM_END_WATCHDOG), "restart",
        (vm->flags & SYSTEM_VM_WARM) != 0 ? "warm" : "cold", "group", names_json(shown, vm->group),
        "manages", names_json(shown, vm->manages), "dma-unprotected",
        (vm->flags & SYSTEM_VM_DMA_UNPROTECTED) != 0, "console", console_json(shown, index),
        "interrupt-controller", controller_json(shown, vm), "channels",
        vm_channels_json(shown, index), "payloads", payloads_json(shown, index), "files",
        manifest_files_json(known->files, known->file_count));
}

json_t *show_json(struct shown *shown, uint32_t vm) {
    const struct manifest *manifest = &shown->manifest;
    json_t *vms = json_array();

    for (uint32_t i = 0; i < shown->system.vm_count; i++)
        if (is_wanted(vm, i))
            json_array_append_new(vms, vm_json(shown, i));
    return json_pack("{s:i, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "show",
                     VERSION, "bulkhead", json_text(manifest->tool_version), "arch",
                     shown_arch(shown), "board", json_text(manifest->board), "no-names",
                     json_text(shown->no_manifest), "image", image_json(shown->system.table),
                     "files", manifest_files_json(manifest->files, manifest->file_count), "vms",
                     vms, "cpus", cpus_json(shown, vm), "ram", ranges_json(shown, vm, &shown->ram),
                     "channels", channels_json(shown, vm), "devices",
                     ranges_json(shown, vm, &shown->devices), "interrupts",
                     interrupts_json(shown, vm));
}
