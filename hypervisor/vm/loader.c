/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/loader.h"

#include "arch/memory.h"
#include "lib/report.h"
#include "lib/string.h"
#include "mem/hypervisor_space.h"

/* Copies go in pieces that fit a window however they lie in their pages. */
#define PIECE (SPACE_WINDOW_SIZE / 2)

/* Maps `size` <= PIECE bytes of the image at byte `offset` of it. */
static const uint8_t *image_window(const struct system *system, uint64_t offset, uint64_t size) {
    uint64_t within = offset % PAGE_SIZE;
    phys_t start = phys(system->table->home + offset - within);

    return (const uint8_t *)space_window(WINDOW_SOURCE, start, pages_for(within + size) * PAGE_SIZE,
                                         PAGE_HYPERVISOR_CONST) +
           within;
}

static uint32_t payload_crc(const struct system *system, const struct system_payload *payload) {
    uint32_t crc = 0;

    for (uint64_t done = 0, piece; done < payload->size; done += piece) {
        piece = smaller(payload->size - done, PIECE);
        crc = arch_crc32c(crc, image_window(system, payload->offset + done, piece), piece);
    }
    return crc;
}

void loader_verify(const struct vcpu *vcpu) {
    const struct vm *vm = vcpu->vm;
    const struct system_payload *payloads = &vm->system->payloads[vm->config->payloads.first];

    for (uint32_t i = vcpu->index; i < vm->config->payloads.count; i += vm->vcpu_count) {
        if (payload_crc(vm->system, &payloads[i]) != payloads[i].crc)
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

    for (uint64_t piece; from < end; from += piece) {
        piece = smaller(end - from, PIECE);
        memcpy(target + (from - at),
               image_window(system, payload->offset + (from - payload->at), piece), piece);
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

/* One window's worth of guest memory. */
static void fill_chunk(const struct vm *vm, const struct system_memory *memory, uint64_t offset,
                       bool clear) {
    const struct system_payload *payload = &vm->system->payloads[vm->config->payloads.first];
    uint64_t size = smaller(memory->size - offset, SPACE_WINDOW_SIZE);
    phys_t start = phys(memory->phys + offset);
    uint8_t *target = space_window(WINDOW_TARGET, start, size, PAGE_HYPERVISOR_DATA);

    if (clear)
        arch_memory_clear(target, size);
    for (uint32_t i = 0; i < vm->config->payloads.count; i++, payload++)
        copy_payload(vm->system, payload, memory->at + offset, size, target);
    clean(start, size);
}

void loader_fill(const struct vcpu *vcpu, bool first_life) {
    const struct vm *vm = vcpu->vm;
    const struct system_memory *memory = &vm->system->memory[vm->config->memory.first];
    uint64_t chunk = 0;

    for (uint32_t i = 0; i < vm->config->memory.count; i++, memory++) {
        bool clear = !first_life || (memory->flags & SYSTEM_MEMORY_CLEAR) != 0;

        for (uint64_t at = 0; at < memory->size; at += SPACE_WINDOW_SIZE, chunk++) {
            if (chunk % vm->vcpu_count == vcpu->index)
                fill_chunk(vm, memory, at, clear);
        }
    }
    space_window_close(WINDOW_TARGET);
    space_window_close(WINDOW_SOURCE);
}
