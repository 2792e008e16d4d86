/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_devices.h - the rules about devices: which they are, what comes with them, and whose that
 * is. At a device for which one is broken no further one looks.
 */
#pragma once

#include "tool/check/checker.h"

/* What the description names, of the board; or device-ambiguous. */
void find_devices(struct checker *checker, struct plan_vm *vm);
void check_device_twice(struct checker *checker, const struct plan_device *device);
/* Part of the machine itself: -controller, -console, -ram; and device-disabled. */
void check_device_special(struct checker *checker, const struct plan_device *device);
/* Registers, interrupts and all else that comes with it. */
void read_device(struct checker *checker, struct plan_device *device);
/* Two devices of a VM may share a page, which is given to it once: with the first. */
void join_pages(struct checker *checker, struct plan_vm *vm);
void check_device_shared(struct checker *checker, const struct plan_device *device);
void check_interrupt_shared(struct checker *checker, const struct plan_device *device);
