/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/aia/aplic.h"

#include <stddef.h>

#include "arch/memory.h"
#include "arch/riscv64/aia/imsic.h"
#include "arch/riscv64/mmio_hw.h"
#include "config/system.h"
#include "mem/hypervisor_space.h"
#include "vm/this_cpu.h"

#define PAGES 12u /* at SPACE_ARCH: the domain and the IDCs of 1024 harts */

static const struct system *machine; /* this core's own copy */

uint32_t aplic_read(uint32_t offset) {
    return mmio_read(SPACE_ARCH + offset);
}

void aplic_write(uint32_t offset, uint32_t value) {
    mmio_write(SPACE_ARCH + offset, value);
}

static bool is_direct(void) {
    return machine->board->riscv64.controller_kind == SYSTEM_CONTROLLER_APLIC;
}

static uint32_t idc(uint32_t cpu) {
    return APLIC_IDCS + IDC_SIZE * machine->cpus[cpu].controller_index;
}

static void map(const struct system *system) {
    uint64_t size = system->board->riscv64.controller.size;

    machine = system;
    space_map(space_tables(), SPACE_ARCH, phys(system->board->riscv64.controller.phys),
              size < PAGES * PAGE_SIZE ? size : PAGES * PAGE_SIZE, PAGE_HYPERVISOR_DEVICE);
    arch_tables_written();
}

const char *aplic_machine_init(const struct system *system) {
    uint32_t config = APLIC_DOMAINCFG_ONES | APLIC_DOMAINCFG_IE;

    map(system);
    if (!is_direct())
        config |= APLIC_DOMAINCFG_MSI;
    aplic_write(APLIC_DOMAINCFG, 0);
    for (uint32_t source = 1; source <= system->board->riscv64.sources; source++)
        aplic_write(APLIC_SOURCECFG + 4 * source, APLIC_INACTIVE);
    for (uint32_t i = 0; i < system->cpu_count && is_direct(); i++) {
        if (idc(i) + IDC_SIZE > PAGES * PAGE_SIZE)
            return "an interrupt delivery control structure lies too far away";
        aplic_write(idc(i) + IDC_IDELIVERY, 0);
    }
    aplic_write(APLIC_DOMAINCFG, config);
    return aplic_read(APLIC_DOMAINCFG) == config
               ? NULL
               : "the APLIC is not there, or does not have the board's delivery mode";
}

const char *aplic_cpu_init(const struct system *system, uint32_t cpu) {
    map(system);
    if (is_direct()) {
        aplic_write(idc(cpu) + IDC_IFORCE, 0);
        aplic_write(idc(cpu) + IDC_ITHRESHOLD, 0);
        aplic_write(idc(cpu) + IDC_IDELIVERY, 1);
    }
    return NULL;
}

uint32_t aplic_claim(void) {
    return aplic_read(idc(this_cpu.index) + IDC_CLAIMI) >> 16;
}

void aplic_console_route(uint32_t source, uint32_t cpu) {
    uint32_t hart = machine->cpus[cpu].controller_index;

    /* A level that is high in MSI mode has been sent already: once more, to the new core. */
    aplic_write(APLIC_SOURCECFG + 4 * source, APLIC_LEVEL1);
    aplic_write(APLIC_TARGET + 4 * source,
                hart << APLIC_TARGET_HART | (is_direct() ? 1 : IMSIC_CONSOLE));
    aplic_write(APLIC_SETIPNUM, source);
}

void aplic_console_enable(uint32_t source) {
    aplic_write(APLIC_SETIENUM, source);
}
