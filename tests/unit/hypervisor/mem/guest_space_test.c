/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include "arch/page_table.h"
#include "arch_types.h"
#include "config/system.h"
#include "hypervisor/small_system.h"
#include "hypervisor/walk.h"
#include "mem/guest_space.h"

#define PAGES     1024u
#define POOL_PHYS UINT64_C(0x7f000000)

static uint8_t memory[PAGES * 4096] __attribute__((aligned(4096)));
static struct page_pool pool;

BEFORE_EACH(begin) {
    memset(memory, 0xee, sizeof(memory));
    pool = (struct page_pool){phys(POOL_PHYS), memory, PAGES, 0};
    small_begin();
}

static const uint64_t *table_at(uint64_t address) {
    assert_true(address >= POOL_PHYS && address < POOL_PHYS + pool.used * 4096);
    return (const uint64_t *)(const void *)(memory + (address - POOL_PHYS));
}

static const uint64_t *create(uint32_t index) {
    phys_t root = guest_space_create(&pool, &small.system, &small.vms[index]);

    assert_int_equal(root.value % (ARCH_ROOT_PAGES * 4096), 0);
    return table_at(root.value);
}

struct sum {
    uint64_t memory, devices; /* bytes */
};

static void add(uint64_t address, const struct walked *walked, void *context) {
    struct sum *sum = context;
    uint64_t size = UINT64_C(1) << (12 + 9 * walked->level);

    if (walk_guest_executable(walked))
        sum->memory += size;
    else
        sum->devices += size;
}

static struct sum total_of(const uint64_t *root, unsigned levels) {
    struct sum sum = {0};

    walk_all(root, levels, ARCH_ROOT_PAGES, table_at, add, &sum);
    return sum;
}

static struct sum total(const uint64_t *root) {
    return total_of(root, 3);
}

TEST(maps_memory_and_devices_and_nothing_else) {
    const uint64_t *root = create(LINUX);

    assert_int_equal(total(root).memory, 0x800000);
    assert_int_equal(total(root).devices, 0x1000);
    assert_int_equal(walk(root, 3, GUEST_MEMORY, table_at).phys, 0x60000000);
    assert_int_equal(walk(root, 3, GUEST_MEMORY + 0x7fffff, table_at).phys, 0x607fffff);
    assert_int_equal(walk(root, 3, GUEST_MEMORY, table_at).level, 1);
    assert_int_equal(walk(root, 3, 0x09010abc, table_at).phys, 0x09010abc);
    /* What is emulated must trap. */
    assert_false(walk(root, 3, CONSOLE_AT, table_at).mapped);
    assert_false(walk(root, 3, GUEST_GICD, table_at).mapped);
    assert_false(walk(root, 3, GUEST_GICR, table_at).mapped);
}

TEST(maps_each_device) {
    const uint64_t *root;

    small.vms[LINUX].devices.count = 2;
    small.devices[1] = (struct system_region){0x0a000000, 0x0b000000, 0x3000, 0};
    small.devices[2] = (struct system_region){0x0c000000, 0x0c000000, 0x1000, 0}; /* another VM's */
    root = create(LINUX);
    assert_int_equal(total(root).devices, 0x4000);
    assert_int_equal(walk(root, 3, 0x09010000, table_at).phys, 0x09010000);
    assert_int_equal(walk(root, 3, 0x0a002fff, table_at).phys, 0x0b002fff);
    assert_false(walk(root, 3, 0x0c000000, table_at).mapped);
}

TEST(devices_are_device_memory_without_execution) {
    const uint64_t *root = create(LINUX);
    struct walked device = walk(root, 3, 0x09010000, table_at);
    struct walked ram = walk(root, 3, GUEST_MEMORY, table_at);

    assert_true(walk_guest_readable(&device) && walk_guest_writable(&device));
    assert_false(walk_guest_executable(&device));
    assert_int_equal(device.attributes, arch_pte_leaf(phys(0), 0, PAGE_GUEST_DEVICE));
    assert_true(walk_guest_readable(&ram) && walk_guest_writable(&ram));
    assert_true(walk_guest_executable(&ram));
    assert_int_equal(ram.attributes, arch_pte_leaf(phys(0), 1, PAGE_GUEST_MEMORY));
}

