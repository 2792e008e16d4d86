/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reset - restarts itself three times, each time leaving everything it can in disorder, and
 * checks that it always begins its life in the same clean state.
 */
#include "runtime/arm64/board.h"
#include "runtime/arm64/cpu.h"
#include "runtime/arm64/gic.h"
#include "runtime/arm64/mmio.h"
#include "runtime/arm64/psci.h"
#include "runtime/arm64/tick.h"
#include "runtime/arm64/timer.h"
#include "runtime/console.h"
#include "runtime/format.h"
#include "runtime/machine.h"
#include "runtime/test.h"

#define RESTARTS   3
#define SPI        BOARD_UART_IRQ
#define MARKER     0x0ddba11u
#define MEMORY_END 0x40400000u /* what is looked at; the VM may have more */
#define STEP       256u        /* bytes between the words looked at */
#define TICKS      5u
#define PATIENCE   1000u /* milliseconds */

extern unsigned char image_end[];

static volatile uint32_t loaded = MARKER;
static volatile bool cpu_1_is_up;

/* The device tree may lie anywhere in memory; its size is in its header, big endian. */
static bool in_tree(uint64_t tree, uint64_t at) {
    return tree != 0 && at >= tree && at < tree + __builtin_bswap32(mmio_read32(tree + 4));
}

static void check_memory(uint64_t tree) {
    uint64_t dirty = 0;

    test_equal(".data", loaded, MARKER);
    for (uint64_t at = (uint64_t)image_end; at < MEMORY_END; at += STEP)
        if (!in_tree(tree, at) && mmio_read64(at & ~7ull) != 0)
            dirty++;
    test_equal("words of memory that are not clear", dirty, 0);
}

static void check_gic(void) {
    uint64_t sgi = gic_redistributor() + GICR_SGI;

    test_equal("GICD_CTLR's enables", mmio_read32(BOARD_GICD + GICD_CTLR) & 3, 0);
    test_equal("GICD_ISENABLER1", mmio_read32(BOARD_GICD + GICD_ISENABLER + 4), 0);
    test_equal("GICD_ISPENDR1", mmio_read32(BOARD_GICD + GICD_ISPENDR + 4), 0);
    test_equal("GICD_ISACTIVER1", mmio_read32(BOARD_GICD + GICD_ISACTIVER + 4), 0);
    test_equal("GICR_ISENABLER0", mmio_read32(sgi + GICD_ISENABLER) >> 16, 0);
    test_equal("GICR_ISPENDR0", mmio_read32(sgi + GICD_ISPENDR), 0);
    test_equal("GICR_ISACTIVER0", mmio_read32(sgi + GICD_ISACTIVER), 0);
    sysreg_write(s3_0_c12_c12_5, 7); /* ICC_SRE_EL1: so that there are the following */
    cpu_isb();
    test_equal("ICC_PMR_EL1", sysreg_read(s3_0_c4_c6_0), 0);
    test_equal("ICC_IGRPEN1_EL1", sysreg_read(s3_0_c12_c12_7), 0);
    test_equal("ICC_AP1R0_EL1", sysreg_read(s3_0_c12_c9_0), 0);
}

static void check_cpu(void) {
    test_equal("CNTV_CTL_EL0", sysreg_read(cntv_ctl_el0) & 3, 0);
    test_equal("CNTP_CTL_EL0", sysreg_read(cntp_ctl_el0) & 3, 0);
    test_equal("TPIDR_EL0", sysreg_read(tpidr_el0), 0);
    test_equal("TPIDR_EL1", sysreg_read(tpidr_el1), 0);
    test_equal("CONTEXTIDR_EL1", sysreg_read(contextidr_el1), 0);
    test_equal("MDSCR_EL1", sysreg_read(mdscr_el1) & 0x8001, 0);
    test_equal("DBGBCR0_EL1", sysreg_read(dbgbcr0_el1) & 1, 0);
    test_equal("PMCNTENSET_EL0", sysreg_read(pmcntenset_el0), 0);
    if (gic_cpu_count() > 1) {
        test_equal("AFFINITY_INFO of CPU 1", (uint64_t)psci_call(PSCI_AFFINITY_INFO, 1, 0, 0),
                   PSCI_AFFINITY_OFF);
    }
}

static void handle(uint32_t intid) {
    if (intid == BOARD_TIMER_VIRTUAL_IRQ)
        tick_handle();
}

static bool has_ticked(uint64_t count) {
    return tick_count() >= count;
}

/* The timer's interrupt was left active by the last life: it must come all the same. */
static void check_ticks(void) {
    gic_init(handle);
    gic_init_cpu();
    tick_start();
    test_expect(tick_wait(has_ticked, TICKS, PATIENCE), "no timer interrupts");
    tick_stop();
}

/* CPU 1 spins, or ends this life itself. */
static void cpu_1(uint64_t reset) {
    gic_init_cpu();
    cpu_1_is_up = true;
    if (reset)
        machine_reset();
    for (;;) {
    }
}

static void make_disorder(void) {
    loaded = 0;
    for (uint64_t at = (uint64_t)image_end; at < MEMORY_END; at += STEP)
        mmio_write64(at & ~7ull, ~0ull);
    /* A timer interrupt taken and never ended, an SPI waiting, everything on. */
    mmio_write32(BOARD_GICD + GICD_ISPENDR + SPI / 32 * 4, gic_bit(SPI));
    gic_enable(SPI);
    gic_set_priority(SPI, 0x40);
    mmio_write32(BOARD_GICD + GICD_ISACTIVER + SPI / 32 * 4, gic_bit(SPI));
    gic_enable(BOARD_TIMER_VIRTUAL_IRQ);
    timer_set(0, TIMER_ENABLE);
    timer_wait_us(10);
    (void)sysreg_read(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */
    timer_physical_set(0, TIMER_ENABLE | TIMER_MASK);
    gic_send(3, 0);
    sysreg_write(s3_0_c4_c6_0, 0x70); /* ICC_PMR_EL1 */
    sysreg_write(tpidr_el0, ~0ull);
    sysreg_write(tpidr_el1, ~0ull);
    sysreg_write(contextidr_el1, 77);
    sysreg_write(mdscr_el1, 1u << 15);
    sysreg_write(dbgbcr0_el1, 1);
    sysreg_write(pmcntenset_el0, 1u << 31);
    cpu_isb();
}

/* Ends the life, by one CPU or the other; the second one is always on. */
static void end_life(int64_t life) {
    if (gic_cpu_count() > 1) {
        cpu_start(1, cpu_1, (uint64_t)life & 1);
        /* Awake: with its interrupts in such disorder nothing would wake this CPU. */
        while (!cpu_1_is_up || (life & 1) != 0)
            timer_wait_us(10);
    }
    machine_reset();
}

void guest_main(uint64_t tree) {
    int64_t life = machine_restarts();
    char name[16];

    format_text(name, sizeof name, "life-%d", life < 0 ? 0 : (int)life);
    test_begin(name);
    check_memory(tree);
    check_gic();
    check_cpu();
    check_ticks();
    test_end();
    if (life < 0 || life >= RESTARTS)
        test_done();
    make_disorder();
    end_life(life);
}
