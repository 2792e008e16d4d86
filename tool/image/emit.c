/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/image/emit.h"

#include <string.h>

#include "abi/boot_record.h"
#include "config/config_arch.h"
#include "config/system.h"
#include "lib/crc32c.h"
#include "tool/base/range.h"

#include "tool/base/array.h"

/* The header of a Linux `Image`: what boot loaders read. */
#define HEADER_IMAGE_SIZE 16
#define HEADER_MAGIC      56
#define MAGIC_ARM64       0x644d5241u
#define MAGIC_RISCV       0x05435352u

uint64_t emit_hypervisor_size(const struct config_arch *arch, const unsigned char *binary,
                              size_t size) {
    uint32_t wanted = arch->arch == SYSTEM_ARCH_RISCV64 ? MAGIC_RISCV : MAGIC_ARM64;
    uint32_t magic = 0;
    uint64_t memory = 0;

    if (size < BOOT_RECORD_OFFSET + BOOT_RECORD_SIZE)
        return 0;
    memcpy(&magic, binary + HEADER_MAGIC, sizeof(magic));
    memcpy(&memory, binary + HEADER_IMAGE_SIZE, sizeof(memory));
    if (magic != wanted || memory > arch->address_end)
        return 0;
    return align_up(memory > size ? memory : size, SYSTEM_PAGE_SIZE);
}

/* The table under construction: sections are appended in the header's order. */
struct emitter {
    const struct plan *plan;
    unsigned char *bytes;
    struct system_table *table;
    uint32_t used;
};

static void *append(struct emitter *emitter, struct system_section *section, size_t size) {
    void *entry = emitter->bytes + emitter->used;

    if (section->count++ == 0)
        section->offset = emitter->used;
    emitter->used += (uint32_t)size;
    return entry;
}

static void emit_machine(struct emitter *emitter) {
    const struct board *board = emitter->plan->board;
    const struct machine *machine = &board->machine;
    struct system_table *table = emitter->table;

    table->board = machine->board;
    for (size_t i = 0; i < board->ram_count; i++) {
        *(struct system_range *)append(emitter, &table->ram, sizeof(struct system_range)) =
            board->ram[i];
    }
    for (size_t i = 0; i < machine->cpu_count; i++) {
        *(struct system_cpu *)append(emitter, &table->cpus, sizeof(struct system_cpu)) =
            (struct system_cpu){.hwid = machine->cpus[i].hwid,
                                .controller_index = machine->cpus[i].controller_index,
                                .controller_phys = machine->cpus[i].controller_phys};
    }
}

static void emit_vm(struct emitter *emitter, const struct plan_vm *vm) {
    struct system_vm *entry = append(emitter, &emitter->table->vms, sizeof(struct system_vm));

    *entry = plan_table_entry(emitter->plan, vm);
}

static void emit_memory(struct emitter *emitter, const struct plan_vm *vm,
                        struct system_vm *owner) {
    owner->memory.first = emitter->table->memory.count;
    for (size_t i = 0; i < vm->memory_count; i++) {
        const struct plan_memory *memory = &vm->memory[i];
        struct system_memory *entry =
            append(emitter, &emitter->table->memory, sizeof(struct system_memory));

        *entry = (struct system_memory){memory->at, memory->phys, memory->size,
                                        memory->clear ? SYSTEM_MEMORY_CLEAR : 0};
        owner->memory.count++;
    }
}

static void emit_devices(struct emitter *emitter, const struct plan_vm *vm,
                         struct system_vm *owner) {
    owner->devices.first = emitter->table->devices.count;
    for (size_t i = 0; i < vm->device_count; i++) {
        const struct device *device = &vm->devices[i].device;

        for (size_t j = 0; j < device->register_count; j++) {
            struct system_range range = device->registers[j];
            struct system_device *entry =
                append(emitter, &emitter->table->devices, sizeof(struct system_device));

            *entry = (struct system_device){
                range.phys, range.phys, range.size,
                device_is_prefetchable(device, range) ? SYSTEM_DEVICE_PREFETCHABLE : 0};
            owner->devices.count++;
        }
    }
}

static void emit_interrupts(struct emitter *emitter, const struct plan_vm *vm,
                            struct system_vm *owner) {
    struct tree_interrupt *interrupts = NULL;
    size_t count = plan_interrupts(vm, emitter->plan->arena, &interrupts);

    owner->interrupts.first = emitter->table->interrupts.count;
    for (size_t i = 0; i < count; i++) {
        struct system_interrupt *entry =
            append(emitter, &emitter->table->interrupts, sizeof(struct system_interrupt));

        *entry = (struct system_interrupt){.number = interrupts[i].number,
                                           .phys = interrupts[i].number,
                                           .flags = interrupts[i].edge ? SYSTEM_INTERRUPT_EDGE : 0};
        owner->interrupts.count++;
    }
}

