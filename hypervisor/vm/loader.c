/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/loader.h"

#include "abi/channel.h"
#include "arch/memory.h"
#include "lib/fletcher.h"
#include "lib/report.h"
#include "lib/string.h"
#include "mem/hypervisor_space.h"

/*
 * How many of the `size` bytes from `phys` on a window shows: whole blocks up to where the next
 * window would begin, but before the first of them and behind the last pages.
 */
static uint64_t window_part(uint64_t phys, uint64_t size) {
    bool blocks = phys % SPACE_WINDOW_SIZE == 0 && size >= SPACE_WINDOW_SIZE;
    uint64_t room = blocks ? SPACE_BLOCKS_SIZE : SPACE_WINDOW_SIZE;

    return smaller(blocks ? size - size % SPACE_WINDOW_SIZE : size, room - phys % room);
}

/* Maps a window's part of the image at byte `offset` of it, which is home and thus aligned. */
static const void *image_window(const struct system *system, uint64_t offset, uint64_t size) {
    return space_window(WINDOW_SOURCE, phys(system->table->home + offset), size,
                        PAGE_HYPERVISOR_CONST);
}

void loader_verify(const struct vcpu *vcpu) {
    const struct vm *vm = vcpu->vm;
    const struct system_payload *payloads = &vm->system->payloads[vm->config->payloads.first];

    for (uint32_t i = vcpu->index; i < vm->config->payloads.count; i += vm->vcpu_count) {
        const struct system_payload *load = &payloads[i];
        uint64_t digest[2] = {0, 0};

        for (uint64_t done = 0, part; done < load->size; done += part) {
            part = window_part(load->offset + done, load->size - done);
            fletcher(digest, image_window(vm->system, load->offset + done, part), part);
        }
        if (digest[0] != load->digest[0] || digest[1] != load->digest[1])
            refuse("payload-digest", "payload %u of vm %s is damaged: write the image anew", i,
                   vm->config->name);
    }
    space_window_close(WINDOW_SOURCE);
}

/* Copies what of `payload` falls into the `size` guest bytes at `at`, which are mapped at `target`.
 */
static void copy_payload(const struct system *system, const struct system_payload *payload,
                         uint64_t at, uint64_t size, uint8_t *target) {
    uint64_t from = payload->at > at ? payload->at : at;
    uint64_t end = smaller(payload->at + payload->size, at + size);

    for (uint64_t part; from < end; from += part) {
        uint64_t offset = payload->offset + (from - payload->at);

        part = window_part(offset, end - from);
        memcpy(target + (from - at), image_window(system, offset, part), part);
    }
}

/*
 * What was written is in memory and in no cache. Nothing cacheable maps it any more when it is
 * written back: else speculation might fetch a line again behind the cleaning, to be found, stale,
 * by a guest that has written to memory before its caches are on.
 */
static void clean(phys_t start, uint64_t size) {
    arch_cache_clean(space_window(WINDOW_TARGET, start, size, PAGE_HYPERVISOR_UNCACHED), size);
}

/*
 * This vCPU's share of `size` guest bytes at `at`, whole pages of `memory`: cleared or kept, the
 * payloads copied, and all of it cleaned. Whose share a page is depends on its place alone.
 */
static void fill(const struct vcpu *vcpu, const struct system_region *memory, uint64_t at,
                 uint64_t size, bool clear) {
    const struct vm *vm = vcpu->vm;
    const struct system_payload *payloads = &vm->system->payloads[vm->config->payloads.first];
    phys_t start = phys(memory->phys + (at - memory->at));

    for (uint64_t part; size > 0; size -= part, at += part, start.value += part) {
        part = window_part(start.value, size);
        if (start.value / SPACE_BLOCKS_SIZE % vm->vcpu_count != vcpu->index)
            continue;
        uint8_t *target = space_window(WINDOW_TARGET, start, part, PAGE_HYPERVISOR_DATA);
        if (clear)
            arch_memory_clear(target, part);
        for (uint32_t i = 0; i < vm->config->payloads.count; i++)
            copy_payload(vm->system, &payloads[i], at, part, target);
        clean(start, part);
    }
}

/* Which one of its channel's members the n-th of the section is: those of VMs before come first. */
static uint32_t number_in_channel(const struct system *system, uint32_t n) {
    uint32_t before = 0;

    for (uint32_t i = 0; i < n; i++)
        before += system->members[i].channel == system->members[n].channel;
    return before;
}

