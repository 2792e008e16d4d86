/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include <string.h>

#include "config/pool_size.h"
#include "hypervisor/small_system.h"
#include "hypervisor/walk.h"
#include "mem/guest_space.h"

#define PAGES     1024u
#define POOL_PHYS UINT64_C(0x7f000000)

/* DDI 0487 D8.3, stage 2: what the attributes of an entry say. */
#define MEMORY_ATTR(attributes) ((attributes) >> 2 & 0xf)
#define ACCESS(attributes)      ((attributes) >> 6 & 3)
#define NEVER_EXECUTE(value)    ((value) >> 53 & 3)

static uint8_t memory[PAGES * 4096] __attribute__((aligned(4096)));
static struct page_pool pool;
static struct small_system small;

static int begin(void **state) {
    memset(memory, 0xee, sizeof(memory));
    pool = (struct page_pool){phys(POOL_PHYS), memory, PAGES, 0};
    small_system_init(&small);
    return 0;
}

static const uint64_t *table_at(uint64_t address) {
    assert_true(address >= POOL_PHYS && address < POOL_PHYS + pool.used * 4096);
    return (const uint64_t *)(const void *)(memory + (address - POOL_PHYS));
}

static const uint64_t *create(uint32_t vm) {
    phys_t root = phys(0);

    assert_true(guest_space_create(&pool, &small.system, &small.vms[vm], &root));
    return table_at(root.value);
}

struct sum {
    uint64_t memory, devices; /* bytes */
};

static void add(uint64_t address, const struct walked *walked, void *context) {
    struct sum *sum = context;
    uint64_t size = UINT64_C(1) << (30 - 9 * walked->level);

    (void)address;
    if (MEMORY_ATTR(walked->attributes) == 0xf)
        sum->memory += size;
    else
        sum->devices += size;
}

static struct sum total(const uint64_t *root) {
    struct sum sum = {0};

    walk_all(root, table_at, add, &sum);
    return sum;
}

static void maps_memory_and_devices_and_nothing_else(void **state) {
    const uint64_t *root = create(LINUX);

    assert_int_equal(total(root).memory, 0x800000);
    assert_int_equal(total(root).devices, 0x1000);
    assert_int_equal(walk(root, GUEST_MEMORY, table_at).phys, 0x60000000);
    assert_int_equal(walk(root, GUEST_MEMORY + 0x7fffff, table_at).phys, 0x607fffff);
    assert_int_equal(walk(root, GUEST_MEMORY, table_at).level, 1);
    assert_int_equal(walk(root, 0x09010abc, table_at).phys, 0x09010abc);
    /* What is emulated must trap. */
    assert_false(walk(root, CONSOLE_AT, table_at).mapped);
    assert_false(walk(root, GUEST_GICD, table_at).mapped);
    assert_false(walk(root, GUEST_GICR, table_at).mapped);
}

static void maps_each_device(void **state) {
    const uint64_t *root;

    small.vms[LINUX].devices.count = 2;
    small.devices[1] = (struct system_device){0x0a000000, 0x0b000000, 0x3000};
    small.devices[2] = (struct system_device){0x0c000000, 0x0c000000, 0x1000}; /* another VM's */
    root = create(LINUX);
    assert_int_equal(total(root).devices, 0x4000);
    assert_int_equal(walk(root, 0x09010000, table_at).phys, 0x09010000);
    assert_int_equal(walk(root, 0x0a002fff, table_at).phys, 0x0b002fff);
    assert_false(walk(root, 0x0c000000, table_at).mapped);
}

static void devices_are_device_memory_without_execution(void **state) {
    const uint64_t *root = create(LINUX);
    uint64_t device = walk(root, 0x09010000, table_at).attributes;
    uint64_t ram = walk(root, GUEST_MEMORY, table_at).attributes;

    assert_int_equal(MEMORY_ATTR(device), 1); /* Device-nGnRE */
    assert_int_equal(ACCESS(device), 3);
    assert_int_equal(NEVER_EXECUTE(device), 2);
    assert_int_equal(ACCESS(ram), 3);
    assert_int_equal(NEVER_EXECUTE(ram), 0);
}

static void each_vm_has_its_own(void **state) {
    const uint64_t *linux_root = create(LINUX);
    const uint64_t *control_root = create(CONTROL);

    assert_ptr_not_equal(linux_root, control_root);
    assert_int_equal(total(control_root).memory, 0x203000);
    assert_int_equal(total(control_root).devices, 0);
    assert_int_equal(walk(control_root, GUEST_MEMORY, table_at).phys, 0x70000000);
    assert_int_equal(walk(control_root, 0x10002fff, table_at).phys, 0x70402fff);
    assert_false(walk(linux_root, 0x10002fff, table_at).mapped);
    assert_int_equal(walk(linux_root, GUEST_MEMORY, table_at).phys, 0x60000000);
}

static void says_when_regions_collide(void **state) {
    phys_t root;

    small.devices[0].at = GUEST_MEMORY + 0x3000;
    assert_false(guest_space_create(&pool, &small.system, &small.vms[LINUX], &root));
}

static void says_when_the_pool_is_empty(void **state) {
    /* Root; one table for memory's gigabyte; two for the device's. */
    for (uint64_t pages = 0; pages < 6; pages++) {
        phys_t root = phys(0);

        begin(state);
        pool.count = pages;
        assert_int_equal(guest_space_create(&pool, &small.system, &small.vms[LINUX], &root),
                         pages >= 4);
        assert_int_equal(root.value != 0, pages >= 4);
    }
}

/* The validator's sum is enough for whatever a table can say. */
static void never_needs_more_than_was_reserved(void **state) {
    struct random random = {7};

    for (unsigned round = 0; round < 300; round++) {
        uint64_t at = 0x1000 * (uint64_t)random_below(&random, 4096);
        uint64_t reserved;

        begin(state);
        small.vms[LINUX].memory = (struct system_slice){0, 8};
        small.system.memory_count = 8;
        for (unsigned i = 0; i < 8; i++) {
            uint64_t size = 0x1000 * (uint64_t)(1 + random_below(&random, i % 2 ? 3000 : 30));
            uint64_t skew = size < 0x200000 ? 0x1000 * random_below(&random, 512) : 0;

            small.memory[i] =
                (struct system_memory){at, at % 0x200000 + 0x100000000 + skew, size, 0};
            at += size + 0x1000 * (uint64_t)random_below(&random, i % 3 ? 1000000 : 2);
        }
        small.devices[0].at = at + 0x1000;
        reserved = system_pool_pages(&small.system);
        create(LINUX);
        /* Apart from what three more cores, two VMs' structures and the control area take. */
        assert_true(pool.used + 44 <= reserved);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(maps_memory_and_devices_and_nothing_else, begin),
        cmocka_unit_test_setup(maps_each_device, begin),
        cmocka_unit_test_setup(devices_are_device_memory_without_execution, begin),
        cmocka_unit_test_setup(each_vm_has_its_own, begin),
        cmocka_unit_test_setup(says_when_regions_collide, begin),
        cmocka_unit_test_setup(says_when_the_pool_is_empty, begin),
        cmocka_unit_test_setup(never_needs_more_than_was_reserved, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
