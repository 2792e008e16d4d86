/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "config/system.h"
#include "tests/unit/config/good_table.h"

TEST(test_open) {
    struct good_table good;
    struct system system;

    good_table_make(&good);
    system_open(&system, &good.table);
    assert_ptr_equal(system.table, &good.table);
    assert_ptr_equal(system.board, &good.table.board);
    assert_ptr_equal(system.ram, good.ram);
    assert_ptr_equal(system.cpus, good.cpus);
    assert_ptr_equal(system.vms, good.vms);
    assert_ptr_equal(system.memory, good.memory);
    assert_ptr_equal(system.devices, good.devices);
    assert_ptr_equal(system.interrupts, good.interrupts);
    assert_ptr_equal(system.payloads, good.payloads);
    assert_int_equal(system.cpu_count, 4);
    assert_int_equal(system.vm_count, 2);
    assert_int_equal(system.payload_count, 3);
}

TEST(test_cpus) {
    struct good_table good;
    struct system system;

    good_table_make(&good);
    system_open(&system, &good.table);
    assert_int_equal(system_vm_vcpu_count(&system.vms[0]), 2);
    assert_int_equal(system_vm_cpu(&system.vms[0], 0), 0);
    assert_int_equal(system_vm_cpu(&system.vms[0], 1), 2);
    assert_int_equal(system_vm_cpu(&system.vms[0], 2), 64);
    assert_int_equal(system_vm_cpu(&system.vms[1], 0), 1);
    assert_int_equal(system_vm_of_cpu(&system, 2), 0);
    assert_int_equal(system_vm_of_cpu(&system, 1), 1);
    assert_int_equal(system_vm_of_cpu(&system, 3), SYSTEM_VMS_MAX);
    assert_int_equal(system_vm_of_cpu(&system, UINT32_MAX), SYSTEM_VMS_MAX);
}

/* What begins in one memory of the VM ends in the same: not behind it, at no wrapped address. */
TEST(test_memory_at) {
    struct good_table good;
    struct system system;

    good_table_make(&good);
    system_open(&system, &good.table);
    for (uint32_t i = 0; i < good.vms[0].memory.count; i++) {
        const struct system_region *memory = &good.memory[good.vms[0].memory.first + i];
        uint64_t at = memory->at, size = memory->size;

        assert_ptr_equal(system_vm_at(&system, &good.vms[0], at, size), memory);
        assert_ptr_equal(system_vm_at(&system, &good.vms[0], at + size - 1, 1), memory);
        assert_null(system_vm_at(&system, &good.vms[0], at + size - 4, 5));
        assert_null(system_vm_at(&system, &good.vms[0], at + 8, UINT64_MAX - 4));
        assert_null(system_vm_at(&system, &good.vms[0], at, size + 1));
    }
    assert_null(system_vm_at(&system, &good.vms[0], UINT64_MAX, 1));
    assert_ptr_equal(system_vm_at(&system, &good.vms[1], 0x40000000, 4),
                     &good.memory[good.vms[1].memory.first]);
}

static struct good_table pool;

static uint64_t pages(void) {
    struct system system;

    system_open(&system, &pool.table);
    return system_pool_pages(&system);
}

/* The tables of a stage 2 by what is mapped: DDI 0487 D8.2, a table of 512 entries a level. */
TEST(test_pool_pages) {
    good_table_make(&pool);
    pool.memory[0] = (struct system_region){0x40000000, 0x80000000, 0x40000000, 0};
    uint64_t whole = pages(); /* blocks: a table of them */
    pool.memory[0].phys += 0x1000;
    assert_int_equal(pages(), whole + 512); /* a page table for each 2 MiB */
    pool.memory[0] = (struct system_region){0x40001000, 0x80001000, 0x3fffe000, 0};
    assert_int_equal(pages(), whole + 2); /* at both ends */
    pool.memory[0] = (struct system_region){0x7fe00000, 0x7fe00000, 0x400000, 0};
    assert_int_equal(pages(), whole + 1); /* of two gigabytes */
}

/* Whoever is not a VM's has no space; one core boots and has its own; each VM has a root. */
TEST(test_pool_pages_of_cores_and_vms) {
    uint64_t three; /* of four */

    good_table_make(&pool);
    three = pages();
    pool.vms[1].cpus |= 8;
    assert_int_equal(pages(), three); /* the fourth, of which one boots */
    pool.vms[1].cpus = 0x8;
    assert_int_equal(pages(), three);
    pool.vms[0].cpus = 1;
    assert_int_equal(pages(), three - SYSTEM_POOL_CPU);
    pool.table.arch = SYSTEM_ARCH_RISCV64;
    assert_int_equal(pages(), three - SYSTEM_POOL_CPU + 2 * 6);
}
