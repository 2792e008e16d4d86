/* SPDX-License-Identifier: Apache-2.0 */
/*
 * levels - a device's line that rises while its interrupt is held back, and falls before it is
 * taken; the device is the virtual timer, then the clock. Counted are interrupts that came while
 * the line was high, and those without a cause.
 *
 * Without a cause comes none on the bare machine. In a VM there is one way: a level that is in a
 * list register already, and falls while the guest runs on without an exit, is delivered once.
 */
#include "runtime/arm64/gic.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "tests/arm64/levels_line.h"

#define ROUNDS    5u    /* of the timer; the clock, which has seconds, takes one */
#define URGENT    0x60u /* the device's priority */
#define MASK_BEAT 0x80u /* ICC_PMR_EL1: lets the device in, and holds the beat back */
#define MASK_ALL  0x40u
#define MASK_NONE 0xffu

static void set_priority_mask(uint32_t mask) {
    sysreg_write(s3_0_c4_c6_0, mask); /* ICC_PMR_EL1 */
    cpu_isb();
}

/* Ways to hold the interrupt back. PSTATE.I is set in all of them, but ... */

static void mask_nothing(bool on) {
    (void)on;
}

/* ... in this one. */
static void mask_priority(bool on) {
    set_priority_mask(on ? MASK_ALL : MASK_BEAT);
    if (on)
        cpu_irq_enable();
    else
        cpu_irq_disable();
}

static void mask_enable(bool on) {
    if (on)
        irq_disable(device);
    else
        irq_enable(device);
}

static void mask_group(bool on) {
    mmio_write32(BOARD_GICD + GICD_CTLR, GICD_CTLR_ARE | (on ? 0 : GICD_CTLR_ENABLE));
    while ((mmio_read32(BOARD_GICD + GICD_CTLR) & GICD_CTLR_RWP) != 0)
        __asm__ volatile("yield"); /* an emulator lets the other CPUs do it */
}

/* Ways for the line to fall. */

static void expect_pending(bool pending) {
    if (gic_read_bit(GICD_ISPENDR, device) != pending)
        test_expect(false, pending ? "not pending" : "pending");
}

static void expect_acknowledged(uint32_t intid) {
    timer_wait_us(2); /* the controller has time */
    test_equal("acknowledged", gic_acknowledge(), intid);
}

/* What is held back later does not come, comes when it is let through, and falls while it is held
 * back again. */
static void hold_back(void (*mask)(bool on)) {
    mask(true);
    expect_acknowledged(GIC_NONE);
    mask(false);
    expect_acknowledged(device);
    gic_end(device);
    timer_wait_us(2);
    mask(true);
    put_off();
    mask(false);
}

static void put_off_disabled(void) {
    hold_back(mask_enable);
}

static void put_off_group_off(void) {
    hold_back(mask_group);
}

static void put_off_looking(void) {
    expect_pending(true);
    put_off();
    expect_pending(false);
}

/* It has ended before the line falls, and is pending once more. */
static void end_first(void) {
    expect_acknowledged(device);
    gic_end(device);
    timer_wait_us(2);
    put_off();
}

static void end_first_looking(void) {
    expect_acknowledged(device);
    gic_end(device);
    put_off_looking();
}

static void stay_high(void) {
    for (uint32_t i = 0; i < 5; i++) {
        expect_acknowledged(device);
        expect_acknowledged(GIC_NONE);
        gic_end(device);
    }
    put_off_looking();
}

/* The line keeps it pending. */
static void clear_pending(void) {
    gic_write_bit(GICD_ICPENDR, device);
    expect_pending(true);
    gic_write_bit(GICD_ICPENDR, device);
    expect_acknowledged(device);
    put_off();
    gic_end(device);
}

/* No line asks, so no line that is low ends it. */
static void pend_by_hand(void) {
    put_off();
    expect_pending(false);
    gic_write_bit(GICD_ISPENDR, device);
    expect_pending(true);
    irq_disable(device);
    irq_enable(device);
    expect_acknowledged(device);
    gic_end(device);
    expect_acknowledged(GIC_NONE);
    gic_write_bit(GICD_ISPENDR, device);
    gic_write_bit(GICD_ICPENDR, device);
    expect_acknowledged(GIC_NONE);
}

static void activate_by_hand(void) {
    timer_wait_us(2);
    gic_write_bit(GICD_ISACTIVER, device);
    expect_acknowledged(GIC_NONE);
    expect_pending(true);
    gic_write_bit(GICD_ICACTIVER, device);
    expect_acknowledged(device);
    put_off();
    gic_end(device);
}

