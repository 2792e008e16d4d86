/* SPDX-License-Identifier: Apache-2.0 */
/*
 * system.h - the const view of a system table: the sections as arrays.
 *
 * Nothing here checks anything. A view is opened only on a table that config_check() accepted,
 * and holds pointers into it: the table must stay where it is, unchanged.
 */
#pragma once

#include "abi/system_image.h"
#include "lib/address.h"

/* Entries per section, so that every loop over a table has a bound. */
#define SYSTEM_RAM_MAX        32u
#define SYSTEM_MEMORY_MAX     128u
#define SYSTEM_DEVICES_MAX    256u
#define SYSTEM_INTERRUPTS_MAX 1023u
#define SYSTEM_PAYLOADS_MAX   128u
#define SYSTEM_CHANNELS_MAX   32u
#define SYSTEM_MEMBERS_MAX    (SYSTEM_CHANNELS_MAX * SYSTEM_VMS_MAX)

/* Bytes of a GICv3 distributor, and of one CPU's redistributor. */
#define SYSTEM_GICD_SIZE UINT64_C(0x10000)
#define SYSTEM_GICR_SIZE UINT64_C(0x20000)

/* A guest's PLIC has a page for each vCPU's context behind its first part; an APLIC in direct mode
 * 32 bytes for each. */
#define SYSTEM_PLIC_CONTEXTS_AT  UINT64_C(0x200000)
#define SYSTEM_APLIC_IDCS_AT     UINT64_C(0x4000)
#define SYSTEM_APLIC_DIRECT_SIZE UINT64_C(0x8000)

/* X(section of the table, what the view calls its size, an entry, how many at least, at most). */
#define SYSTEM_SECTIONS(X)                                                                         \
    X(ram, ram_count, struct system_range, 1, SYSTEM_RAM_MAX)                                      \
    X(cpus, cpu_count, struct system_cpu, 1, SYSTEM_CPUS_MAX)                                      \
    X(vms, vm_count, struct system_vm, 1, SYSTEM_VMS_MAX)                                          \
    X(memory, memory_count, struct system_region, 1, SYSTEM_MEMORY_MAX)                            \
    X(devices, device_count, struct system_region, 0, SYSTEM_DEVICES_MAX)                          \
    X(interrupts, interrupt_count, struct system_interrupt, 0, SYSTEM_INTERRUPTS_MAX)              \
    X(payloads, payload_count, struct system_payload, 0, SYSTEM_PAYLOADS_MAX)                      \
    X(channels, channel_count, struct system_channel, 0, SYSTEM_CHANNELS_MAX)                      \
    X(members, member_count, struct system_member, 0, SYSTEM_MEMBERS_MAX)

/* Of each section its entries, as `vms`, and their number, as `vm_count`. */
#define SYSTEM_ENTRIES(section, number, entry, ...) const entry *section;
#define SYSTEM_COUNTS(section, number, ...)         uint32_t number;
struct system {
    const struct system_table *table;
    const struct system_board *board;
    SYSTEM_SECTIONS(SYSTEM_ENTRIES)
    SYSTEM_SECTIONS(SYSTEM_COUNTS)
};

/* Makes `system` the view of `table`, which config_check() has accepted. */
void system_open(struct system *system, const struct system_table *table);

/* How many vCPUs a VM has. */
uint32_t system_vm_vcpu_count(const struct system_vm *vm);

/* The machine CPU that runs vCPU `vcpu` of a VM; 64 if there is no such vCPU. */
uint32_t system_vm_cpu(const struct system_vm *vm, uint32_t vcpu);

/* The index of the VM that owns machine CPU `cpu`; SYSTEM_VMS_MAX if none does. */
uint32_t system_vm_of_cpu(const struct system *system, uint32_t cpu);

/* The memory of a VM that its addresses [at, at + size) lie in; NULL if there is no such. */
const struct system_region *system_vm_at(const struct system *system, const struct system_vm *vm,
                                         uint64_t at, uint64_t size);

/* Pages that the hypervisor takes for what VMs share, for a VM's structures, and for a core's
 * private data; which is no less than it needs, where that is known (build.c, hypervisor.lds). */
#define SYSTEM_POOL_CONTROL 2u
#define SYSTEM_POOL_VM      7u
#define SYSTEM_POOL_CPU     10u

/*
 * How many 4 KiB pages the hypervisor takes from its pool for `system`, or a few more: the tool
 * reserves them, the validator checks that they are there. VMs have CPUs, slices and levels that
 * exist; where memory of 2 MiB or more lies in the machine counts modulo 2 MiB only.
 */
uint64_t system_pool_pages(const struct system *system);