TEST(what_is_prefetchable_is_mapped_so) {
    struct walked window;

    small.devices[0].flags = SYSTEM_DEVICE_PREFETCHABLE;
    window = walk(create(LINUX), 3, 0x09010000, table_at);
    assert_int_equal(window.attributes, arch_pte_leaf(phys(0), 0, PAGE_GUEST_PREFETCHABLE));
    assert_false(walk_guest_executable(&window));
}

/* A page that none writes, and memory that only some do; at each member's own address. */
TEST(maps_channels) {
    static const struct system_channel channels[] = {{0x68000000, 0x1000, 0},
                                                     {0x69000000, 0x3000, 0}};
    static const struct system_member members[] = {{1, SYSTEM_MEMBER_WRITES, 0x50000000},
                                                   {1, 0, 0x48000000}};
    struct walked state, shared;

    small.system.channels = channels;
    small.system.members = members;
    small.vms[LINUX].members = (struct system_slice){0, 1};
    small.vms[CONTROL].members = (struct system_slice){1, 1};
    for (uint32_t i = 0; i < 2; i++) {
        const uint64_t *root = create(i);

        state = walk(root, 3, members[i].at, table_at);
        shared = walk(root, 3, members[i].at + 0x2fff, table_at);
        assert_int_equal(state.phys, 0x69000000);
        assert_int_equal(shared.phys, 0x69002fff);
        assert_int_equal(walk(root, 3, members[i].at + 0x1000, table_at).attributes,
                         shared.attributes);
        assert_false(walk(root, 3, members[i].at + 0x3000, table_at).mapped);
        assert_true(walk_guest_readable(&state) && walk_guest_readable(&shared));
        assert_false(walk_guest_writable(&state));
        assert_int_equal(walk_guest_writable(&shared), i == 0);
        assert_false(walk_guest_executable(&state) || walk_guest_executable(&shared));
        /* Memory, with the caches on. */
        assert_int_equal(
            shared.attributes,
            arch_pte_leaf(phys(0), 0, i == 0 ? PAGE_GUEST_SHARED : PAGE_GUEST_READ_ONLY));
    }
}

/* Where CPUs have interrupt files for guests, each vCPU's is behind its CPU's own. */
TEST(maps_interrupt_files) {
    const uint64_t *root;

    for (uint32_t i = 0; i < 4; i++)
        small.cpus[i].controller_phys = 0x28000000 + i * 0x4000;
    small.vms[LINUX].cpus = 0xd;
    root = create(LINUX);
    assert_int_equal(total(root).devices, 0x1000 + LINUX_VCPUS * 0x1000);
    assert_int_equal(walk(root, 3, GUEST_GICR, table_at).phys, 0x28001000);
    assert_int_equal(walk(root, 3, GUEST_GICR + 0x1000, table_at).phys, 0x28009000);
    assert_int_equal(walk(root, 3, GUEST_GICR + 0x2fff, table_at).phys, 0x2800dfff);
    assert_false(walk(root, 3, GUEST_GICR + 0x3000, table_at).mapped);
}

TEST(each_vm_has_its_own) {
    const uint64_t *linux_root = create(LINUX);
    const uint64_t *control_root = create(CONTROL);

    assert_ptr_not_equal(linux_root, control_root);
    assert_int_equal(total(control_root).memory, 0x203000);
    assert_int_equal(total(control_root).devices, 0);
    assert_int_equal(walk(control_root, 3, GUEST_MEMORY, table_at).phys, 0x70000000);
    assert_int_equal(walk(control_root, 3, 0x10002fff, table_at).phys, 0x70402fff);
    assert_false(walk(linux_root, 3, 0x10002fff, table_at).mapped);
    assert_int_equal(walk(linux_root, 3, GUEST_MEMORY, table_at).phys, 0x60000000);
}

static void create_linux(void *unused) {
    create(LINUX);
}

TEST(says_when_regions_collide) {
    small.devices[0].at = GUEST_MEMORY + 0x3000;
    assert_int_equal(host_run(create_linux, NULL), HOST_PANICKED);
}