/* Deactivated when its line is high it comes again, and then, its line being low, it does not. */
static void deactivate_later(void) {
    gic_split_ends(true);
    for (uint32_t i = 0; i < 2; i++) {
        expect_acknowledged(device);
        gic_end(device);
        if (i == 1)
            put_off();
        expect_acknowledged(GIC_NONE);
        gic_deactivate(device);
    }
    expect_acknowledged(GIC_NONE);
    gic_split_ends(false);
}

/* The interrupt that is due: the timer's new deadline, or what is set here. */
static void take_next(void) {
    if (is_timer()) {
        if ((sysreg_read(cntv_ctl_el0) & TIMER_ENABLE) == 0)
            put_off();
        cpu_irq_enable();
        for (uint32_t i = 0; i < 100 && came == 0; i++)
            timer_wait_us(SOON / 20);
        cpu_irq_disable();
    } else {
        rtc_enable(true);
        if (!is_high()) /* it was no more than switched off */
            rtc_set_alarm(rtc_now() + 1);
        wait(has_come, PATIENCE);
    }
}

static void take_causeless(void) {
    if (!is_timer()) {
        wait(never, 2);
        return;
    }
    cpu_irq_enable();
    timer_wait_us(10);
    cpu_irq_disable();
}

struct way {
    const char *names[2]; /* for the timer, and for the clock */
    void (*mask)(bool on);
    void (*fall)(void);
    uint32_t causeless; /* at most, a round */
};

static void one_round(const struct way *way) {
    came = causeless = 0;
    prepare();
    set_priority_mask(MASK_BEAT);
    way->mask(true);
    rise();
    if (way->mask != mask_nothing)
        expect_acknowledged(GIC_NONE);
    way->fall();
    way->mask(false);
    set_priority_mask(MASK_NONE);
    take_causeless();
    test_equal("with a cause, the line being low", came, 0);
    take_next();
    take_causeless();
    test_equal("with a cause", came, 1);
    test_expect(causeless <= (machine_is_bulkhead() ? way->causeless : 0), "without a cause");
    test_expect(!gic_read_bit(GICD_ISACTIVER, device), "active afterwards");
    expect_pending(false);
}

static const struct way ways[] = {
    {{"timer-masked", "rtc-masked"}, mask_nothing, put_off, 1},
    {{"timer-masked-off", "rtc-masked-off"}, mask_nothing, switch_off, 1},
    {{"timer-below-mask", "rtc-below-mask"}, mask_priority, put_off, 1},
    {{"timer-below-mask-off", "rtc-below-mask-off"}, mask_priority, switch_off, 1},
    {{"timer-disabled", "rtc-disabled"}, mask_enable, put_off, 0},
    {{"timer-disabled-off", "rtc-disabled-off"}, mask_enable, switch_off, 0},
    {{"timer-group-off", "rtc-group-off"}, mask_group, put_off, 0},
    {{"timer-then-disabled", "rtc-then-disabled"}, mask_nothing, put_off_disabled, 0},
    {{"timer-then-group-off", "rtc-then-group-off"}, mask_nothing, put_off_group_off, 0},
    {{"timer-looked-at", "rtc-looked-at"}, mask_nothing, put_off_looking, 0},
    {{"timer-ended-first", "rtc-ended-first"}, mask_nothing, end_first, 1},
    {{"timer-ended-looked-at", "rtc-ended-looked-at"}, mask_nothing, end_first_looking, 0},
    {{"timer-stays-high", "rtc-stays-high"}, mask_nothing, stay_high, 0},
    {{"timer-cleared", "rtc-cleared"}, mask_nothing, clear_pending, 0},
    {{"timer-by-hand", "rtc-by-hand"}, mask_nothing, pend_by_hand, 0},
    {{"timer-activated", "rtc-activated"}, mask_nothing, activate_by_hand, 0},
    {{"timer-deactivated-later", "rtc-deactivated-later"}, mask_nothing, deactivate_later, 0},
};

static void check(uint32_t intid) {
    device = intid;
    gic_set_priority(device, URGENT);
    irq_enable(device);
    for (uint32_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        test_begin(ways[i].names[!is_timer()]);
        for (uint32_t round = 0; round < (is_timer() ? ROUNDS : 1); round++)
            one_round(&ways[i]);
    }
    test_end();
    irq_disable(device);
}

/* On the CPU that calls. */
static void check_all(void) {
    irq_init_cpu();
    check(BOARD_TIMER_IRQ);
    gic_set_priority(BOARD_TIMER_IRQ, GIC_PRIORITY);
    irq_enable(BOARD_TIMER_IRQ);
    arm_us(BEAT);
    gic_route(BOARD_RTC_IRQ, cpu_index());
    rtc_acknowledge();
    rtc_enable(true);
    check(BOARD_RTC_IRQ);
    rtc_enable(false);
}

void guest_main(uint64_t tree) {
    (void)tree;
    irq_init(handle);
    test_done_on_each_cpu(check_all);
}
