/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_needs.h - the rules about what a device needs besides its registers: what it depends on,
 * and memory that it reaches by itself.
 */
#pragma once

#include "tool/check/checker.h"

/* A property that it goes without is one that it has and can spare. */
void check_without_unknown(struct checker *checker, const struct plan_device *device);
/* And foreign-provider, for what the description leaves out. */
void check_unowned_provider(struct checker *checker, const struct plan_device *device);
/* What Bulkhead and the CPUs depend on. */
void check_foreign_provider(struct checker *checker);

/* And dma-unprotected; then window-lost and msi-lost, what the VM does not get. */
void check_device_dma(struct checker *checker, const struct plan_device *device);
/* Whether a device of the VM reaches all of the machine's memory. */
void decide_dma(struct checker *checker, struct plan_vm *vm);
void check_dma_memory(struct checker *checker, const struct plan_vm *vm);
