/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watchdog.h - a VM's watchdog, of which nothing but the guest's feeding is left to it: a hung
 * guest masks all its interrupts, not the hypervisor's timer.
 *
 * Its registers are those of Arm's generic watchdog (Server Base System Architecture, DEN 0029,
 * appendix A, revision 0), the control frame in the first page and the refresh frame in the second:
 * when its time is over first there is an interrupt (WS0), the second time the life ends (WS1). Fed
 * by calls it has the second stage only.
 */
#pragma once

#include "trap/mmio.h"

/* Of a VM that has one: the registers it is fed by, if any. */
void watchdog_create(struct vm *vm);