static void emit_payloads(struct emitter *emitter, const struct plan_vm *vm,
                          struct system_vm *owner) {
    owner->payloads.first = emitter->table->payloads.count;
    for (size_t i = 0; i < vm->payload_count; i++) {
        const struct plan_payload *payload = &vm->payloads[i];
        struct system_payload *entry =
            append(emitter, &emitter->table->payloads, sizeof(struct system_payload));

        *entry = (struct system_payload){
            .at = payload->at,
            .offset = payload->offset,
            .size = payload->size,
            .slot_size = payload->slot_size,
            .crc = crc32c(0, payload->bytes, payload->size),
        };
        owner->payloads.count++;
    }
}

static void emit_table(struct emitter *emitter) {
    static void (*const sections[])(struct emitter *, const struct plan_vm *,
                                    struct system_vm *) = {emit_memory, emit_devices,
                                                           emit_interrupts, emit_payloads};
    const struct plan *plan = emitter->plan;
    struct system_table *table = emitter->table;

    emitter->used = sizeof(*table);
    emit_machine(emitter);
    for (size_t i = 0; i < plan->vm_count; i++)
        emit_vm(emitter, &plan->vms[i]);
    struct system_vm *vms = (struct system_vm *)(void *)(emitter->bytes + table->vms.offset);
    for (size_t s = 0; s < COUNT(sections); s++)
        for (size_t i = 0; i < plan->vm_count; i++)
            sections[s](emitter, &plan->vms[i], &vms[i]);
    table->magic = SYSTEM_TABLE_MAGIC;
    table->version = SYSTEM_TABLE_VERSION;
    table->size = emitter->used;
    table->arch = plan->board->machine.config->arch;
    table->home = plan->board->home;
    table->image_size = plan->image_size;
    table->pool = plan->pool;
    if (plan->manifest != NULL) {
        table->manifest_offset = plan->manifest_offset;
        table->manifest_size = (uint32_t)plan->manifest_size;
        table->manifest_crc = crc32c(0, plan->manifest_text, plan->manifest_size);
    }
    /* A section without entries lies behind the header, where any section may. */
    struct system_section *const optional[] = {&table->devices, &table->interrupts,
                                               &table->payloads};
    for (size_t i = 0; i < COUNT(optional); i++)
        optional[i]->offset = optional[i]->count == 0 ? sizeof(*table) : optional[i]->offset;
    table->crc = crc32c(0, table, table->size); /* the field is still 0 */
}

static void emit_record(const struct plan *plan, unsigned char *image) {
    const struct system_board *board = &plan->board->machine.board;
    uint32_t words[BOOT_RECORD_SIZE / sizeof(uint32_t)];
    uint64_t image_size = plan->image_size;
    struct boot_record record = {
        .magic = BOOT_RECORD_MAGIC,
        .version = BOOT_RECORD_VERSION,
        .console_kind = board->console_kind,
        .console_layout = board->console_layout,
        .console_phys = board->console_phys,
        .home = plan->board->home,
        .image_size = image_size,
        .table_offset = plan->table_offset,
        .table_size = plan->table_size,
    };

    memcpy(words, &record, sizeof(words));
    for (size_t i = 0; i < COUNT(words); i++)
        record.checksum -= words[i];
    memcpy(image + BOOT_RECORD_OFFSET, &record, sizeof(record));
    memcpy(image + BOOT_RECORD_COPY_OFFSET, &record, sizeof(record));
    memcpy(image + HEADER_IMAGE_SIZE, &image_size, sizeof(image_size));
}

unsigned char *emit_image(const struct plan *plan, const unsigned char *binary, size_t size,
                          struct config_error *error) {
    unsigned char *image = arena_alloc(plan->arena, plan->image_size);
    struct emitter emitter = {.plan = plan, .bytes = image + plan->table_offset};

    if (size != 0)
        memcpy(image, binary, size);
    emitter.table = (struct system_table *)(void *)emitter.bytes;
    emit_table(&emitter);
    emit_record(plan, image);
    if (plan->manifest != NULL)
        memcpy(image + plan->manifest_offset, plan->manifest_text, plan->manifest_size);
    for (size_t i = 0; i < plan->vm_count; i++) {
        for (size_t j = 0; j < plan->vms[i].payload_count; j++) {
            const struct plan_payload *payload = &plan->vms[i].payloads[j];

            memcpy(image + payload->offset, payload->bytes, payload->size);
        }
    }
    return config_check(emitter.bytes, plan->table_size, plan->board->machine.config, error) ? image
                                                                                             : NULL;
}

const void *emit_find_table(const unsigned char *image, size_t image_size, uint64_t *table_size) {
    struct boot_record record;
    uint32_t words[BOOT_RECORD_SIZE / sizeof(uint32_t)];
    uint32_t sum = 0;

    if (image_size < BOOT_RECORD_OFFSET + BOOT_RECORD_SIZE)
        return NULL;
    memcpy(&record, image + BOOT_RECORD_OFFSET, sizeof(record));
    memcpy(words, &record, sizeof(words));
    for (size_t i = 0; i < COUNT(words); i++)
        sum += words[i];
    if (record.magic != BOOT_RECORD_MAGIC || sum != 0 || record.table_offset % 8 != 0 ||
        record.table_offset > image_size || record.table_size > image_size - record.table_offset)
        return NULL;
    *table_size = record.table_size;
    return image + record.table_offset;
}
