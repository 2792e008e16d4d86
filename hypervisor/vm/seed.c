/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/seed.h"

#include "arch/memory.h"
#include "lib/string.h"
#include "mem/hypervisor_space.h"

_Static_assert(sizeof(((struct system_seeds *)0)->rng) == CHACHA20_SIZE, "is drawn into");

#define FDT_NOP 0x04000000u /* as it lies in memory, big endian */

/* Without random numbers the properties must go: zeros would count as a seed. */
static void fill(struct vm *vm, struct system_seeds *seeds) {
    for (uint32_t i = 0; !vm->has_seed_key && i < sizeof(*seeds) / sizeof(uint32_t); i++)
        ((uint32_t *)seeds)[i] = FDT_NOP;
    if (vm->has_seed_key) {
        chacha20_draw(vm->seed_key, seeds->rng);
        memcpy(seeds->kaslr, seeds->rng, sizeof(seeds->kaslr));
        chacha20_draw(vm->seed_key, seeds->rng);
    }
}

void seed_give(const struct vcpu *vcpu) {
    const struct vm *vm = vcpu->vm;
    const struct system_memory *memory = &vm->system->memory[vm->config->memory.first];
    uint64_t at = vm->config->seeds_at, size = sizeof(struct system_seeds);

    if (at == 0)
        return;
    while (at - memory->at >= memory->size)
        memory++; /* the validator has found it in one of them */
    phys_t start = phys(memory->phys + (at - memory->at));
    fill(vcpu->vm, space_window(WINDOW_TARGET, start, size, PAGE_HYPERVISOR_DATA));
    /* As the loader does with what it has written. */
    arch_cache_clean(space_window(WINDOW_TARGET, start, size, PAGE_HYPERVISOR_UNCACHED), size);
    space_window_close(WINDOW_TARGET);
}
