/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind.c - where lower layers call higher ones: each such table, filled in.
 */

#include "dev/guest_console.h"
#include "irq/irq.h"

const struct irq_handlers irq_handlers = {
    .console = guest_console_receive,
    .timer = guest_console_timer,
};

void (*const vm_reset_devices)(struct vm *vm) = guest_console_reset;
