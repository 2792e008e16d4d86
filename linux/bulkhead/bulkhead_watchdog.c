// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * The watchdog of a VM of Bulkhead's, where it is fed by calls: on riscv64, and on arm64 without
 * the SBSA watchdog's registers, which have a driver of their own.
 *
 * It runs from here on, and does not end: where the description says `from: boot` it has run
 * before, and a guest is not told so; where it says `from: first-feed`, this is the first. Until
 * /dev/watchdog is opened, and after it is closed, the kernel feeds it, so that its own death is
 * noticed in any case. watchdog.open_timeout= bounds how long it does so at first.
 */
#include <linux/module.h>
#include <linux/watchdog.h>

#include "abi/hypercall.h"
#include "arch.h"

static bool nowayout = WATCHDOG_NOWAYOUT;
module_param(nowayout, bool, 0444);
MODULE_PARM_DESC(nowayout, "/dev/watchdog is not left to the kernel when it is closed");

static int feed(struct watchdog_device *dog)
{
    u64 longest;

    return arch_hypercall(HYPERCALL_WATCHDOG, dog->timeout * 1000ull, 0, &longest);
}

static int set_timeout(struct watchdog_device *dog, unsigned int seconds)
{
    dog->timeout = seconds;
    return 0; /* the feed that follows says so */
}

static const struct watchdog_info info = {
    .identity = "Bulkhead",
    .options = WDIOF_SETTIMEOUT | WDIOF_KEEPALIVEPING | WDIOF_MAGICCLOSE,
};

static const struct watchdog_ops operations = {
    .owner = THIS_MODULE,
    .start = feed,
    .ping = feed,
    .set_timeout = set_timeout,
};

static struct watchdog_device watchdog = {
    .info = &info,
    .ops = &operations,
    .min_timeout = 1,
};

static int __init watchdog_init(void)
{
    u64 longest;

    /* The call with 0 stops it, but only until the kernel has it. */
    if (!arch_find_bulkhead() || watchdog_has_registers() ||
        arch_hypercall(HYPERCALL_WATCHDOG, 0, 0, &longest))
        return -ENODEV;
    watchdog.max_hw_heartbeat_ms = min_t(u64, longest, UINT_MAX);
    watchdog.timeout = max_t(unsigned int, watchdog.max_hw_heartbeat_ms / 1000, 1);
    set_bit(WDOG_HW_RUNNING, &watchdog.status);
    watchdog_set_nowayout(&watchdog, nowayout);
    return watchdog_register_device(&watchdog);
}
module_init(watchdog_init);

MODULE_DESCRIPTION("Bulkhead guest: the watchdog that is fed by calls");
MODULE_LICENSE("GPL");
