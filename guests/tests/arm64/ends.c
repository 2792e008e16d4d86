/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ends - interrupts that nest deeper than there are list registers, and ends of interrupts in an
 * order of the guest's own.
 */
#include "runtime/arm64/gic.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"
#include "runtime/test.h"

#define SGIS    15u  /* from 1 on; 16 list registers are the most, QEMU's cores have 4 */
#define LOG_END 100u /* in the log: the handler of that SGI is through */

static uint8_t sends[SGIS + 1]; /* the SGI that an SGI's handler sends, or 0 */
static volatile uint32_t events[2 * SGIS], event_count;

static void log_event(uint32_t event) {
    if (event_count < 2 * SGIS)
        events[event_count++] = event;
}

/* Lets the more urgent ones in. */
static void handle(uint32_t sgi) {
    log_event(sgi);
    if (sends[sgi] != 0)
        irq_send(sends[sgi], cpu_index());
    cpu_irq_enable();
    cpu_isb();
    cpu_irq_disable();
    log_event(LOG_END + sgi);
}

static void expect_all_ended(void) {
    uint64_t at = gic_redistributor() + GICR_SGI;

    test_equal("GICR_ISACTIVER0", mmio_read32(at + GICD_ISACTIVER), 0);
    test_equal("GICR_ISPENDR0", mmio_read32(at + GICD_ISPENDR), 0);
    test_equal("ICC_AP1R0_EL1", sysreg_read(s3_0_c12_c9_0), 0);
}

/* Sends SGI 1, and expects the handlers to begin and to end in that order. */
static void expect_events(const uint8_t *wanted, uint32_t count) {
    event_count = 0;
    irq_send(1, cpu_index());
    cpu_irq_enable();
    cpu_isb();
    cpu_irq_disable();
    test_equal("begun and ended", event_count, count);
    for (uint32_t i = 0; i < count; i++)
        test_equal("in turn", events[i], wanted[i]);
}

/* Each handler sends the next more urgent one. */
static void set_up_nesting(uint8_t wanted[2 * SGIS]) {
    for (uint8_t sgi = 1; sgi <= SGIS; sgi++) {
        gic_set_priority(sgi, (uint8_t)(0xf0 - 0x10 * sgi));
        sends[sgi] = sgi < SGIS ? sgi + 1 : 0;
        wanted[sgi - 1] = sgi;
        wanted[2 * SGIS - sgi] = LOG_END + sgi;
    }
}

static void check_nesting(void) {
    uint8_t wanted[2 * SGIS];

    test_begin("nested");
    set_up_nesting(wanted);
    for (uint32_t round = 0; round < 3; round++) {
        expect_events(wanted, 2 * SGIS);
        expect_all_ended();
    }
}

/* The same, but all stay active until all are through; one that comes again waits for that. */
static void check_nesting_split(bool last_first) {
    uint8_t wanted[2 * SGIS];
    uint32_t active = (2u << SGIS) - 2;

    test_begin(last_first ? "nested-deactivated-last-first" : "nested-deactivated-first-first");
    set_up_nesting(wanted);
    gic_split_ends(true);
    for (uint32_t round = 0; round < 3; round++) {
        expect_events(wanted, 2 * SGIS);
        test_equal("active", mmio_read32(gic_bit_register(GICD_ISACTIVER, 0)), active);
        irq_send(SGIS / 2, cpu_index());
        for (uint32_t i = 1; i <= SGIS; i++) {
            uint32_t sgi = last_first ? SGIS + 1 - i : i;

            test_equal("acknowledged", gic_acknowledge(), GIC_NONE);
            gic_deactivate(sgi);
            test_expect(!gic_read_bit(GICD_ISACTIVER, sgi), "active when deactivated");
            if (sgi != SGIS / 2)
                continue;
            test_equal("acknowledged again", gic_acknowledge(), sgi);
            gic_end(sgi);
            gic_deactivate(sgi);
        }
        expect_all_ended();
    }
    gic_split_ends(false);
}

