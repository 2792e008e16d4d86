/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/aia/aplic.h"

#include "arch/riscv64/aia/imsic.h"
#include "arch/riscv64/mmio_hw.h"
#include "vm/this_cpu.h"

/* Direct mode: where this core's IDC is. Of all IDCs the page that it is in is mapped, as the
 * first. */
static uint32_t idc;

uint32_t aplic_read(uint32_t offset) {
    return mmio_read(SPACE_ARCH + offset);
}

void aplic_write(uint32_t offset, uint32_t value) {
    mmio_write(SPACE_ARCH + offset, value);
}

static bool is_direct(void) {
    return this_cpu.system.board->riscv64.controller_kind == SYSTEM_CONTROLLER_APLIC;
}

const char *aplic_cpu_init(const struct system *system) {
    uint64_t registers = system->board->riscv64.controller.phys;
    uint64_t at = APLIC_IDCS + IDC_SIZE * system->cpus[this_cpu.index].controller_index;

    mmio_map(SPACE_ARCH, registers, APLIC_IDCS);
    if (!is_direct())
        return NULL;
    mmio_map(SPACE_ARCH + APLIC_IDCS, registers + at / PAGE_SIZE * PAGE_SIZE, PAGE_SIZE);
    idc = APLIC_IDCS + at % PAGE_SIZE;
    aplic_write(idc + IDC_IFORCE, 0);
    aplic_write(idc + IDC_ITHRESHOLD, 0);
    aplic_write(idc + IDC_IDELIVERY, 1);
    return NULL;
}

const char *aplic_machine_init(const struct system *system) {
    uint32_t mode = is_direct() ? 0 : APLIC_DOMAINCFG_MSI;
    uint32_t config = APLIC_DOMAINCFG_ONES | APLIC_DOMAINCFG_IE | mode;

    (void)aplic_cpu_init(system);
    aplic_write(APLIC_DOMAINCFG, 0);
    for (uint32_t source = 1; source <= system->board->riscv64.sources; source++)
        aplic_write(APLIC_SOURCECFG + 4 * source, APLIC_INACTIVE);
    aplic_write(APLIC_DOMAINCFG, config);
    return aplic_read(APLIC_DOMAINCFG) == config
               ? NULL
               : "the APLIC is not there, or does not have the board's delivery mode";
}

uint32_t aplic_claim(void) {
    return aplic_read(idc + IDC_CLAIMI) >> 16;
}

void aplic_enable(uint32_t source) {
    aplic_write(APLIC_SETIPNUM, source);
}

void aplic_turn_off(const struct vm *vm, uint32_t source) {
    (void)vm;
    aplic_write(APLIC_SOURCECFG + 4 * source, APLIC_INACTIVE);
}

void aplic_console_route(uint32_t source, uint32_t cpu) {
    uint32_t hart = this_cpu.system.cpus[cpu].controller_index;

    aplic_write(APLIC_SOURCECFG + 4 * source, APLIC_LEVEL1);
    aplic_write(APLIC_TARGET + 4 * source,
                hart << APLIC_TARGET_HART | (is_direct() ? 1 : IMSIC_CONSOLE));
    aplic_write(APLIC_SETIENUM, source);
    /* A level that is high in MSI mode has been sent already: once more, to the new core. */
    aplic_write(APLIC_SETIPNUM, source);
}
