/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/entropy.h"

#include "arch/cpu.h"
#include "arch/memory.h"
#include "boot/chosen.h"
#include "mem/hypervisor_space.h"

/* A seed of fewer bytes can be guessed. */
#define SEED_SIZE_MIN 8u

/* How often the machine is asked for each word, as it may have nothing at times. */
#define ASKED 4u

/*
 * How far a tree at `tree` may reach; 0: there can be none. It must be aligned as a tree is
 * (Devicetree Specification 0.4, 5.6), in RAM of the board, and not where the image lies, which may
 * have moved over it. Boot loaders of other kinds leave 0, ATAGs at 0x100, or any number.
 */
static uint64_t room_at(const struct system *system, uint64_t tree) {
    uint64_t home = system->table->home, end = tree;

    for (uint32_t i = 0; i < system->ram_count && tree % 8 == 0; i++) {
        if (range_contains(system->ram[i].phys, system->ram[i].size, tree))
            end = system->ram[i].phys + system->ram[i].size;
    }
    if (tree < home + system->table->image_size)
        end = smaller(end, home);
    return end > tree ? smaller(end - tree, SPACE_WINDOW_SIZE - tree % PAGE_SIZE) : 0;
}

static void take_boot_seeds(const struct system *system, phys_t at, uint8_t *key) {
    uint64_t room = room_at(system, at.value);
    struct chosen_seed seeds[CHOSEN_SEEDS_MAX];

    if (room == 0)
        return;
    uint8_t *tree = space_window(WINDOW_SOURCE, at, room, PAGE_HYPERVISOR_DATA);
    for (uint32_t i = chosen_find(tree, (uint32_t)room, seeds); i-- > 0;) {
        uint8_t *seed = tree + seeds[i].offset;

        for (uint32_t n = 0; n < seeds[i].size; n++) {
            key[n % CHACHA20_SIZE] ^= seeds[i].size >= SEED_SIZE_MIN ? seed[n] : 0;
            seed[n] = 0;
        }
        arch_cache_clean(seed, seeds[i].size);
    }
    space_window_close(WINDOW_SOURCE);
}

bool entropy_gather(const struct system *system, phys_t tree, uint64_t key[ENTROPY_WORDS]) {
    uint64_t number, any = 0;

    take_boot_seeds(system, tree, (uint8_t *)key);
    for (uint32_t i = 0; i < ASKED * ENTROPY_WORDS; i++) {
        if (arch_random(&number))
            key[i % ENTROPY_WORDS] ^= number;
        any |= key[i % ENTROPY_WORDS];
    }
    *(volatile uint64_t *)&number = 0; /* or the compiler would leave it there: nobody reads it */
    return any != 0;
}
