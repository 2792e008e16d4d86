/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/arm64/gic/gic.h"

#include "arch/arm64/include/sysreg_hw.h"
#include "arch/cpu.h"
#include "arch/memory.h"
#include "mem/hypervisor_space.h"
#include "vm/control.h"

#define GICR_CTLR 0x0000u
#define GICR_SGI  0x10000u /* the second frame */

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

/* The word of interrupt `number` in registers with so many bits of each, private or shared. */
static volatile uint32_t *word_of(uint32_t bank, uint32_t number, uint32_t bits) {
    uint32_t offset = bank + number / (32 / bits) * 4;

    return number < GIC_SPIS ? gicr(GICR_SGI + offset) : gicd(offset);
}

static uint32_t bit_of(uint32_t number) {
    return 1u << (number % 32);
}

static bool wait_clear(volatile uint32_t *word, uint32_t bits, uint32_t patience) {
    for (uint32_t i = 0; i < patience; i++) {
        if ((*word & bits) == 0)
            return true;
    }
    return false;
}

void gic_write(enum gic_bank bank, uint32_t number) {
    *word_of(bank, number, 1) = bit_of(number);
}

void gic_wait(void) {
    DSB(sy);
    /* Other VMs' writes make it longer, not less true. */
    (void)wait_clear(gicd(GICD_CTLR), GICD_CTLR_RWP, PATIENCE);
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
    return (*word_of(GICD_ISPENDR, number, 1) & bit_of(number)) != 0;
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
    volatile uint32_t *word = word_of(GICD_ICFGR, number, 2);
    uint32_t bit = 2u << (number % 16 * 2);
    bool is_edge;

    (void)wait_clear(gicd(GICD_CTLR), GICD_CTLR_RWP, DISABLING);
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

/* 32 interrupts, from `first` on: off, neither pending nor active, and of one kind. */
static void reset_word(uint32_t first) {
    *word_of(GICD_ICENABLER, first, 1) = UINT32_MAX;
    *word_of(GICD_ICPENDR, first, 1) = UINT32_MAX;
    *word_of(GICD_ICACTIVER, first, 1) = UINT32_MAX;
    *word_of(GICD_IGROUPR, first, 1) = UINT32_MAX;
    for (uint32_t n = first; n < first + 32 && n < GIC_SPECIAL; n += 4)
        *word_of(GICD_IPRIORITYR, n, 8) = GIC_PRIORITY * 0x01010101u;
}

const char *arch_machine_init(const struct system *system) {
    uint32_t lines;

    map_distributor(system);
    lines = ((*gicd(GICD_TYPER) & 0x1f) + 1) * 32;
    *gicd(GICD_CTLR) = 0;
    if (!wait_clear(gicd(GICD_CTLR), GICD_CTLR_RWP, PATIENCE))
        return "the interrupt controller's distributor does not answer";
    for (uint32_t n = GIC_SPIS; n < lines; n += 32)
        reset_word(n);
    /* Affinity routing first, alone: enabling both at once is not allowed (GICD_CTLR.ARE). */
    *gicd(GICD_CTLR) = GICD_CTLR_ARE;
    for (uint32_t n = GIC_SPIS; n < lines && n < GIC_SPECIAL; n++)
        gic_route(n, 0);
    for (uint32_t i = 0; i < system->table->interrupts.count; i++) {
        if (system->interrupts[i].phys >= lines)
            return "an interrupt of a VM does not exist in this interrupt controller";
    }
    *gicd(GICD_CTLR) = GICD_CTLR_ARE | CTLR_GROUP1;
    return wait_clear(gicd(GICD_CTLR), GICD_CTLR_RWP, PATIENCE)
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
    if (!wait_clear(gicr(GICR_WAKER), WAKER_ASLEEP, PATIENCE))
        return "this core's redistributor does not wake up";
    reset_word(0);
    return wait_clear(gicr(GICR_CTLR), 1u << 3, PATIENCE) ? NULL
                                                          : "the redistributor does not answer";
}

const char *gic_cpu_init(const struct system *system, uint32_t cpu) {
    const struct system_board *board = system->board;
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
    /* Without counters their interrupt is 0, the kick's. */
    *word_of(GICD_ISENABLER, GIC_KICK, 1) =
        bit_of(GIC_KICK) | bit_of(board->pmu_irq) | bit_of(board->arm64.gic_maintenance_irq) |
        bit_of(board->arm64.timer_hypervisor_irq) | bit_of(board->arm64.timer_virtual_irq) |
        bit_of(board->arm64.timer_physical_irq);
    WRITE_SYSREG(ICC_CTLR_EL1, 1u << 1); /* EOImode: end and deactivation are two steps */
    WRITE_SYSREG(ICC_BPR1_EL1, 0);
    WRITE_SYSREG(ICC_PMR_EL1, 0xff);
    WRITE_SYSREG(ICC_IGRPEN1_EL1, 1);
    ISB();
    return NULL;
}
