/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/small_system.h"

#include "abi/boot_record.h"
#include "arch/host/host.h"
#include "arch_types.h"
#include "config/config_check.h"

struct small_system small;

static const struct small_system described = {
    .table = {.home = 0x50000000,
              .image_size = 0x1000000,
              .board = {.console_kind = CONSOLE_KIND_PL011,
                        .console_irq = 33,
                        .console_phys = 0x09000000,
                        .arm64.gic_maintenance_irq = 25,
                        .arm64.timer_virtual_irq = 27,
                        .arm64.timer_physical_irq = 30,
                        .arm64.timer_hypervisor_irq = 26,
                        .pmu_irq = 23}},
    .system = {.table = &small.table,
               .board = &small.table.board,
               .cpus = small.cpus,
               .vms = small.vms,
               .memory = small.memory,
               .devices = small.devices,
               .interrupts = small.interrupts,
               .payloads = small.payloads,
               .channels = small.channels,
               .members = small.members,
               .cpu_count = 4,
               .vm_count = 2,
               .memory_count = 3,
               .device_count = 1,
               .interrupt_count = 2},
    .cpus = {{.hwid = 0}, {.hwid = 1}, {.hwid = 2}, {.hwid = 3}},
    .vms = {{.name = "linux",
             .cpus = 0x7,
             .entry = GUEST_MEMORY + 0x1000,
             .boot_argument = GUEST_MEMORY + 0x400000,
             .policies[SYSTEM_END_RESET].action = SYSTEM_RESTART,
             .console = SYSTEM_VM_CONSOLE_PL011,
             .console_at = CONSOLE_AT,
             .console_irq = CONSOLE_IRQ,
             .stage2_levels = 3,
             .controller_at = GUEST_GICD,
             .controller_cpus_at = GUEST_GICR,
             .memory = {0, 1},
             .devices = {0, 1},
             .interrupts = {0, 2}},
            {.name = "control",
             .cpus = 0x8,
             .entry = GUEST_MEMORY,
             .policies = {{.action = SYSTEM_RESTART}, {.action = SYSTEM_RESTART}},
             .console = SYSTEM_VM_CONSOLE_NONE,
             .stage2_levels = 3,
             .controller_at = GUEST_GICD,
             .controller_cpus_at = GUEST_GICR,
             .memory = {1, 2},
             .devices = {1, 0},
             .interrupts = {2, 0}}},
    .memory = {{GUEST_MEMORY, 0x60000000, 0x800000, SYSTEM_MEMORY_CLEAR},
               {GUEST_MEMORY, 0x70000000, 0x200000, SYSTEM_MEMORY_CLEAR},
               {0x10000000, 0x70400000, 0x3000, 0}},
    .devices = {{0x09010000, 0x09010000, 0x1000, 0}},
    .interrupts = {{34, 34, 0}, {40, 48, SYSTEM_INTERRUPT_EDGE}},
};

void small_begin(void) {
    host_reset();
    small = described;
    small.table.arch = ARCH_CONFIG.arch;
}
