/* SPDX-License-Identifier: Apache-2.0 */
/* gic - the distributor's and the redistributor's registers, and what they do to delivery. */
#include "runtime/arm64/gic.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/cpu.h"
#include "runtime/irq_log.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/tick.h"

#define SPI         BOARD_UART_IRQ /* ours; its line is quiet, software pends it */
#define SGI_NESTING 8u             /* its handler lets others in */
#define SGI_ABOVE   9u
#define SGI_BELOW   10u
#define SGI_UP      11u /* CPU 1 is there */

static volatile uint32_t log_active[IRQ_LOG_SIZE + 1];

static void log_add(uint32_t intid) {
    log_active[irq_log_length] = gic_read_bit(GICD_ISACTIVER, intid);
    irq_log_add(intid);
}

static void handle(uint32_t intid) {
    log_add(intid);
    if (intid == SGI_NESTING) {
        irq_send(SGI_BELOW, cpu_index());
        irq_send(SGI_ABOVE, cpu_index());
        cpu_irq_enable();
        cpu_isb();
        cpu_irq_disable();
        log_add(0); /* where the handler ends */
    }
}

static void check_identity(void) {
    uint32_t typer = mmio_read32(BOARD_GICD + GICD_TYPER);
    uint64_t redistributor = mmio_read64(gic_redistributor() + GICR_TYPER);

    test_begin("identity");
    test_equal("GICD_PIDR2.ArchRev", mmio_read32(BOARD_GICD + GICD_PIDR2) >> 4 & 0xf, 3);
    test_equal("GICR_PIDR2.ArchRev", mmio_read32(gic_redistributor() + GICD_PIDR2) >> 4 & 0xf, 3);
    test_expect((typer & 31) >= 1, "GICD_TYPER: no SPIs");
    test_expect((typer >> 19 & 31) >= 9, "GICD_TYPER: too few INTID bits");
    test_equal("GICR_TYPER's affinity", redistributor >> 32, 0);
    test_equal("GICR_TYPER's processor", redistributor >> 8 & 0xffff, 0);
    test_equal("GICD_CTLR", mmio_read32(BOARD_GICD + GICD_CTLR) & 0x12,
               GICD_CTLR_ARE | GICD_CTLR_ENABLE);
    if (machine_is_bulkhead()) {
        test_equal("GICD_TYPER: LPIS, MBIS", typer >> 16 & 3, 0);
        test_equal("GICR_TYPER: PLPIS, VLPIS", redistributor & 3, 0);
    }
}

static void check_enable(const char *name, uint32_t intid) {
    test_begin(name);
    irq_disable(intid);
    test_expect(!gic_read_bit(GICD_ISENABLER, intid), "enabled after ICENABLER");
    irq_enable(intid);
    test_expect(gic_read_bit(GICD_ISENABLER, intid), "not enabled after ISENABLER");
    test_expect(gic_read_bit(GICD_ICENABLER, intid), "ICENABLER reads differently");
    mmio_write32(gic_bit_register(GICD_ISENABLER, intid), 0);
    test_expect(gic_read_bit(GICD_ISENABLER, intid), "writing 0 changed it");
    irq_disable(intid);
    test_expect(!gic_read_bit(GICD_ISENABLER, intid), "still enabled");
}

static void check_pending(const char *name, uint32_t intid) {
    test_begin(name);
    irq_disable(intid);
    gic_write_bit(GICD_ISPENDR, intid);
    test_expect(gic_read_bit(GICD_ISPENDR, intid), "not pending after ISPENDR");
    test_equal("taken when disabled", irq_log_take(), 0);
    gic_write_bit(GICD_ICPENDR, intid);
    test_expect(!gic_read_bit(GICD_ISPENDR, intid), "pending after ICPENDR");
    irq_enable(intid);
    test_equal("taken when not pending", irq_log_take(), 0);

    irq_disable(intid);
    gic_write_bit(GICD_ISPENDR, intid);
    irq_enable(intid);
    irq_log_length = 0;
    test_equal("taken", irq_log_take(), 1);
    test_equal("what was taken", irq_log[0], intid);
    test_equal("active in the handler", log_active[0], 1);
    test_expect(!gic_read_bit(GICD_ISPENDR, intid), "pending afterwards");
    test_expect(!gic_read_bit(GICD_ISACTIVER, intid), "active afterwards");

    gic_write_bit(GICD_ISPENDR, intid);
    irq_disable(intid);
    test_equal("taken after it was disabled again", irq_log_take(), 0);
    test_expect(gic_read_bit(GICD_ISPENDR, intid), "disabling lost it");
    irq_enable(intid);
    test_equal("taken at last", irq_log_take(), 1);
    irq_disable(intid);
}

/* An interrupt that is active is not taken again until it no longer is. */
static void check_active(const char *name, uint32_t intid) {
    test_begin(name);
    irq_enable(intid);
    gic_write_bit(GICD_ISACTIVER, intid);
    test_expect(gic_read_bit(GICD_ISACTIVER, intid), "not active after ISACTIVER");
    gic_write_bit(GICD_ISPENDR, intid);
    test_equal("taken while active", irq_log_take(), 0);
    gic_write_bit(GICD_ICACTIVER, intid);
    test_expect(!gic_read_bit(GICD_ISACTIVER, intid), "active after ICACTIVER");
    test_equal("taken", irq_log_take(), 1);
    irq_disable(intid);
}

