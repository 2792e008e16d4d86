/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/config/good_table.h"

#include <stddef.h>
#include <string.h>

#include "abi/boot_record.h"
#include "lib/fletcher.h"

#define MIB UINT64_C(0x100000)

#define SECTION(field)                                                                             \
    {                                                                                              \
        offsetof(struct good_table, field),                                                        \
            sizeof(((struct good_table *)0)->field) / sizeof(((struct good_table *)0)->field[0])   \
    }

void good_table_seal(struct good_table *good) {
    good->table.digest[0] = good->table.digest[1] = 0;
    fletcher(good->table.digest, good, good->table.size);
}

static void make_vms(struct good_table *good) {
    good->vms[0] = (struct system_vm){
        .name = "first",
        .cpus = 5,
        .entry = 0x40080000,
        .boot_argument = 0x40200000,
        .watchdog_at = 0x8020000,
        .watchdog = 1000,
        .watchdog_irq = 36,
        .manages = 2,
        .policies[SYSTEM_END_FAULT].action = SYSTEM_RESTART,
        .console = SYSTEM_VM_CONSOLE_PL011,
        .console_at = 0x9000000,
        .console_irq = 33,
        .stage2_levels = 3,
        .controller_at = 0x8000000,
        .controller_cpus_at = 0x80a0000,
        .memory = {0, 2},
        .devices = {0, 2},
        .interrupts = {0, 2},
        .payloads = {0, 2},
        .members = {0, 1},
    };
    good->vms[1] = (struct system_vm){
        .name = "second",
        .cpus = 2,
        .entry = 0x40000000,
        .stage2_levels = 3,
        .controller_at = 0x8000000,
        .controller_cpus_at = 0x80a0000,
        .memory = {2, 1},
        .devices = {2, 1},
        .interrupts = {2, 1},
        .payloads = {2, 1},
        .members = {1, 2},
    };
}

void good_table_make(struct good_table *good) {
    memset(good, 0, sizeof(*good));
    good->table = (struct system_table){
        .magic = SYSTEM_TABLE_MAGIC,
        .version = SYSTEM_TABLE_VERSION,
        .size = sizeof(*good),
        .arch = SYSTEM_ARCH_ARM64,
        .home = 0x40200000,
        .image_size = 8 * MIB,
        .pool = {0x40a00000, 4 * MIB},
        .board = {.console_kind = CONSOLE_KIND_PL011,
                  .console_irq = 33,
                  .console_phys = 0x9000000,
                  .arm64.gicd = {0x8000000, 0x10000},
                  .arm64.gicr = {{0x80a0000, 0x60000}, {0x8100000, 0x20000}},
                  .arm64.gic_maintenance_irq = 25,
                  .arm64.timer_virtual_irq = 27,
                  .arm64.timer_physical_irq = 30,
                  .arm64.timer_hypervisor_irq = 26,
                  .pmu_irq = 23},
        .ram = SECTION(ram),
        .cpus = SECTION(cpus),
        .vms = SECTION(vms),
        .memory = SECTION(memory),
        .devices = SECTION(devices),
        .interrupts = SECTION(interrupts),
        .payloads = SECTION(payloads),
        .channels = SECTION(channels),
        .members = SECTION(members),
        .manifest_offset = 0x300000,
        .manifest_size = 0x123,
        .manifest_crc = 9,
    };
    good->ram[0] = (struct system_range){0x40000000, 256 * MIB};
    good->ram[1] = (struct system_range){0x80000000, 64 * MIB};
    for (uint32_t i = 0; i < 4; i++)
        good->cpus[i].hwid = (uint64_t)(i / 2) << 8 | (i & 1);
    make_vms(good);
    good->memory[0] = (struct system_region){0x40000000, 0x42000000, 32 * MIB, SYSTEM_MEMORY_CLEAR};
    good->memory[1] = (struct system_region){0, 0x80000000, 16 * MIB, 0};
    good->memory[2] = (struct system_region){0x40000000, 0x44000000, MIB, SYSTEM_MEMORY_CLEAR};
    good->devices[0] = (struct system_region){0x9010000, 0x9010000, 0x1000, 0};
    good->devices[1] = (struct system_region){0x9020000, 0x9020000, 0x3000, 0};
    good->devices[2] = (struct system_region){0x9000000, 0x9040000, 0x1000, 0};
    good->interrupts[0] = (struct system_interrupt){34, 34, 0};
    good->interrupts[1] = (struct system_interrupt){35, 45, SYSTEM_INTERRUPT_EDGE};
    good->interrupts[2] = (struct system_interrupt){34, 46, 0};
    good->payloads[0] = (struct system_payload){0x40080000, 0x280000, 0x1234, 0x2000, {7, 0}};
    good->payloads[1] = (struct system_payload){0x40200000, 0x400000, 0x800, 0x1000, {8, 0}};
    good->payloads[2] = (struct system_payload){0x40000010, 0x200000, 0x9000, 0x9000, {9, 0}};
    good->channels[0] = (struct system_channel){0x48000000, 0x3000, 0};
    good->channels[1] = (struct system_channel){0x48003000, 0x401000, SYSTEM_CHANNEL_KEEP};
    good->members[0] = (struct system_member){0, SYSTEM_MEMBER_WRITES, 0x50000000};
    good->members[1] = (struct system_member){0, 0, 0x40100000};
    good->members[2] = (struct system_member){1, SYSTEM_MEMBER_WRITES, 0x40103000};
    good_table_seal(good);
}