void loader_clear_channels(const struct vcpu *vcpu, bool boot) {
    const struct system *system = vcpu->vm->system;
    struct system_slice slice = vcpu->vm->config->members;

    for (uint32_t i = slice.first; i < slice.first + slice.count; i++) {
        const struct system_member *member = &system->members[i];
        const struct system_channel *channel = &system->channels[member->channel];
        uint64_t state = boot ? 0 : PAGE_SIZE; /* which is not the members' */
        struct system_region region = {
            .at = member->at + state, .phys = channel->phys + state, .size = channel->size - state};

        if (boot ? number_in_channel(system, i) == 0
                 : (member->flags & SYSTEM_MEMBER_WRITES) != 0 &&
                       (channel->flags & SYSTEM_CHANNEL_KEEP) == 0)
            fill(vcpu, &region, region.at, region.size, true);
    }
    space_window_close(WINDOW_TARGET);
}

void loader_tell_life(const struct vm *vm, uint32_t life) {
    const struct system *system = vm->system;
    struct system_slice slice = vm->config->members;

    for (uint32_t i = slice.first; i < slice.first + slice.count; i++) {
        phys_t page = phys(system->channels[system->members[i].channel].phys);
        struct channel_state *state =
            space_window(WINDOW_TARGET, page, PAGE_SIZE, PAGE_HYPERVISOR_DATA);

        atomic_store((_Atomic uint32_t *)&state->lives[number_in_channel(system, i)], life);
        clean(page, PAGE_SIZE); /* for members whose caches are off */
    }
    space_window_close(WINDOW_TARGET);
}

void loader_fill(const struct vcpu *vcpu, bool first_life) {
    const struct vm *vm = vcpu->vm;
    bool keeps = !first_life && (vm->config->flags & SYSTEM_VM_WARM) != 0;
    const struct system_region *memory = &vm->system->memory[vm->config->memory.first];
    const struct system_payload *payloads = &vm->system->payloads[vm->config->payloads.first];

    for (uint32_t i = 0; i < vm->config->memory.count; i++, memory++) {
        bool clear = !keeps && (!first_life || (memory->flags & SYSTEM_MEMORY_CLEAR) != 0);

        /* What a life has kept may lie in caches, which the next one begins without. */
        if (clear || keeps)
            fill(vcpu, memory, memory->at, memory->size, clear);
        /* Of `clear: no`, only the pages that a payload comes to are touched. */
        for (uint32_t j = 0; !clear && !keeps && j < vm->config->payloads.count; j++) {
            uint64_t at = payloads[j].at, within = at % PAGE_SIZE;

            if (range_contains(memory->at, memory->size, at))
                fill(vcpu, memory, at - within, pages_for(within + payloads[j].size) * PAGE_SIZE,
                     false);
        }
    }
    if (!first_life)
        loader_clear_channels(vcpu, false);
    space_window_close(WINDOW_TARGET);
    space_window_close(WINDOW_SOURCE);
}

_Static_assert(sizeof(((struct system_seeds *)0)->rng) == CHACHA20_SIZE, "is drawn into");

#define FDT_NOP 0x04000000u /* as it lies in memory, big endian */

void loader_seed(const struct vcpu *vcpu) {
    struct vm *vm = vcpu->vm;
    uint64_t at = vm->config->seeds_at, size = sizeof(struct system_seeds);
    const struct system_region *memory = system_vm_at(vm->system, vm->config, at, size);

    if (at == 0)
        return;
    phys_t start = phys(memory->phys + (at - memory->at));
    struct system_seeds *seeds = space_window(WINDOW_TARGET, start, size, PAGE_HYPERVISOR_DATA);
    /* Without random numbers the properties must go: zeros would count as a seed. */
    for (uint32_t i = 0; !vm->has_seed_key && i < size / sizeof(uint32_t); i++)
        ((uint32_t *)seeds)[i] = FDT_NOP;
    if (vm->has_seed_key) {
        chacha20_draw(vm->seed_key, seeds->rng);
        memcpy(seeds->kaslr, seeds->rng, sizeof(seeds->kaslr));
        chacha20_draw(vm->seed_key, seeds->rng);
    }
    clean(start, size);
    space_window_close(WINDOW_TARGET);
}
