/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include "arch/host/host.h"
#include "dev/watchdog.h"
#include "hypervisor/small_system.h"
#include "trap/hypercall.h"
#include "vm/alarm.h"
#include "vm/this_cpu.h"

/* Registers, as DEN 0029 has them, and as of the two pages. */
#define WCS 0x000
#define WOR 0x008
#define WCV 0x010
#define WRR 0x1000

#define IRQ     39u
#define LONGEST 2000000u /* ticks */

static void begin_with(uint32_t flags) {
    small_begin_vm(LINUX);
    this_cpu.vcpu = &vm.vcpus[0];
    small.vms[LINUX].watchdog = 2000;
    small.vms[LINUX].watchdog_irq = IRQ;
    small.vms[LINUX].watchdog_at = 0x0a000000;
    small.vms[LINUX].flags = flags;
    host.clock = 1000;
    watchdog_create(&vm);
    vm_reset_watchdog(&vm);
}

BEFORE_EACH(begin) {
    begin_with(0);
}

static uint64_t get(uint64_t offset, unsigned size) {
    return vm.ranges[VM_WATCHDOG].device->read(&vm.vcpus[0], offset, size);
}

static void set(uint64_t offset, uint64_t value) {
    vm.ranges[VM_WATCHDOG].device->write(&vm.vcpus[0], offset, 4, value);
}

/* The core's timer at the end of so many ticks from now, if it is armed to fire by then. */
static void pass(uint64_t ticks) {
    host.clock += ticks;
    while (host.timer <= host.clock && vm.watchdog.over == 0)
        alarm_fired(&vm.vcpus[0]);
}

TEST(it_has_two_frames) {
    assert_int_equal(vm.ranges[VM_WATCHDOG].at, 0x0a000000);
    assert_int_equal(vm.ranges[VM_WATCHDOG].size, 0x2000);
    for (uint64_t at = 0; at < 0x2000; at += 4)
        assert_int_equal(get(at, 4), at == WCV ? vm.watchdog.deadline : 0);
}

TEST(first_it_warns_then_it_bites) {
    set(WOR, 500000);
    pass(LONGEST);
    assert_int_equal(get(WCS, 4), 0); /* not enabled */
    set(WCS, 1);
    assert_int_equal(get(WCS, 4), 1);
    assert_int_equal(get(WCV, 8), host.clock + 500000);
    assert_int_equal(get(WCV + 4, 4), 0);
    pass(499999);
    assert_int_equal(get(WCS, 4), 1);
    pass(1);
    assert_int_equal(get(WCS, 4), 3);
    assert_int_equal(host.level_number, IRQ);
    assert_true(host.level);
    pass(499999);
    assert_int_equal(vm.watchdog.over, 0);
    assert_int_equal(vm.vcpus[0].work, 0);
    pass(1);
    assert_int_equal(vm.watchdog.over, 1);
    assert_int_equal(vm.vcpus[0].work, VCPU_SETTLE);
    vm_reset_watchdog(&vm);
    assert_false(host.level);
    assert_int_equal(vm.watchdog.over, 0);
    pass(LONGEST);
    assert_int_equal(vm.watchdog.over, 0);
}

TEST(each_refresh_begins_anew) {
    static const uint64_t refreshes[] = {WRR, WOR, WCS};

    for (unsigned i = 0; i < COUNT_OF(refreshes); i++) {
        begin();
        set(WOR, 500000);
        set(WCS, 1);
        pass(600000); /* it has warned */
        set(refreshes[i], refreshes[i] == WOR ? 500000 : 1);
        assert_int_equal(get(WCS, 4), 1);
        assert_false(host.level);
        pass(499999);
        assert_int_equal(get(WCS, 4), 1);
    }
    set(WCS, 0);
    set(WRR, 0);
    pass(LONGEST);
    assert_int_equal(get(WCS, 4) + vm.watchdog.over, 0);
}

TEST(fed_by_a_sibling_it_is_looked_at_again) {
    set(WOR, 500000);
    set(WCS, 1);
    pass(400000);
    vm.watchdog.deadline += 400000; /* another core's timer is armed for that */
    pass(100000);
    assert_int_equal(get(WCS, 4), 1);
    assert_int_equal(host.timer, vm.watchdog.deadline);
}

/* No guest waits longer than its description says: half of it before the warning. */
TEST(the_description_has_the_last_word) {
    set(WOR, UINT32_MAX);
    set(WCS, 1);
    assert_int_equal(get(WCV, 8), host.clock + LONGEST / 2);
    watchdog_feed(&vm, UINT64_MAX);
    pass(LONGEST - 1);
    assert_int_equal(vm.watchdog.over, 0);
    pass(1);
    assert_int_equal(vm.watchdog.over, 1);
}

TEST(calls_feed_it_without_a_warning) {
    assert_true(watchdog_feed(&vm, 100));
    pass(99999);
    assert_true(watchdog_feed(&vm, 100));
    pass(99999);
    assert_int_equal(vm.watchdog.over, 0);
    pass(1);
    assert_int_equal(vm.watchdog.over, 1);
    assert_false(host.level);
    begin();
    watchdog_feed(&vm, 100);
    watchdog_feed(&vm, 0);
    pass(LONGEST);
    assert_int_equal(vm.watchdog.over, 0);
    small.vms[LINUX].watchdog = 0;
    assert_false(watchdog_feed(&vm, 100));
}

TEST(from_boot_on_its_stop_is_a_feed) {
    begin_with(SYSTEM_VM_WATCHDOG_BOOT);
    pass(LONGEST - 1);
    assert_int_equal(get(WCS, 4), 1);
    set(WCS, 0);
    pass(LONGEST - 1);
    watchdog_feed(&vm, 0);
    pass(LONGEST - 1);
    assert_int_equal(vm.watchdog.over, 0);
    pass(1);
    assert_int_equal(vm.watchdog.over, 1);
}
