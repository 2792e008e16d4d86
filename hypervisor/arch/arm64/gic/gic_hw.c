/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/gic/gic.h"

#include "arch/arm64/include/sysreg_hw.h"
#include "arch/cpu.h"
#include "arch/memory.h"
#include "mem/hypervisor_space.h"
#include "vm/control.h"

/* Distributor, IHI 0069 section 12.9; from IGROUPR on also the SGI frame (12.11). */
#define GICD_CTLR       0x0000u
#define GICD_TYPER      0x0004u
#define GICD_IGROUPR    0x0080u
#define GICD_ISENABLER  0x0100u
#define GICD_ICENABLER  0x0180u
#define GICD_ISPENDR    0x0200u
#define GICD_ICPENDR    0x0280u
#define GICD_ISACTIVER  0x0300u
#define GICD_ICACTIVER  0x0380u
#define GICD_IPRIORITYR 0x0400u
#define GICD_ICFGR      0x0c00u
#define GICD_IROUTER    0x6000u

#define GICR_CTLR  0x0000u
#define GICR_TYPER 0x0008u
#define GICR_WAKER 0x0014u
#define GICR_SGI   0x10000u /* the second frame */

#define CTLR_RWP     (1u << 31)
#define CTLR_ARE     (1u << 4)
#define CTLR_GROUP1  (1u << 1)
#define CTLR_LPIS    (1u << 0)
#define WAKER_SLEEP  (1u << 1)
#define WAKER_ASLEEP (1u << 2)
#define TYPER_LAST   (UINT64_C(1) << 4)
#define TYPER_VLPIS  (UINT64_C(1) << 1)

/* How long a register write may take to become true; far beyond any real controller's time. */
#define PATIENCE 1000000u

static const struct system *machine; /* this core's own copy */

static volatile uint32_t *gicd(uint64_t offset) {
    return (volatile uint32_t *)(uintptr_t)(SPACE_GICD + offset);
}

static volatile uint32_t *gicr(uint64_t offset) {
    return (volatile uint32_t *)(uintptr_t)(SPACE_GICR + offset);
}

/* The word and bit of interrupt `number` in a bank of one bit each, private or shared. */
static volatile uint32_t *word_of(uint32_t bank, uint32_t number) {
    return number < GIC_SPIS ? gicr(GICR_SGI + bank) : gicd(bank + number / 32 * 4);
}

static uint32_t bit_of(uint32_t number) {
    return 1u << (number % 32);
}

static bool wait_clear(volatile uint32_t *word, uint32_t bits) {
    for (uint32_t i = 0; i < PATIENCE; i++) {
        if ((*word & bits) == 0)
            return true;
    }
    return false;
}

void gic_enable(uint32_t number, bool on) {
    *word_of(on ? GICD_ISENABLER : GICD_ICENABLER, number) = bit_of(number);
}

void gic_wait(void) {
    DSB(sy);
    (void)wait_clear(gicd(GICD_CTLR),
                     CTLR_RWP); /* other VMs' writes make it longer, not less true */
}

void gic_set_active(uint32_t number) {
    *word_of(GICD_ISACTIVER, number) = bit_of(number);
}

void gic_clear_active(uint32_t number) {
    *word_of(GICD_ICACTIVER, number) = bit_of(number);
}

void gic_set_pending(uint32_t number) {
    *word_of(GICD_ISPENDR, number) = bit_of(number);
}

void gic_clear_pending(uint32_t number) {
    *word_of(GICD_ICPENDR, number) = bit_of(number);
}

bool gic_is_pending(uint32_t number) {
    return (*word_of(GICD_ISPENDR, number) & bit_of(number)) != 0;
}

/* CNTV_CTL_EL0 or CNTP_CTL_EL0: ENABLE and ISTATUS, not IMASK. What the guest wrote counts here at
 * once, and at the redistributor some time later. */
static bool is_due(uint64_t control) {
    return (control & 7) == 5;
}

bool gic_line(uint32_t number) {
    if (number == machine->board->arm64.timer_virtual_irq)
        return is_due(READ_SYSREG(cntv_ctl_el0));
    if (number == machine->board->arm64.timer_physical_irq)
        return is_due(READ_SYSREG(cntp_ctl_el0));
    return gic_is_pending(number);
}

