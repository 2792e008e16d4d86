/* SPDX-License-Identifier: Apache-2.0 */
/* The APLIC in either delivery mode, and with MSIs the IMSICs that it sends them to. */
#include "arch_cpu.h"
#include "arch_mmio.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"
#include "runtime/riscv64/controller.h"

#define PRIORITY  1u
#define SOURCES   AIA_APLIC_SOURCES
#define SENT      0xfffeull /* identities 1 to 15 */
#define FILE_SIZE 0x1000u

static bool is_level[SOURCES + 1];
static bool msi; /* the delivery mode */

void aplic_configure(uint32_t source, uint32_t mode) {
    is_level[source] = mode >= APLIC_HIGH;
    mmio_write32(APLIC_SOURCECFG(source), mode);
    mmio_write32(APLIC_TARGET(source),
                 APLIC_TARGET_CPU(cpu_index()) | (msi ? source + IRQ_DEVICES : PRIORITY));
    mmio_write32(APLIC_SETIENUM, source);
}

static void init(void) {
    mmio_write32(APLIC_DOMAINCFG, 0);
    for (uint32_t source = 1; source <= SOURCES; source++)
        mmio_write32(APLIC_SOURCECFG(source), APLIC_INACTIVE);
    mmio_write32(APLIC_DOMAINCFG, APLIC_DOMAINCFG_IE | (msi ? APLIC_DOMAINCFG_DM : 0));
}

/* All sources of the board that our guests meet are levels. */
static void enable(uint32_t source) {
    aplic_configure(source, APLIC_HIGH);
}

static void disable(uint32_t source) {
    mmio_write32(APLIC_CLRIENUM, source);
}

static void direct_init(void) {
    msi = false;
    init();
}

static void direct_init_cpu(void) {
    uint64_t idc = APLIC_IDC(cpu_index());

    mmio_write32(idc + APLIC_IFORCE, 0);
    mmio_write32(idc + APLIC_ITHRESHOLD, 0);
    mmio_write32(idc + APLIC_IDELIVERY, 1);
}

static uint32_t direct_claim(void) {
    uint32_t source = mmio_read32(APLIC_IDC(cpu_index()) + APLIC_CLAIMI) >> 16;

    return source == 0 ? 0 : source + IRQ_DEVICES;
}

static void direct_complete(uint32_t irq) {
    (void)irq;
}

const struct controller aplic_controller = {direct_init, direct_init_cpu, enable,
                                            disable,     direct_claim,    direct_complete};

/* The bare board has files for guests between those of its CPUs. */
uint64_t imsic_page(uint32_t cpu) {
    static const uint64_t bare[] = {AIA_MACHINE_IMSIC_FILE, AIA_MACHINE_IMSIC_FILE_1,
                                    AIA_MACHINE_IMSIC_FILE_2, AIA_MACHINE_IMSIC_FILE_3};

    return machine_is_bulkhead() ? BOARD_IMSIC + (uint64_t)cpu * FILE_SIZE
                                 : bare[cpu % AIA_CPU_COUNT];
}

uint64_t imsic_read(uint64_t select) {
    csr_write(0x150, select);
    return csr_read(0x151);
}

void imsic_write(uint64_t select, uint64_t value) {
    csr_write(0x150, select);
    csr_write(0x151, value);
}

static void msi_init(void) {
    msi = true;
    init();
}

static void msi_init_cpu(void) {
    imsic_write(IMSIC_EIDELIVERY, 1);
    imsic_write(IMSIC_EITHRESHOLD, 0);
    imsic_write(IMSIC_EIE(0), SENT);
}

static void msi_enable(uint32_t source) {
    uint32_t id = source + IRQ_DEVICES;

    imsic_write(IMSIC_EIE(id), imsic_read(IMSIC_EIE(id)) | IMSIC_BIT(id));
    enable(source);
}

static void msi_disable(uint32_t source) {
    uint32_t id = source + IRQ_DEVICES;

    disable(source);
    imsic_write(IMSIC_EIE(id), imsic_read(IMSIC_EIE(id)) & ~IMSIC_BIT(id));
}

static uint32_t msi_claim(void) {
    uint64_t top;

    __asm__ volatile("csrrw %0, 0x15c, zero" : "=r"(top)::"memory"); /* stopei */
    return (uint32_t)(top >> 16);
}

/* A level that is still high sends no second MSI by itself. */
static void msi_complete(uint32_t irq) {
    if (irq >= IRQ_DEVICES && irq - IRQ_DEVICES <= SOURCES && is_level[irq - IRQ_DEVICES])
        mmio_write32(APLIC_SETIPNUM_LE, irq - IRQ_DEVICES);
}

const struct controller imsic_controller = {msi_init,    msi_init_cpu, msi_enable,
                                            msi_disable, msi_claim,    msi_complete};