static void make_aia(struct good_table *good) {
    good->table.board.riscv64.controller = (struct system_range){0xd000000, 0x8000};
    good->table.board.riscv64.swi.size = 0;
    good->table.board.riscv64.guest_files = 3;
    good->table.board.riscv64.identities = 255;
    for (uint32_t i = 0; i < 4; i++) {
        good->cpus[i].controller_index = i;
        good->cpus[i].controller_phys = 0x28000000 + i * 0x4000;
    }
    for (uint32_t i = 0; i < 2; i++) {
        good->vms[i].controller_at = 0xd000000;
        good->vms[i].controller_cpus_at = 0x28000000;
    }
}

void good_table_make_riscv64(struct good_table *good, enum system_controller kind) {
    good_table_make(good);
    good->table.arch = SYSTEM_ARCH_RISCV64;
    good->table.board = (struct system_board){
        .console_kind = CONSOLE_KIND_16550,
        .console_irq = 33,
        .console_phys = 0x9000000,
        .console_layout = CONSOLE_LAYOUT(2u, 4u),
        .riscv64 = {.controller = {0xc000000, 0x600000},
                    .swi = {0x2f00000, 0x4000},
                    .timebase = 10000000,
                    .controller_kind = kind,
                    .sources = 95,
                    .isa = SYSTEM_ISA_SSTC | SYSTEM_ISA_ZICBOM | SYSTEM_ISA_FLOAT,
                    .block_size = 64},
    };
    for (uint32_t i = 0; i < 4; i++)
        good->cpus[i] = (struct system_cpu){.hwid = 8 * i, .controller_index = 2 * i + 1};
    good->vms[0].console = SYSTEM_VM_CONSOLE_16550;
    good->vms[1].console = SYSTEM_VM_CONSOLE_SBI;
    good->vms[0].watchdog_at = good->vms[0].watchdog_irq = 0;
    good->interrupts[1].number = good->interrupts[1].phys;
    good->interrupts[2].number = good->interrupts[2].phys;
    for (uint32_t i = 0; i < 2; i++) {
        good->vms[i].controller_at = 0xc000000;
        good->vms[i].controller_cpus_at = 0;
    }
    if (kind == SYSTEM_CONTROLLER_AIA)
        make_aia(good);
    good_table_seal(good);
}