/* 0x90, 0x80, 0x60 and 0x40 are active when 0x70 is sent: it is taken when 0x60 ends. */
static void check_fifth_between(bool split) {
    static const uint8_t priorities[] = {0x90, 0x80, 0x60, 0x40, 0x70};
    static const uint8_t wanted[] = {1,           2, 3,           4,           LOG_END + 4,
                                     LOG_END + 3, 5, LOG_END + 5, LOG_END + 2, LOG_END + 1};

    test_begin(split ? "fifth-between-four-split" : "fifth-between-four");
    for (uint8_t i = 0; i < 5; i++) {
        gic_set_priority(i + 1u, priorities[i]);
        sends[i + 1] = i < 4 ? i + 2 : 0;
    }
    gic_split_ends(split);
    for (uint32_t round = 0; round < 3; round++) {
        expect_events(wanted, sizeof(wanted));
        for (uint32_t sgi = 1; split && sgi <= 5; sgi++)
            gic_deactivate(sgi);
        expect_all_ended();
    }
    gic_split_ends(false);
}

/* Two are ended; the first one is deactivated first, and comes again beside the other. */
static void check_out_of_order(void) {
    test_begin("deactivated-out-of-order");
    gic_split_ends(true);
    for (uint32_t sgi = 1; sgi <= 2; sgi++) {
        irq_send(sgi, cpu_index());
        test_equal("acknowledged", gic_acknowledge(), sgi);
        gic_end(sgi);
    }
    irq_send(1, cpu_index());
    test_equal("acknowledged while it is active", gic_acknowledge(), GIC_NONE);
    gic_deactivate(1);
    test_expect(gic_read_bit(GICD_ISACTIVER, 2), "2 is not active any more");
    test_equal("acknowledged again", gic_acknowledge(), 1);
    gic_end(1);
    gic_deactivate(2);
    test_expect(!gic_read_bit(GICD_ISACTIVER, 2), "2 is active afterwards");
    test_expect(gic_read_bit(GICD_ISACTIVER, 1), "1 is not active any more");
    gic_deactivate(1);
    gic_split_ends(false);
    expect_all_ended();
}

/* More pending than there are list registers, sent in the wrong order, all at once. */
static void check_many_pending(void) {
    test_begin("many-pending");
    for (uint32_t sgi = 1; sgi <= SGIS; sgi++) {
        gic_set_priority(sgi, (uint8_t)(0xf0 - 0x10 * sgi));
        irq_send(sgi, cpu_index());
    }
    for (uint32_t sgi = SGIS; sgi > 0; sgi--) {
        test_equal("acknowledged", gic_acknowledge(), sgi);
        gic_end(sgi);
    }
    test_equal("acknowledged at last", gic_acknowledge(), GIC_NONE);
    expect_all_ended();
}

/* The same, and all of them stay active: no list register becomes free, and the next one comes. */
static void check_many_dropped(void) {
    test_begin("many-pending-split");
    gic_split_ends(true);
    for (uint32_t sgi = 1; sgi <= SGIS; sgi++)
        irq_send(sgi, cpu_index());
    for (uint32_t sgi = SGIS; sgi > 0; sgi--) {
        test_equal("acknowledged", gic_acknowledge(), sgi);
        gic_end(sgi);
    }
    for (uint32_t sgi = 1; sgi <= SGIS; sgi++)
        gic_deactivate(sgi);
    test_equal("acknowledged at last", gic_acknowledge(), GIC_NONE);
    gic_split_ends(false);
    expect_all_ended();
}

/* Two are active and no list register is left for them, since more urgent ones wait: both end. */
static void check_ended_outside(void) {
    test_begin("ended-outside-the-list");
    for (uint32_t sgi = 1; sgi <= 2; sgi++) {
        irq_send(sgi, cpu_index());
        test_equal("acknowledged", gic_acknowledge(), sgi);
    }
    for (uint32_t sgi = 3; sgi <= SGIS; sgi++)
        irq_send(sgi, cpu_index());
    gic_end(2);
    gic_end(1);
    for (uint32_t sgi = SGIS; sgi > 2; sgi--) {
        test_equal("acknowledged", gic_acknowledge(), sgi);
        gic_end(sgi);
    }
    expect_all_ended();
}

/* On the CPU that calls. */
static void check_all(void) {
    irq_init_cpu();
    check_out_of_order();
    check_many_pending();
    check_many_dropped();
    check_ended_outside();
    check_nesting();
    check_fifth_between(false);
    check_fifth_between(true);
    check_nesting_split(true);
    check_nesting_split(false);
    test_end();
}

void guest_main(uint64_t tree) {
    (void)tree;
    irq_init(handle);
    test_done_on_each_cpu(check_all);
}
