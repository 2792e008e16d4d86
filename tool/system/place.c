/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/system/place.h"

#include <string.h>

#include "config/config_check.h"
#include "config/system.h"
#include "tool/base/range.h"
#include "tool/system/table.h"

#define GIB (UINT64_C(1) << 30)

#define ROOM_TO_GROW 1024u /* of the manifest, for longer paths */

/* Ranges that nothing else may use. */
struct taken {
    struct arena *arena;
    struct system_range *ranges;
    size_t count;
};

static void take(struct taken *taken, uint64_t start, uint64_t size) {
    *ARENA_ADD(taken->arena, taken->ranges, taken->count) = (struct system_range){start, size};
}

/* The end of a taken range that overlaps [start, start + size); 0: none does. */
static uint64_t overlap_end(const struct taken *taken, uint64_t start, uint64_t size) {
    for (size_t i = 0; i < taken->count; i++) {
        struct system_range range = taken->ranges[i];

        if (range.size != 0 && range.phys < start + size && start < range.phys + range.size)
            return range.phys + range.size;
    }
    return 0;
}

/* The first number from `start` on that is congruent to `wanted` modulo `modulus`. */
static uint64_t congruent(uint64_t start, uint64_t wanted, uint64_t modulus) {
    return start + ((wanted - start) & (modulus - 1));
}

/* The first free place from `start` on that is congruent to `wanted`; every gap is tried. */
static uint64_t first_fit(const struct taken *taken, uint64_t start, uint64_t size, uint64_t wanted,
                          uint64_t modulus) {
    uint64_t place = congruent(start, wanted, modulus);
    uint64_t end;

    while ((end = overlap_end(taken, place, size)) != 0)
        place = congruent(align_up(end, SYSTEM_PAGE_SIZE), wanted, modulus);
    return place;
}

/* The manifest goes into the first gap that the payloads leave, or behind them. */
static void place_manifest(struct plan *plan, const struct taken *taken, uint64_t start) {
    uint64_t room = align_up(plan->manifest_size + ROOM_TO_GROW, SYSTEM_PAGE_SIZE);

    plan->manifest_offset = first_fit(taken, start, room, 0, SYSTEM_PAGE_SIZE);
    if (plan->manifest_offset + room > plan->image_size)
        plan->image_size = plan->manifest_offset + room;
}

/* A slot that a block could map lies where one could. */
static uint64_t slot_modulus(const struct plan_payload *payload) {
    return payload->slot_size >= SYSTEM_BLOCK_SIZE ? SYSTEM_BLOCK_SIZE : SYSTEM_PAGE_SIZE;
}

/* Whether a file of the VM's has a slot, into which others can be put, which changes its tree. */
static bool can_change(const struct plan_vm *vm) {
    for (size_t i = 0; i < vm->inputs.count; i++)
        if (vm->inputs.items[i].slot != 0)
            return true;
    return false;
}

/* Whether two payloads are the same, byte for byte, and may lie at the same place in the image. */
static bool is_twin(const struct plan_vm *vm, const struct plan_payload *payload,
                    const struct plan_vm *other_vm, const struct plan_payload *other) {
    const void *bytes = payload->bytes;
    const void *others = other->bytes;
    uint64_t size = payload->size;

    if (size != other->size ||
        (payload->at ^ other->at) % slot_modulus(payload) >= SYSTEM_PAGE_SIZE)
        return false;
    if (bytes == NULL || others == NULL) { /* kernels that a check has not unpacked */
        bytes = vm->image_file.bytes;
        others = other_vm->image_file.bytes;
        size = vm->image_file.size;
        if (size != other_vm->image_file.size)
            return false;
    }
    return memcmp(bytes, others, size) == 0;
}

/* The first payload of the VMs before that one that is the same as one of it; NULL: none is. */
static const struct plan_payload *find_twin(const struct plan *plan, const struct plan_vm *vm,
                                            const struct plan_payload *payload) {
    for (const struct plan_vm *other = plan->vms; other < vm && !can_change(vm); other++)
        for (size_t i = 0; i < other->payload_count && !can_change(other); i++)
            if (is_twin(vm, payload, other, &other->payloads[i]))
                return &other->payloads[i];
    return NULL;
}

/*
 * Lays out the image: hypervisor, table, payloads in slots, large ones congruent to where they go,
 * the same ones of several VMs once.
 */
static void place_payloads(struct plan *plan, uint64_t table_size) {
    struct taken taken = {.arena = plan->arena};

    plan->table_offset = align_up(plan->hypervisor_size, SYSTEM_PAGE_SIZE);
    plan->table_size = table_size;
    uint64_t start = align_up(plan->table_offset + plan->table_size, SYSTEM_PAGE_SIZE);
    plan->image_size = start;
    for (size_t i = 0; i < plan->vm_count; i++) {
        for (size_t j = 0; j < plan->vms[i].payload_count; j++) {
            struct plan_payload *payload = &plan->vms[i].payloads[j];
            const struct plan_payload *twin = find_twin(plan, &plan->vms[i], payload);
            uint64_t page = payload->at & ~(uint64_t)(SYSTEM_PAGE_SIZE - 1);

            if (twin != NULL) {
                payload->offset = twin->offset;
                continue;
            }
            payload->offset =
                first_fit(&taken, start, payload->slot_size, page, slot_modulus(payload));
            take(&taken, payload->offset, payload->slot_size);
            if (payload->offset + payload->slot_size > plan->image_size)
                plan->image_size = payload->offset + payload->slot_size;
        }
    }
    place_manifest(plan, &taken, start);
}