void gic_route(uint32_t number, uint32_t cpu) {
    *(volatile uint64_t *)(volatile void *)gicd(GICD_IROUTER + number * 8) =
        machine->cpus[cpu].hwid;
}

uint64_t gic_kick_of(uint64_t hwid) {
    return (hwid >> 32 & 0xff) << 48 | (hwid >> 16 & 0xff) << 32 | (hwid >> 8 & 0xff) << 16 |
           (hwid >> 4 & 0xf) << 44 | (uint64_t)GIC_KICK << 24 | UINT64_C(1) << (hwid & 0xf);
}

void gic_kick(uint64_t value) {
    /* What the other core shall find is in memory before the interrupt is on its way. */
    DSB(ishst);
    WRITE_SYSREG(ICC_SGI1R_EL1, value);
    ISB();
}

void arch_cpu_kick(uint32_t cpu) {
    gic_kick(gic_kick_of(machine->cpus[cpu].hwid));
}

/* Looks for so long whether it is off: other VMs' writes may make it longer, and must not cost
 * more. */
#define DISABLING 64u

bool gic_configure(uint32_t number, bool edge) {
    volatile uint32_t *word = gicd(GICD_ICFGR + number / 16 * 4);
    uint32_t bit = 2u << (number % 16 * 2);
    bool is_edge;

    for (uint32_t i = 0; i < DISABLING && (*gicd(GICD_CTLR) & CTLR_RWP) != 0;)
        i++;
    for (uint32_t i = 0; !spin_try_lock(&control()->triggers); i++) {
        if (i == PATIENCE)
            return false;
        arch_relax();
    }
    *word = edge ? *word | bit : *word & ~bit;
    is_edge = (*word & bit) != 0; /* read: it has arrived there before the lock is free */
    spin_unlock(&control()->triggers);
    return is_edge == edge;
}

static void map_distributor(const struct system *system) {
    machine = system;
    space_map(&own_tables, SPACE_GICD, phys(system->board->arm64.gicd.phys), SYSTEM_GICD_SIZE,
              PAGE_HYPERVISOR_DEVICE);
}

const char *arch_machine_init(const struct system *system) {
    uint32_t lines;

    map_distributor(system);
    lines = ((*gicd(GICD_TYPER) & 0x1f) + 1) * 32;
    *gicd(GICD_CTLR) = 0;
    if (!wait_clear(gicd(GICD_CTLR), CTLR_RWP))
        return "the interrupt controller's distributor does not answer";
    for (uint32_t n = GIC_SPIS; n < lines && n < GIC_SPECIAL; n += 32) {
        *gicd(GICD_ICENABLER + n / 8) = UINT32_MAX;
        *gicd(GICD_ICPENDR + n / 8) = UINT32_MAX;
        *gicd(GICD_ICACTIVER + n / 8) = UINT32_MAX;
        *gicd(GICD_IGROUPR + n / 8) = UINT32_MAX;
    }
    for (uint32_t n = GIC_SPIS; n < lines && n < GIC_SPECIAL; n += 4)
        *gicd(GICD_IPRIORITYR + n) = GIC_PRIORITY * 0x01010101u;
    /* Affinity routing first, alone: enabling both at once is not allowed (GICD_CTLR.ARE). */
    *gicd(GICD_CTLR) = CTLR_ARE;
    for (uint32_t n = GIC_SPIS; n < lines && n < GIC_SPECIAL; n++)
        gic_route(n, 0);
    for (uint32_t i = 0; i < system->table->interrupts.count; i++) {
        if (system->interrupts[i].phys >= lines)
            return "an interrupt of a VM does not exist in this interrupt controller";
    }
    *gicd(GICD_CTLR) = CTLR_ARE | CTLR_GROUP1;
    return wait_clear(gicd(GICD_CTLR), CTLR_RWP)
               ? NULL
               : "the interrupt controller's distributor does not answer";
}

