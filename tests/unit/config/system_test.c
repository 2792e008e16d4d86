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

/* A region that 2 MiB blocks cannot map costs a table for each 2 MiB. */
TEST(test_pool_pages) {
    struct system_memory memory = {0x40000000, 0x80000000, UINT64_C(4) << 30, 0};
    struct system system = {.cpu_count = 2, .vm_count = 1, .memory = &memory, .memory_count = 1};
    uint64_t blocks = system_pool_pages(&system);

    memory.phys += 0x1000;
    assert_int_equal(system_pool_pages(&system), blocks + 2048);
    system.cpu_count = 3;
    assert_true(system_pool_pages(&system) > blocks + 2048);
    blocks = system_pool_pages(&system);
    system.vm_count = 2;
    assert_true(system_pool_pages(&system) >= blocks + 7); /* a root of four pages, aligned */
}
