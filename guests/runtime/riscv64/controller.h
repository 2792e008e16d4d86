/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controller.h - the three interrupt controllers that runtime/irq.h can have below it, found by
 * looking where the board has them: a PLIC (RISC-V PLIC 1.0), an APLIC that delivers directly,
 * and an APLIC that sends MSIs to IMSICs (both RISC-V AIA 1.0).
 *
 * A source is what the controller calls a device's interrupt; its number in irq.h is IRQ_DEVICES
 * more, and so is its identity as an MSI.
 */
#pragma once

#include "arch_board.h"

#include <stdbool.h>
#include <stdint.h>

struct controller {
    void (*init)(void);     /* once */
    void (*init_cpu)(void); /* each CPU */
    void (*enable)(uint32_t source);
    void (*disable)(uint32_t source);
    uint32_t (*claim)(void);        /* the most urgent, as irq.h numbers them; 0: none */
    void (*complete)(uint32_t irq); /* after it has been handled */
};

extern const struct controller plic_controller, aplic_controller, imsic_controller;

/* The one of this machine, found by loads only. The first time on the boot CPU alone, with no
 * faults expected. */
const struct controller *irq_controller(void);

/* Registers of the PLIC; `context` is plic_context()'s. */
#define PLIC_PRIORITY(source)        (BOARD_PLIC + 4 * (source))
#define PLIC_PENDING(source)         (BOARD_PLIC + 0x1000 + (source) / 32 * 4)
#define PLIC_ENABLE(context, source) (BOARD_PLIC + 0x2000 + 0x80 * (context) + (source) / 32 * 4)
#define PLIC_THRESHOLD(context)      (BOARD_PLIC + 0x200000 + 0x1000 * (context))
#define PLIC_CLAIM(context)          (PLIC_THRESHOLD(context) + 4)

/* A CPU's context in S-mode: the bare board has M-mode's between them, a VM nothing. */
uint32_t plic_context(uint32_t cpu);

/* Registers of the APLIC's domain; an IDC is a CPU's part of it. */
#define APLIC_DOMAINCFG         (BOARD_APLIC + 0x0000)
#define APLIC_SOURCECFG(source) (BOARD_APLIC + 4 * (source))
#define APLIC_SETIP(source)     (BOARD_APLIC + 0x1c00 + (source) / 32 * 4)
#define APLIC_SETIPNUM          (BOARD_APLIC + 0x1cdc)
#define APLIC_IN_CLRIP(source)  (BOARD_APLIC + 0x1d00 + (source) / 32 * 4)
#define APLIC_CLRIPNUM          (BOARD_APLIC + 0x1ddc)
#define APLIC_SETIE(source)     (BOARD_APLIC + 0x1e00 + (source) / 32 * 4)
#define APLIC_SETIENUM          (BOARD_APLIC + 0x1edc)
#define APLIC_CLRIE(source)     (BOARD_APLIC + 0x1f00 + (source) / 32 * 4)
#define APLIC_CLRIENUM          (BOARD_APLIC + 0x1fdc)
#define APLIC_SETIPNUM_LE       (BOARD_APLIC + 0x2000)
#define APLIC_SETIPNUM_BE       (BOARD_APLIC + 0x2004)
#define APLIC_GENMSI            (BOARD_APLIC + 0x3000)
#define APLIC_TARGET(source)    (BOARD_APLIC + 0x3000 + 4 * (source))
#define APLIC_IDC(cpu)          (BOARD_APLIC + 0x4000 + 32 * (cpu))
#define APLIC_IDELIVERY         0x00
#define APLIC_IFORCE            0x04
#define APLIC_ITHRESHOLD        0x08
#define APLIC_TOPI              0x18
#define APLIC_CLAIMI            0x1c

#define APLIC_DOMAINCFG_IE (1u << 8)
#define APLIC_DOMAINCFG_DM (1u << 2) /* set: sends MSIs */

/* sourcecfg.SM */
#define APLIC_INACTIVE 0u
#define APLIC_DETACHED 1u
#define APLIC_RISING   4u
#define APLIC_FALLING  5u
#define APLIC_HIGH     6u
#define APLIC_LOW      7u

/* target: the CPU's index, and its priority or identity. */
#define APLIC_TARGET_CPU(cpu) ((uint32_t)(cpu) << 18)

/* Lets a source through as the kind that it is, or as any of sourcecfg.SM. */
void aplic_configure(uint32_t source, uint32_t mode);

/* An interrupt file: a page that MSIs are written to, and the CSRs of its CPU. */
#define CSR_SISELECT 0x150
#define CSR_SIREG    0x151
#define CSR_STOPEI   0x15c
#define CSR_STOPI    0xdb0

#define IMSIC_EIDELIVERY  0x70
#define IMSIC_EITHRESHOLD 0x72
#define IMSIC_EIP(id)     (0x80 + (id) / 64 * 2) /* 64 identities each */
#define IMSIC_EIE(id)     (0xc0 + (id) / 64 * 2)
#define IMSIC_BIT(id)     (1ull << (id) % 64)

/* Where MSIs for that CPU are written to. */
uint64_t imsic_page(uint32_t cpu);

/* This CPU's indirect registers. Not from an interrupt handler and outside of it at once. */
uint64_t imsic_read(uint64_t select);
void imsic_write(uint64_t select, uint64_t value);
