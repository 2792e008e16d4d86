/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seeds of a VM's guest, life by life. The window is the test's own: it shows a small RAM,
 * and what is written through it has to be cleaned through one that is not cacheable.
 */
#include "hypervisor/support.h"

#include "hypervisor/small_system.h"
#include "mem/hypervisor_space.h"
#include "vm/loader.h"

#define TARGET UINT64_C(0x50000000) /* where the VM's memory lies */
#define PAGES  4u
#define DIRTY  0xcd
#define NOP    0x04000000u

static struct { uint8_t bytes[PAGES * 4096]; } ram __attribute__((aligned(4096)));
static bool is_open, unclean;
static unsigned opened;

void space_window_close(enum space_window window) {
    assert_int_equal(window, WINDOW_TARGET);
    is_open = false;
}

void *space_window(enum space_window window, phys_t start, uint64_t size, enum page_use use) {
    assert_int_equal(window, WINDOW_TARGET);
    assert_true(start.value >= TARGET && start.value + size <= TARGET + sizeof(ram));
    assert_int_equal(use, unclean ? PAGE_HYPERVISOR_UNCACHED : PAGE_HYPERVISOR_DATA);
    unclean = !unclean;
    is_open = true;
    opened++;
    return ram.bytes + (start.value - TARGET);
}

BEFORE_EACH(begin) {
    small_begin();
    opened = 0;
    is_open = unclean = false;
    memset(&ram, DIRTY, sizeof(ram));
    for (uint32_t i = 0; i < 2; i++) {
        small.vms[i].memory = (struct system_slice){0, 1};
        small.vms[i].seeds_at = GUEST_MEMORY + 4096 + 4096 - 32; /* across two pages */
    }
    small.memory[0] =
        (struct system_region){GUEST_MEMORY, TARGET, sizeof(ram), SYSTEM_MEMORY_CLEAR};
    small_create(&vm, LINUX);
}

/* As at boot: each VM's key is drawn from the machine's, in turn. */
static void give_key(struct vm *to, uint8_t *machine) {
    to->has_seed_key = true;
    chacha20_draw(machine, to->seed_key);
}

static struct system_seeds next_life(struct vm *of) {
    struct system_seeds seeds;
    uint64_t at = of->config->seeds_at - GUEST_MEMORY;

    host.cleaned = 0;
    loader_seed(&of->vcpus[0]);
    assert_false(is_open || unclean);
    assert_int_equal(host.cleaned, sizeof(seeds)); /* and the rest of their lines */
    memcpy(&seeds, ram.bytes + at, sizeof(seeds));
    assert_int_equal(ram.bytes[at - 1], DIRTY);
    assert_int_equal(ram.bytes[at + sizeof(seeds)], DIRTY);
    return seeds;
}

TEST(values_are_filled_in_and_nothing_else) {
    uint8_t machine[CHACHA20_SIZE] = {1}, key[CHACHA20_SIZE], first[CHACHA20_SIZE],
            second[CHACHA20_SIZE];

    give_key(&vm, machine);
    memcpy(key, vm.seed_key, sizeof(key));
    chacha20_draw(key, first);
    chacha20_draw(key, second);
    const struct system_seeds seeds = next_life(&vm);
    assert_memory_equal(seeds.kaslr, first, sizeof(seeds.kaslr));
    assert_memory_equal(seeds.rng, second, sizeof(seeds.rng));
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(seeds.kaslr_property[i], 0x01010101u * DIRTY);
        assert_int_equal(seeds.rng_property[i], 0x01010101u * DIRTY);
    }
    assert_memory_equal(vm.seed_key, key, sizeof(key));
}

/* Eight lives of two VMs: no value twice, nor a key among them. */
TEST(no_two_lives_and_no_two_vms_are_given_the_same) {
    uint8_t machine[CHACHA20_SIZE] = {1}, given[32][sizeof(((struct system_seeds *)0)->kaslr)];
    static struct vm other;
    uint32_t count = 0;

    small_create(&other, CONTROL);
    give_key(&vm, machine);
    give_key(&other, machine);
    for (uint32_t life = 0; life < 8; life++) {
        for (uint32_t i = 0; i < 2; i++) {
            struct vm *of = i == 0 ? &vm : &other;
            struct system_seeds seeds = next_life(of);

            memcpy(given[count++], seeds.kaslr, sizeof(given[0]));
            memcpy(given[count++], seeds.rng, sizeof(given[0]));
            assert_memory_not_equal(of->seed_key, seeds.kaslr, sizeof(seeds.kaslr));
            assert_memory_not_equal(of->seed_key, seeds.rng, sizeof(seeds.kaslr));
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < i; j++)
            assert_memory_not_equal(given[i], given[j], sizeof(given[0]));
    }
}

TEST(without_a_key_the_properties_go) {
    for (uint32_t life = 0; life < 2; life++) {
        const struct system_seeds seeds = next_life(&vm);
        const uint32_t *words = (const uint32_t *)&seeds;

        for (uint32_t i = 0; i < sizeof(seeds) / 4; i++)
            assert_int_equal(words[i], NOP);
    }
}

TEST(seeds_lie_in_one_of_several_regions) {
    small.vms[LINUX].memory.count = 2;
    small.memory[0].size = 4096;
    small.memory[1] = (struct system_region){0x1000, TARGET + 8192, 4096, SYSTEM_MEMORY_CLEAR};
    small.vms[LINUX].seeds_at = 0x1000 + 4096 - sizeof(struct system_seeds);
    loader_seed(&vm.vcpus[0]);
    assert_int_equal(ram.bytes[8192 + 4096 - 1], 4); /* of FDT_NOP */
    assert_int_equal(ram.bytes[8192 + 4096], DIRTY);
    assert_int_equal(host.cleaned, sizeof(struct system_seeds));
}

TEST(who_has_no_room_gets_none) {
    small.vms[LINUX].seeds_at = 0;
    loader_seed(&vm.vcpus[0]);
    assert_int_equal(opened, 0);
}
