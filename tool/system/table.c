/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/system/table.h"

#include <string.h>

#include "config/config_check.h"

/* The table under construction: sections are appended in the header's order. */
struct builder {
    const struct plan *plan;
    struct system_table header;
    uint64_t *words; /* all of it; the header's are filled in at the end */
    size_t count;
};

static void add_words(struct builder *builder, const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i += sizeof(uint64_t))
        memcpy(ARENA_ADD(builder->plan->arena, builder->words, builder->count),
               (const char *)bytes + i, sizeof(uint64_t));
}

static void add_entry(struct builder *builder, struct system_section *section, const void *entry,
                      size_t size) {
    if (section->count++ == 0)
        section->offset = (uint32_t)(builder->count * sizeof(uint64_t));
    add_words(builder, entry, size);
}

#define ADD(builder, section, type, ...)                                                           \
    add_entry(builder, &(builder)->header.section, &(const struct type){__VA_ARGS__},              \
              sizeof(struct type))

static void add_machine(struct builder *builder) {
    const struct board *board = builder->plan->board;
    const struct machine *machine = &board->machine;

    for (size_t i = 0; i < board->ram_count; i++)
        ADD(builder, ram, system_range, board->ram[i].phys, board->ram[i].size);
    for (size_t i = 0; i < machine->cpu_count; i++) {
        ADD(builder, cpus, system_cpu, .hwid = machine->cpus[i].hwid,
            .controller_index = machine->cpus[i].controller_index,
            .controller_phys = machine->cpus[i].controller_phys);
    }
}

static void add_memory(struct builder *builder, const struct plan_vm *vm) {
    for (size_t i = 0; i < vm->memory_count; i++) {
        const struct plan_memory *memory = &vm->memory[i];

        ADD(builder, memory, system_region, memory->at, memory->phys, memory->size,
            memory->clear ? SYSTEM_MEMORY_CLEAR : 0);
    }
}

static void add_devices(struct builder *builder, const struct plan_vm *vm) {
    for (size_t i = 0; i < vm->device_count; i++) {
        const struct device *device = &vm->devices[i].device;

        for (size_t j = 0; j < device->register_count; j++) {
            struct system_range range = device->registers[j];

            ADD(builder, devices, system_region, range.phys, range.phys, range.size,
                device_is_prefetchable(device, range) ? SYSTEM_DEVICE_PREFETCHABLE : 0);
        }
    }
}

static void add_interrupts(struct builder *builder, const struct plan_vm *vm) {
    struct tree_interrupt *interrupts = NULL;
    size_t count = plan_interrupts(vm, builder->plan->arena, &interrupts);

    for (size_t i = 0; i < count; i++) {
        ADD(builder, interrupts, system_interrupt, .number = interrupts[i].number,
            .phys = interrupts[i].number, .flags = interrupts[i].edge ? SYSTEM_INTERRUPT_EDGE : 0);
    }
}

static void add_payloads(struct builder *builder, const struct plan_vm *vm) {
    for (size_t i = 0; i < vm->payload_count; i++) {
        const struct plan_payload *payload = &vm->payloads[i];

        ADD(builder, payloads, system_payload, .at = payload->at, .offset = payload->offset,
            .size = payload->size, .slot_size = payload->slot_size);
    }
}

static void add_channels(struct builder *builder) {
    const struct plan *plan = builder->plan;

    for (size_t i = 0; i < plan->channel_count; i++) {
        const struct plan_channel *channel = &plan->channels[i];

        ADD(builder, channels, system_channel, channel->phys, channel->size,
            channel->keep ? SYSTEM_CHANNEL_KEEP : 0);
    }
}

static void add_members(struct builder *builder, const struct plan_vm *vm) {
    for (size_t i = 0; i < vm->member_count; i++) {
        const struct plan_member *member = &vm->members[i];

        ADD(builder, members, system_member, .channel = (uint32_t)member->channel,
            .flags = member->writes ? SYSTEM_MEMBER_WRITES : 0, .at = member->at);
    }
}

/* Adds what each VM has in a section, and notes which part of it is whose. */
#define ADD_SLICES(builder, vms, section)                                                          \
    for (size_t i = 0; i < (builder)->plan->vm_count; i++) {                                       \
        (vms)[i].section.first = (builder)->header.section.count;                                  \
        add_##section(builder, &(builder)->plan->vms[i]);                                          \
        (vms)[i].section.count = (builder)->header.section.count - (vms)[i].section.first;         \
    }

static void add_vms(struct builder *builder) {
    const struct plan *plan = builder->plan;
    struct system_vm *vms = arena_alloc(plan->arena, (plan->vm_count + 1) * sizeof(*vms));

    for (size_t i = 0; i < plan->vm_count; i++) {
        vms[i] = plan_table_entry(plan, &plan->vms[i]);
        add_entry(builder, &builder->header.vms, &vms[i], sizeof(vms[i]));
    }
    ADD_SLICES(builder, vms, memory)
    ADD_SLICES(builder, vms, devices)
    ADD_SLICES(builder, vms, interrupts)
    ADD_SLICES(builder, vms, payloads)
    add_channels(builder);
    ADD_SLICES(builder, vms, members)
    memcpy((char *)builder->words + builder->header.vms.offset, vms, plan->vm_count * sizeof(*vms));
}

struct system_table *table_make(const struct plan *plan) {
    /* A section without entries lies behind the header, where any section may. */
    const struct system_section empty = {sizeof(struct system_table), 0};
    struct builder builder = {
        .plan = plan,
        .words = arena_alloc(plan->arena, sizeof(struct system_table)),
        .count = sizeof(struct system_table) / sizeof(uint64_t),
        .header = {.magic = SYSTEM_TABLE_MAGIC,
                   .version = SYSTEM_TABLE_VERSION,
                   .arch = plan->board->machine.config->arch,
                   .home = plan->board->home,
                   .image_size = plan->image_size,
                   .pool = plan->pool,
                   .board = plan->board->machine.board,
                   .devices = empty,
                   .interrupts = empty,
                   .payloads = empty,
                   .channels = empty,
                   .members = empty,
                   .manifest_offset = plan->manifest_offset,
                   .manifest_size = (uint32_t)plan->manifest_size},
    };

    add_machine(&builder);
    add_vms(&builder);
    builder.header.size = (uint32_t)(builder.count * sizeof(uint64_t));
    memcpy(builder.words, &builder.header, sizeof(builder.header));
    return (struct system_table *)(void *)builder.words;
}
