/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include "arch/host/host.h"
#include "vm/alarm.h"

static uint32_t calls[ALARMS];

void alarm_console(struct vcpu *vcpu) {
    (void)vcpu;
    calls[ALARM_CONSOLE]++;
    alarm_set(ALARM_CONSOLE, 400); /* from within */
}

void alarm_restart(struct vcpu *vcpu) {
    (void)vcpu;
    calls[ALARM_RESTART]++;
}

void alarm_watchdog(struct vcpu *vcpu) {
    (void)vcpu;
    calls[ALARM_WATCHDOG]++;
}

static void fire_at(uint64_t clock) {
    host.clock = clock;
    alarm_fired(NULL);
}

TEST(the_timer_is_that_of_the_first) {
    host_reset();
    alarm_set(ALARM_WATCHDOG, 300);
    assert_int_equal(host.timer, 300);
    alarm_set(ALARM_CONSOLE, 200);
    alarm_set(ALARM_RESTART, 250);
    assert_int_equal(host.timer, 200);
    fire_at(199);
    ASSERT_EACH(calls, 0, 0, 0);
    fire_at(250); /* all that are due, once */
    ASSERT_EACH(calls, 1, 1, 0);
    assert_int_equal(host.timer, 300);
    alarm_set(ALARM_WATCHDOG, 0);
    fire_at(399);
    ASSERT_EACH(calls, 1, 1, 0);
    assert_int_equal(host.timer, 400);
    alarm_set(ALARM_CONSOLE, 0);
    assert_int_equal(host.timer, UINT64_MAX);
}