/* Maps the redistributor of the core with this affinity at SPACE_GICR; false if there is none. */
static bool find_redistributor(const struct system_range *region, uint32_t affinity) {
    uint64_t frame = 0;

    while (frame + 2 * GICR_SGI <= region->size) {
        uint64_t typer;

        space_map(&own_tables, SPACE_GICR, phys(region->phys + frame), 2 * GICR_SGI,
                  PAGE_HYPERVISOR_DEVICE);
        typer = *gicr(GICR_TYPER) | (uint64_t)*gicr(GICR_TYPER + 4) << 32;
        if (typer >> 32 == affinity)
            return true;
        if ((typer & TYPER_LAST) != 0)
            return false;
        frame += (typer & TYPER_VLPIS) != 0 ? 4 * GICR_SGI : 2 * GICR_SGI;
    }
    return false;
}

static bool map_redistributor(const struct system *system, uint32_t cpu) {
    uint64_t hwid = system->cpus[cpu].hwid;
    uint32_t affinity = (uint32_t)(hwid & 0xffffff) | (uint32_t)(hwid >> 32) << 24;
    bool found = false;

    for (uint32_t i = 0; i < SYSTEM_GICR_MAX && !found; i++)
        found = find_redistributor(&system->board->arm64.gicr[i], affinity);
    return found;
}

static const char *redistributor_init(const struct system *system, uint32_t cpu) {
    if (!map_redistributor(system, cpu))
        return "this core has no redistributor where the board's device tree says";
    /* Firmware's pending tables may lie in memory that is a VM's now. */
    if ((*gicr(GICR_CTLR) & CTLR_LPIS) != 0)
        return "the firmware has left LPIs enabled (GICR_CTLR.EnableLPIs): that can't be undone";
    *gicr(GICR_WAKER) &= ~WAKER_SLEEP;
    if (!wait_clear(gicr(GICR_WAKER), WAKER_ASLEEP))
        return "this core's redistributor does not wake up";
    *gicr(GICR_SGI + GICD_ICENABLER) = UINT32_MAX;
    *gicr(GICR_SGI + GICD_ICPENDR) = UINT32_MAX;
    *gicr(GICR_SGI + GICD_ICACTIVER) = UINT32_MAX;
    *gicr(GICR_SGI + GICD_IGROUPR) = UINT32_MAX;
    for (uint32_t n = 0; n < GIC_SPIS; n += 4)
        *gicr(GICR_SGI + GICD_IPRIORITYR + n) = GIC_PRIORITY * 0x01010101u;
    return wait_clear(gicr(GICR_CTLR), 1u << 3) ? NULL : "the redistributor does not answer";
}

const char *gic_cpu_init(const struct system *system, uint32_t cpu) {
    const char *wrong;

    map_distributor(system);
    /* System registers, also for EL1: before any ICC or ICH one is touched (IHI 0069, ICC_SRE). */
    WRITE_SYSREG(ICC_SRE_EL2, 0xf);
    ISB();
    if ((READ_SYSREG(ICC_SRE_EL2) & 1) == 0)
        return "the firmware keeps the interrupt controller's system registers to itself";
    if ((READ_SYSREG(ICH_VTR_EL2) & 0x1f) == 0)
        return "this core has a single list register: two are needed";
    wrong = redistributor_init(system, cpu);
    if (wrong != NULL)
        return wrong;
    gic_enable(GIC_KICK, true);
    gic_enable(system->board->arm64.gic_maintenance_irq, true);
    gic_enable(system->board->arm64.timer_hypervisor_irq, true);
    gic_enable(system->board->arm64.timer_virtual_irq, true);
    gic_enable(system->board->arm64.timer_physical_irq, true);
    if (system->board->pmu_irq != 0)
        gic_enable(system->board->pmu_irq, true);
    WRITE_SYSREG(ICC_CTLR_EL1, 1u << 1); /* EOImode: end and deactivation are two steps */
    WRITE_SYSREG(ICC_BPR1_EL1, 0);
    WRITE_SYSREG(ICC_PMR_EL1, 0xff);
    WRITE_SYSREG(ICC_IGRPEN1_EL1, 1);
    ISB();
    return NULL;
}
