/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "config/system.h"
#include "tests/unit/config/good_table.h"

static struct good_table good;
static struct system opened;

BEFORE_EACH(begin) {
    good_table_make(&good);
    system_open(&opened, &good.table);
}

TEST(test_open) {
    assert_ptr_equal(opened.table, &good.table);
    assert_ptr_equal(opened.board, &good.table.board);
    assert_ptr_equal(opened.ram, good.ram);
    assert_ptr_equal(opened.cpus, good.cpus);
    assert_ptr_equal(opened.vms, good.vms);
    assert_ptr_equal(opened.memory, good.memory);
    assert_ptr_equal(opened.devices, good.devices);
    assert_ptr_equal(opened.interrupts, good.interrupts);
    assert_ptr_equal(opened.payloads, good.payloads);
    assert_int_equal(opened.cpu_count, 4);
    assert_int_equal(opened.vm_count, 2);
    assert_int_equal(opened.payload_count, 3);
}

TEST(test_cpus) {
    assert_int_equal(system_vm_vcpu_count(&opened.vms[0]), 2);
    assert_int_equal(system_vm_cpu(&opened.vms[0], 0), 0);
    assert_int_equal(system_vm_cpu(&opened.vms[0], 1), 2);
    assert_int_equal(system_vm_cpu(&opened.vms[0], 2), 64);
    assert_int_equal(system_vm_cpu(&opened.vms[1], 0), 1);
    assert_int_equal(system_vm_of_cpu(&opened, 2), 0);
    assert_int_equal(system_vm_of_cpu(&opened, 1), 1);
    assert_int_equal(system_vm_of_cpu(&opened, 3), SYSTEM_VMS_MAX);
    assert_int_equal(system_vm_of_cpu(&opened, UINT32_MAX), SYSTEM_VMS_MAX);
}

/* What begins in one memory of the VM ends in the same: not behind it, at no wrapped address. */
TEST(test_memory_at) {
    for (uint32_t i = 0; i < good.vms[0].memory.count; i++) {
        const struct system_region *memory = &good.memory[good.vms[0].memory.first + i];
        uint64_t at = memory->at, size = memory->size;

        assert_ptr_equal(system_vm_at(&opened, &good.vms[0], at, size), memory);
        assert_ptr_equal(system_vm_at(&opened, &good.vms[0], at + size - 1, 1), memory);
        assert_null(system_vm_at(&opened, &good.vms[0], at + size - 4, 5));
        assert_null(system_vm_at(&opened, &good.vms[0], at + 8, UINT64_MAX - 4));
        assert_null(system_vm_at(&opened, &good.vms[0], at, size + 1));
    }
    assert_null(system_vm_at(&opened, &good.vms[0], UINT64_MAX, 1));
    assert_ptr_equal(system_vm_at(&opened, &good.vms[1], 0x40000000, 4),
                     &good.memory[good.vms[1].memory.first]);
}

static uint64_t pages(void) {
    system_open(&opened, &good.table);
    return system_pool_pages(&opened);
}

/* The tables of a stage 2 by what is mapped: DDI 0487 D8.2, a table of 512 entries a level. */
TEST(test_pool_pages) {
    good.memory[0] = (struct system_region){0x40000000, 0x80000000, 0x40000000, 0};
    uint64_t whole = pages(); /* blocks: a table of them */
    good.memory[0].phys += 0x1000;
    assert_int_equal(pages(), whole + 512); /* a page table for each 2 MiB */
    good.memory[0] = (struct system_region){0x40001000, 0x80001000, 0x3fffe000, 0};
    assert_int_equal(pages(), whole + 2); /* at both ends */
    good.memory[0] = (struct system_region){0x7fe00000, 0x7fe00000, 0x400000, 0};
    assert_int_equal(pages(), whole + 1); /* of two gigabytes */
}

/* A channel's first page is mapped apart from what is behind it, which blocks can map. */
TEST(test_pool_pages_of_channels) {
    good.channels[1].phys = 0x48200000;
    good.channels[1].size = 0x601000;
    good.members[2].at = 0x60200000;
    uint64_t whole = pages(); /* page tables for the first 2 MiB and for the last page */
    good.channels[1].phys += 0x1000;
    assert_int_equal(pages(), whole + 2);
}

/* Whoever is not a VM's has no space; one core boots and has its own; each VM has a root. */
TEST(test_pool_pages_of_cores_and_vms) {
    uint64_t three = pages(); /* of four */

    good.vms[1].cpus |= 8;
    assert_int_equal(pages(), three); /* the fourth, of which one boots */
    good.vms[1].cpus = 0x8;
    assert_int_equal(pages(), three);
    good.vms[0].cpus = 1;
    assert_int_equal(pages(), three - SYSTEM_POOL_CPU);
    good.table.arch = SYSTEM_ARCH_RISCV64;
    assert_int_equal(pages(), three - SYSTEM_POOL_CPU + 2 * 6);
}
