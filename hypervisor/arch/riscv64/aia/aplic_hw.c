/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/aia/aplic.h"

#include "arch/cpu.h"
#include "arch/riscv64/aia/imsic.h"
#include "arch/riscv64/mmio_hw.h"
#include "arch/riscv64/probe_hw.h"
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

static const char *direct_cpu_init(const struct system *system) {
    uint64_t registers = system->board->riscv64.controller.phys;
    uint64_t at = APLIC_IDCS + IDC_SIZE * system->cpus[this_cpu.index].controller_index;

    mmio_map(SPACE_ARCH + APLIC_IDCS, registers + at / PAGE_SIZE * PAGE_SIZE, PAGE_SIZE);
    idc = APLIC_IDCS + at % PAGE_SIZE;
    aplic_write(idc + IDC_IFORCE, 0);
    aplic_write(idc + IDC_ITHRESHOLD, 0);
    aplic_write(idc + IDC_IDELIVERY, 1);
    return NULL;
}

/* While another core's is on its way ours is ignored, so it is sent again. */
bool aplic_msis_arrive(uint32_t identity) {
    uint32_t hart = this_cpu.system.cpus[this_cpu.index].controller_index;
    uint64_t start = arch_clock();
    bool here = false;

    (void)imsic_take(identity);
    while (!here && arch_clock() - start < arch_clock_frequency() / 1000) {
        if (identity == IMSIC_KICK)
            mmio_write(imsic_bell(this_cpu.index), IMSIC_KICK);
        else
            aplic_write(APLIC_GENMSI, hart << APLIC_TARGET_HART | identity);
        here = imsic_take(identity);
    }
    return here;
}

static const char *msi_cpu_init(const struct system *system) {
    const char *wrong = imsic_cpu_init(system, this_cpu.index);
    bool here = false;

    if (wrong != NULL)
        return wrong;
    if (!PROBE(here = aplic_msis_arrive(IMSIC_KICK)) || !here)
        return "its interrupt file is not where the board's tree has it";
    return aplic_msis_arrive(IMSIC_SYNC) ? NULL
                                         : "the APLIC's MSIs do not come to its interrupt file";
}

/* All sources inactive, the domain on, in the board's delivery mode. */
static const char *machine_init(const struct system *system) {
    uint32_t mode = is_direct() ? 0 : APLIC_DOMAINCFG_MSI;
    uint32_t config = APLIC_DOMAINCFG_ONES | APLIC_DOMAINCFG_IE | mode;

    aplic_write(APLIC_DOMAINCFG, 0);
    for (uint32_t source = 1; source <= system->board->riscv64.sources; source++)
        aplic_write(APLIC_SOURCECFG + 4 * source, APLIC_INACTIVE);
    aplic_write(APLIC_DOMAINCFG, config);
    return aplic_read(APLIC_DOMAINCFG) == config
               ? NULL
               : "the APLIC is not there, or does not have the board's delivery mode";
}

static uint32_t direct_claim(void) {
    return aplic_read(idc + IDC_CLAIMI) >> 16;
}

static uint32_t msi_claim(void) {
    uint32_t identity = imsic_claim();

    if (identity == IMSIC_KICK)
        return SOURCE_END;
    if (identity == IMSIC_CONSOLE)
        return this_cpu.system.board->console_irq;
    this_cpu.vcpu->exits[EXIT_OTHER] += identity != 0;
    return 0;
}

/* Pending once more, if its level is high: claimed or, in MSI mode, sent it no more is. */
static void enable(uint32_t source) {
    aplic_write(APLIC_SETIPNUM, source);
}

static void turn_off(const struct vm *vm, uint32_t source) {
    (void)vm;
    aplic_write(APLIC_SOURCECFG + 4 * source, APLIC_INACTIVE);
}

/* In MSI mode as IMSIC_CONSOLE. */
static void route(uint32_t source, uint32_t cpu) {
    uint32_t hart = this_cpu.system.cpus[cpu].controller_index;

    aplic_write(APLIC_SOURCECFG + 4 * source, APLIC_LEVEL1);
    aplic_write(APLIC_TARGET + 4 * source,
                hart << APLIC_TARGET_HART | (is_direct() ? 1 : IMSIC_CONSOLE));
    aplic_write(APLIC_SETIENUM, source);
    /* A level that is high in MSI mode has been sent already: once more, to the new core. */
    enable(source);
}

const struct intc_ops aplic_direct_ops = {machine_init, direct_cpu_init, route, enable,
                                          direct_claim, turn_off,        NULL};
const struct intc_ops aplic_msi_ops = {machine_init, msi_cpu_init, route, enable,
                                       msi_claim,    turn_off,     NULL};
