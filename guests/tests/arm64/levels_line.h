/* SPDX-License-Identifier: Apache-2.0 */
/* levels_line.h - the device of levels.c, and its line. */
#pragma once

#include "arch_board.h"
#include "runtime/cpu.h"
#include "runtime/rtc.h"
#include "runtime/test.h"
#include "runtime/timer.h"

#define BEAT     10000u /* us: what wakes who waits for the clock */
#define PATIENCE 400u   /* beats */
#define SOON     200u   /* us: how far the timer is put off */

static uint32_t device; /* BOARD_TIMER_IRQ or BOARD_RTC_IRQ */
static volatile uint32_t came, causeless;

static bool is_timer(void) {
    return device == BOARD_TIMER_IRQ;
}

static void arm_us(uint64_t microseconds) {
    timer_arm(timer_count() + microseconds * (timer_frequency() / 1000000));
}

static bool has_alarm(void) {
    return (mmio_read32(RTC_RIS) & 1) != 0;
}

static bool is_high(void) {
    if (is_timer())
        return (sysreg_read(cntv_ctl_el0) & TIMER_STATUS) != 0;
    return has_alarm() && (mmio_read32(RTC_IMSC) & 1) != 0;
}

static bool has_come(void) {
    return came != 0;
}

static bool never(void) {
    return false;
}

/* The interrupt handler. Who waits for the clock has the timer as its beat. */
static void handle(uint32_t intid) {
    if (intid != device) {
        arm_us(BEAT);
    } else if (!is_high()) {
        causeless++;
    } else {
        came++;
        if (is_timer())
            timer_disarm();
        else
            rtc_acknowledge();
        cpu_barrier();
    }
}

/* Asleep, and with interrupts masked before and after. */
static bool wait(bool (*holds)(void), uint32_t beats) {
    for (uint32_t i = 0; i < beats && !holds(); i++)
        cpu_sleep();
    return holds();
}

/* The clock's alarm, which takes a second, is there; its line is not. */
static void prepare(void) {
    if (is_timer())
        return;
    rtc_enable(false);
    rtc_set_alarm(rtc_now() + 1);
    test_expect(wait(has_alarm, PATIENCE), "no alarm");
}

/* The line rises. */
static void rise(void) {
    if (is_timer())
        arm_us(5);
    else
        rtc_enable(true);
    while (!is_high()) {
    }
    timer_wait_us(2); /* the controller has time */
}

/* The line falls: the timer is set to a deadline ahead, the clock's alarm is acknowledged. */
static void put_off(void) {
    if (is_timer())
        arm_us(SOON);
    else
        rtc_acknowledge();
    cpu_barrier();
}

/* It falls otherwise: the device is switched off. */
static void switch_off(void) {
    if (is_timer())
        timer_disarm();
    else
        rtc_enable(false);
    cpu_barrier();
}