/* Finds RAM for one region; false: there is none. */
static bool find_place(const struct board *board, const struct taken *taken,
                       const struct plan_memory *memory, uint64_t *phys) {
    /* The largest block that stage 2 could map it with, then smaller ones. */
    const uint64_t moduli[] = {memory->size >= GIB ? GIB : SYSTEM_BLOCK_SIZE, SYSTEM_BLOCK_SIZE};

    for (size_t m = 0; m < 2; m++) {
        for (size_t i = 0; i < board->ram_count; i++) {
            *phys = first_fit(taken, board->ram[i].phys, memory->size, memory->at, moduli[m]);
            if (range_in(board->ram, board->ram_count, *phys, memory->size))
                return true;
        }
    }
    return false;
}

/* The place of a channel for its first member; 0: it has none. */
static uint64_t first_at(const struct plan *plan, size_t channel) {
    for (size_t i = 0; i < plan->vm_count; i++) {
        const struct plan_member *member = plan_member(&plan->vms[i], channel);

        if (member != NULL)
            return member->at;
    }
    return 0;
}

bool place_bulkhead(struct plan *plan) {
    const struct board *board = plan->board;

    /* As memory's, the places of large ones are told modulo 2 MiB, for system_pool_pages(). */
    for (size_t i = 0; i < plan->channel_count; i++)
        plan->channels[i].phys = first_at(plan, i);
    const struct system_table *table = table_make(plan);
    struct system system;

    system_open(&system, table);
    place_payloads(plan, table->size);
    plan->pool = (struct system_range){board->home + plan->image_size,
                                       system_pool_pages(&system) * SYSTEM_PAGE_SIZE};
    return range_in(board->ram, board->ram_count, board->home, plan->image_size + plan->pool.size);
}

/* What Bulkhead and all fixed memory take, but for one region. */
static struct taken take_fixed(const struct plan *plan, const struct plan_memory *but) {
    struct taken taken = {.arena = plan->arena};

    take(&taken, plan->board->home, plan->image_size + plan->pool.size);
    for (size_t i = 0; i < plan->vm_count; i++) {
        const struct plan_vm *vm = &plan->vms[i];

        for (size_t j = 0; j < vm->memory_count; j++)
            if (vm->memory[j].fixed && &vm->memory[j] != but)
                take(&taken, vm->memory[j].phys, vm->memory[j].size);
    }
    return taken;
}

bool place_memory(struct plan *plan, size_t *vm, const struct plan_memory **misfit) {
    struct taken taken = take_fixed(plan, NULL);

    for (*vm = 0; *vm < plan->vm_count; (*vm)++) {
        for (size_t i = 0; i < plan->vms[*vm].memory_count; i++) {
            struct plan_memory *memory = &plan->vms[*vm].memory[i];

            if (memory->fixed)
                continue;
            *misfit = memory;
            if (!find_place(plan->board, &taken, memory, &memory->phys))
                return false;
            take(&taken, memory->phys, memory->size);
        }
    }
    return true;
}

/* Finds RAM for a channel; false: there is none. */
static bool find_channel(const struct board *board, const struct taken *taken, uint64_t at,
                         struct plan_channel *channel) {
    uint64_t modulus = channel->size >= SYSTEM_BLOCK_SIZE ? SYSTEM_BLOCK_SIZE : SYSTEM_PAGE_SIZE;

    for (size_t i = 0; i < board->ram_count; i++) {
        channel->phys = first_fit(taken, board->ram[i].phys, channel->size, at, modulus);
        if (range_in(board->ram, board->ram_count, channel->phys, channel->size))
            return true;
    }
    return false;
}

bool place_channels(struct plan *plan, const struct plan_channel **misfit) {
    struct taken taken = take_fixed(plan, NULL);

    for (size_t i = 0; i < plan->vm_count; i++)
        for (size_t j = 0; j < plan->vms[i].memory_count; j++)
            take(&taken, plan->vms[i].memory[j].phys, plan->vms[i].memory[j].size);
    for (size_t i = 0; i < plan->channel_count; i++) {
        struct plan_channel *channel = &plan->channels[i];

        *misfit = channel;
        if (!find_channel(plan->board, &taken, first_at(plan, i), channel))
            return false;
        take(&taken, channel->phys, channel->size);
    }
    return true;
}

bool place_suggest(const struct plan *plan, const struct plan_memory *memory, uint64_t *phys) {
    struct taken taken = take_fixed(plan, memory);

    return find_place(plan->board, &taken, memory, phys);
}

uint64_t place_ram_size(const struct plan *plan) {
    uint64_t size = 0;

    for (size_t i = 0; i < plan->board->machine.ram_count; i++)
        size += plan->board->machine.ram[i].size;
    return size;
}