TEST(says_when_the_pool_is_empty) {
    /* Root, aligned; one table for memory's gigabyte; two for the device's. */
    uint64_t needed = 2 * ARCH_ROOT_PAGES - 1 + 3;

    for (uint64_t pages = 0; pages < needed + 2; pages++) {
        begin();
        pool.count = pages;
        assert_int_equal(host_run(create_linux, NULL),
                         pages >= needed ? HOST_RETURNED : HOST_PANICKED);
    }
}

/* Tables of as many levels as the VM's entry says, with memory at both ends. */
TEST(reaches_as_far_as_the_table_says) {
    for (uint32_t levels = 3; levels <= 5; levels++) {
        uint64_t end = (uint64_t)ARCH_ROOT_PAGES << (12 + 9 * levels);
        const uint64_t *root;

        begin();
        small.vms[CONTROL].stage2_levels = levels;
        small.memory[2].at = end - 0x3000;
        root = create(CONTROL);
        assert_int_equal(total_of(root, levels).memory, 0x203000);
        assert_int_equal(walk(root, levels, end - 1, table_at).phys, 0x70402fff);
        assert_int_equal(walk(root, levels, GUEST_MEMORY, table_at).phys, 0x70000000);
        assert_int_equal(walk(root, levels, GUEST_MEMORY, table_at).level, 1);
        assert_false(walk(root, levels, end - 0x3001, table_at).mapped);
    }
}

/* What the cores, VMs' structures and what VMs share take. One of the cores boots. */
static uint64_t others(void) {
    return SYSTEM_POOL_CONTROL + 2 * SYSTEM_POOL_VM +
           SYSTEM_POOL_CPU * (small.system.cpu_count - 1);
}

/* The validator's sum is enough for whatever a table can say. */
TEST(never_needs_more_than_was_reserved) {
    struct random random = {7};

    for (unsigned round = 0; round < 600; round++) {
        uint64_t at = 0x1000 * (uint64_t)random_below(&random, 4096);
        uint32_t levels = 3 + round % 3;
        uint64_t reserved;

        begin();
        small.vms[LINUX].stage2_levels = levels;
        for (unsigned i = 0; i < 4; i++)
            small.cpus[i].controller_phys = 0x28000000;
        small.vms[LINUX].memory = (struct system_slice){0, 8};
        small.vms[CONTROL].memory.count = 0;
        small.system.memory_count = 8;
        for (unsigned i = 0; i < 8; i++) {
            uint64_t border = UINT64_C(1) << (30 + 9 * (round / 3 % (levels - 2)));
            uint64_t size = 0x1000 * (uint64_t)(2 + random_below(&random, i % 2 ? 3000 : 30));
            uint64_t skew = size < 0x200000 ? 0x1000 * random_below(&random, 512) : 0;

            if (round % 2 == 0) /* across the end of what a table maps */
                at = ((at + border + size) & ~(border - 1)) - 0x1000;
            small.memory[i] =
                (struct system_region){at, at % 0x200000 + 0x100000000 + skew, size, 0};
            at += size + 0x1000 * (uint64_t)random_below(&random, i % 3 ? 1000000 : 2);
        }
        small.devices[0].at = at + 0x1000;
        reserved = system_pool_pages(&small.system);
        create(LINUX);
        create(CONTROL);
        assert_true(pool.used + others() <= reserved);
        /* A gap between regions, and one between memory and devices, counts at most twice. */
        assert_true(reserved <= pool.used + others() + (levels - 1));
    }
}

/* Nor much more than that, for what systems look like. */
TEST(reserves_what_it_needs) {
    static const struct system_region shapes[] = {
        {0x40000000, 0x60000000, 0x20000000, 0}, /* of whole blocks */
        {0x40000000, 0x60000000, 0x40000000, 0}, {0x80000000, 0x82400000, 0xa00000, 0},
        {0x40000000, 0x60000000, 0x3000, 0},     {0x40000000, 0x60001000, 0x100000, 0},
    };

    for (unsigned i = 0; i < COUNT_OF(shapes); i++) {
        begin();
        small.memory[0] = shapes[i];
        create(LINUX);
        create(CONTROL);
        assert_int_equal(system_pool_pages(&small.system), pool.used + others());
    }
}
