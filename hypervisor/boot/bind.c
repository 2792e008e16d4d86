/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind.c - where lower layers call higher ones: each such table, filled in.
 */
#include "arch/trap.h"
#include "dev/guest_console.h"
#include "irq/irq.h"
#include "trap/mmio.h"

const struct mmio_device *const mmio_devices[] = {
    &guest_console,
    &arch_interrupts,
};
const unsigned mmio_device_count = sizeof(mmio_devices) / sizeof(mmio_devices[0]);

const struct irq_handlers irq_handlers = {
    .console = guest_console_receive,
    .timer = guest_console_timer,
};

void (*const vm_device_resets[])(struct vm *vm) = {guest_console_reset};
const unsigned vm_device_reset_count = 1;
