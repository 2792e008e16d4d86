/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/small_system.h"

#include <string.h>

#include "abi/boot_record.h"
#include "arch/host/host.h"
#include "arch_types.h"
#include "config/config_arch.h"

struct small_system small;

static void add_linux(void) {
    small.vms[LINUX] = (struct system_vm){.name = "linux",
                                          .cpus = 0x7,
                                          .entry = GUEST_MEMORY + 0x1000,
                                          .boot_argument = GUEST_MEMORY + 0x400000,
                                          .on_fault = SYSTEM_FAULT_STOP,
                                          .console = SYSTEM_VM_CONSOLE_PL011,
                                          .console_at = CONSOLE_AT,
                                          .console_irq = CONSOLE_IRQ,
                                          .stage2_levels = 3,
                                          .controller_at = GUEST_GICD,
                                          .controller_cpus_at = GUEST_GICR,
                                          .memory = {0, 1},
                                          .devices = {0, 1},
                                          .interrupts = {0, 2},
                                          .payloads = {0, 0}};
    small.memory[0] =
        (struct system_memory){GUEST_MEMORY, 0x60000000, 0x800000, SYSTEM_MEMORY_CLEAR};
    small.devices[0] = (struct system_device){0x09010000, 0x09010000, 0x1000, 0};
    small.interrupts[0] = (struct system_interrupt){34, 34, 0, 0};
    small.interrupts[1] = (struct system_interrupt){40, 48, SYSTEM_INTERRUPT_EDGE, 0};
}

static void add_control(void) {
    small.vms[CONTROL] = (struct system_vm){.name = "control",
                                            .cpus = 0x8,
                                            .entry = GUEST_MEMORY,
                                            .on_fault = SYSTEM_FAULT_RESTART,
                                            .console = SYSTEM_VM_CONSOLE_NONE,
                                            .stage2_levels = 3,
                                            .controller_at = GUEST_GICD,
                                            .controller_cpus_at = GUEST_GICR,
                                            .memory = {1, 2},
                                            .devices = {1, 0},
                                            .interrupts = {2, 0},
                                            .payloads = {0, 0}};
    small.memory[1] =
        (struct system_memory){GUEST_MEMORY, 0x70000000, 0x200000, SYSTEM_MEMORY_CLEAR};
    small.memory[2] = (struct system_memory){0x10000000, 0x70400000, 0x3000, 0};
}

void small_begin(void) {
    host_reset();
    memset(&small, 0, sizeof(small));
    add_linux();
    add_control();
    for (uint32_t i = 0; i < 4; i++)
        small.cpus[i].hwid = i;
    small.table.arch = ARCH_CONFIG.arch;
    small.table.home = 0x50000000;
    small.table.image_size = 0x1000000;
    small.table.board = (struct system_board){.console_kind = CONSOLE_KIND_PL011,
                                              .console_irq = 33,
                                              .console_phys = 0x09000000,
                                              .arm64.gic_maintenance_irq = 25,
                                              .arm64.timer_virtual_irq = 27,
                                              .arm64.timer_physical_irq = 30,
                                              .arm64.timer_hypervisor_irq = 26,
                                              .pmu_irq = 23};
    small.system = (struct system){.table = &small.table,
                                   .board = &small.table.board,
                                   .cpus = small.cpus,
                                   .vms = small.vms,
                                   .memory = small.memory,
                                   .devices = small.devices,
                                   .interrupts = small.interrupts,
                                   .payloads = small.payloads,
                                   .cpu_count = 4,
                                   .vm_count = 2,
                                   .memory_count = 3,
                                   .device_count = 1,
                                   .interrupt_count = 2};
}
