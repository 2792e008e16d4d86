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

static void take_seed(uint8_t *seed, uint32_t size, void *key) {
    for (uint32_t n = 0; n < size; n++) {
        ((uint8_t *)key)[n % CHACHA20_SIZE] ^= size >= SEED_SIZE_MIN ? seed[n] : 0;
        seed[n] = 0;
    }
    arch_cache_clean(seed, size);
}

bool entropy_gather(const struct system *system, phys_t tree, uint64_t key[ENTROPY_WORDS]) {
    uint64_t number, any = 0, room = room_at(system, tree.value);

    if (room != 0)
        chosen_find(space_window(WINDOW_SOURCE, tree, room, PAGE_HYPERVISOR_DATA), (uint32_t)room,
                    take_seed, key);
    space_window_close(WINDOW_SOURCE);
    for (uint32_t i = 0; i < ASKED * ENTROPY_WORDS; i++) {
        if (arch_random(&number))
            key[i % ENTROPY_WORDS] ^= number;
        any |= key[i % ENTROPY_WORDS];
    }
    *(volatile uint64_t *)&number = 0; /* or the compiler would leave it there: nobody reads it */
    return any != 0;
}
