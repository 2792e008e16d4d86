/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aplic.h - the supervisor-level domain of the machine's APLIC (RISC-V Advanced
 * Interrupt Architecture 1.0, chapter 4). No register is read, changed and written
 * after boot: each belongs to one source, or has halves that set and clear. So cores
 * need no lock across VMs.
 */
#pragma once

#include "arch/riscv64/intc.h"

/* Offsets of an interrupt domain's registers, 4.5, of the machine's and of a VM's. */
#define APLIC_DOMAINCFG   0x0000u
#define APLIC_SOURCECFG   0x0000u /* of source 1 at 4 */
#define APLIC_SETIP       0x1c00u /* a bit for each source, as all until ... */
#define APLIC_SETIPNUM    0x1cdcu
#define APLIC_IN_CLRIP    0x1d00u
#define APLIC_CLRIPNUM    0x1ddcu
#define APLIC_SETIE       0x1e00u
#define APLIC_SETIENUM    0x1edcu
#define APLIC_CLRIENUM    0x1fdcu /* ... here */
#define APLIC_SETIPNUM_LE 0x2000u
#define APLIC_GENMSI      0x3000u
#define APLIC_TARGET      0x3000u /* of source 1 at 4 */
#define APLIC_IDCS        0x4000u

#define APLIC_DOMAINCFG_ONES  0x80000000u
#define APLIC_DOMAINCFG_IE    (1u << 8)
#define APLIC_DOMAINCFG_MSI   (1u << 2)
#define APLIC_DELEGATED       (1u << 10) /* sourcecfg.D */
#define APLIC_TARGET_HART     18u        /* target, genmsi: where their fields begin */
#define APLIC_TARGET_GUEST    12u
#define APLIC_TARGET_EIID     0x7ffu
#define APLIC_TARGET_PRIORITY 0xffu

/* sourcecfg.SM */
enum aplic_mode {
    APLIC_INACTIVE = 0,
    APLIC_DETACHED = 1,
    APLIC_EDGE1 = 4,
    APLIC_EDGE0 = 5,
    APLIC_LEVEL1 = 6,
    APLIC_LEVEL0 = 7,
};

/* An interrupt delivery control structure, 32 bytes for each hart. */
#define IDC_SIZE       32u
#define IDC_IDELIVERY  0x00u
#define IDC_IFORCE     0x04u
#define IDC_ITHRESHOLD 0x08u
#define IDC_TOPI       0x18u
#define IDC_CLAIMI     0x1cu

/* In direct and in MSI delivery mode. Nothing is left of a source that is turned off. */
extern const struct intc_ops aplic_direct_ops, aplic_msi_ops;

/* A register of the domain by its offset. */
uint32_t aplic_read(uint32_t offset);
void aplic_write(uint32_t offset, uint32_t value);

/*
 * MSI mode. Whether MSIs come to this core: its own kick or, by `genmsi`, the APLIC's. When that
 * one has, all that were sent before have, too: AIA 4.9.3, but for the lock.
 */
bool aplic_msis_arrive(uint32_t identity);