static void check_order(void) {
    static const uint8_t priority[] = {0xc0, 0x40, 0x80};

    test_begin("priority-order");
    for (uint32_t i = 0; i < 3; i++) {
        gic_set_priority(i + 1, priority[i]);
        test_equal("IPRIORITYR",
                   mmio_read8(gic_redistributor() + GICR_SGI + GICD_IPRIORITYR + i + 1),
                   priority[i]);
        irq_send(i + 1, 0);
    }
    irq_log_length = 0;
    test_equal("taken", irq_log_take(), 3);
    test_equal("the first", irq_log[0], 2);
    test_equal("the second", irq_log[1], 3);
    test_equal("the third", irq_log[2], 1);
}

static void check_preemption(void) {
    static const uint32_t wanted[] = {SGI_NESTING, SGI_ABOVE, 0, SGI_BELOW};

    test_begin("preemption");
    gic_set_priority(SGI_NESTING, 0x80);
    gic_set_priority(SGI_ABOVE, 0x40);
    gic_set_priority(SGI_BELOW, 0xc0);
    irq_send(SGI_NESTING, 0);
    irq_log_length = 0;
    test_equal("taken", irq_log_take(), 4);
    for (uint32_t i = 0; i < 4; i++)
        test_equal("in turn", irq_log[i], wanted[i]);
}

static void check_mask(void) {
    test_begin("priority-mask");
    gic_set_priority(4, 0x80);
    sysreg_write(s3_0_c4_c6_0, 0x80); /* ICC_PMR_EL1: only what is above 0x80 */
    cpu_isb();
    irq_send(4, 0);
    test_equal("taken when masked", irq_log_take(), 0);
    sysreg_write(s3_0_c4_c6_0, 0xff);
    cpu_isb();
    test_equal("taken when not", irq_log_take(), 1);
}

static void check_configuration(void) {
    uint64_t word = BOARD_GICD + GICD_ICFGR + SPI / 16 * 4;
    uint32_t edge = 2u << (SPI % 16 * 2);

    test_begin("configuration");
    test_equal("ICFGR of the SGIs",
               mmio_read32(gic_redistributor() + GICR_SGI + GICD_ICFGR) & 0xaaaaaaaa, 0xaaaaaaaa);
    mmio_write32(word, mmio_read32(word) | edge);
    test_equal("edge", mmio_read32(word) & edge, edge);
    mmio_write32(word, mmio_read32(word) & ~edge);
    test_equal("level", mmio_read32(word) & edge, 0);
}

static void route_to(uint64_t cpu) {
    gic_route(SPI, cpu);
    test_equal("IROUTER", mmio_read64(BOARD_GICD + GICD_IROUTER + 8 * SPI), cpu);
}

static void raise_at_cpu_1(void) {
    route_to(1);
    irq_enable(SPI);
    gic_write_bit(GICD_ISPENDR, SPI);
}

static void check_route(void) {
    test_begin("route");
    route_to(0);
    irq_log_check_cpu_1(SGI_UP, raise_at_cpu_1);
    irq_disable(SPI);
    route_to(0);
}

/* Another VM's interrupts read as zero and ignore writes. */
static void check_not_owned(uint32_t intid) {
    irq_enable(intid);
    gic_write_bit(GICD_ISPENDR, intid);
    gic_write_bit(GICD_ISACTIVER, intid);
    gic_write_bit(GICD_IGROUPR, intid);
    gic_set_priority(intid, 0x40);
    gic_route(intid, 1);
    mmio_write32(BOARD_GICD + GICD_ICFGR + intid / 16 * 4, ~0u);
    test_expect(!gic_read_bit(GICD_ISENABLER, intid), "enabled");
    test_expect(!gic_read_bit(GICD_ISPENDR, intid), "pending");
    test_expect(!gic_read_bit(GICD_ISACTIVER, intid), "active");
    test_expect(!gic_read_bit(GICD_IGROUPR, intid), "in group 1");
    test_equal("IPRIORITYR", mmio_read8(BOARD_GICD + GICD_IPRIORITYR + intid), 0);
    test_equal("IROUTER", mmio_read64(BOARD_GICD + GICD_IROUTER + 8 * (uint64_t)intid), 0);
    test_equal("ICFGR",
               mmio_read32(BOARD_GICD + GICD_ICFGR + intid / 16 * 4) >> (intid % 16 * 2) & 3, 0);
    test_equal("taken", irq_log_take(), 0);
}

void guest_main(uint64_t tree) {
    irq_begin(handle);
    check_identity();
    check_enable("enable-sgi", 5);
    check_enable("enable-ppi", BOARD_TIMER_IRQ);
    check_enable("enable-spi", SPI);
    check_pending("pending-sgi", 5);
    check_pending("pending-spi", SPI);
    check_active("active-sgi", 5);
    check_active("active-spi", SPI);
    check_order();
    check_preemption();
    check_mask();
    check_configuration();
    check_route();
    if (machine_is_bulkhead()) {
        test_begin("not-owned");
        check_not_owned(SPI + 7);
        check_not_owned(SPI + 15);
    }
    test_done();
}
