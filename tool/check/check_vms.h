/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_vms.h - the rules about VMs as such: names, CPUs, consoles, and what lies where in a
 * guest's address space.
 */
#pragma once

#include "tool/check/checker.h"

/* The VMs as the description has them, each with the console that it asks for. */
void open_vms(struct checker *checker, struct plan *plan);
void check_vm_count(struct checker *checker);
void check_vm_name(struct checker *checker, const struct plan_vm *vm);

/* CPUs that the board has, each for one VM. */
void check_cpu_missing(struct checker *checker, const struct plan_vm *vm);
void check_cpu_shared(struct checker *checker, const struct plan_vm *vm);
/* What the board's architecture, or its interrupt controller, does not have. */
void check_guest_files(struct checker *checker, const struct plan_vm *vm);
void check_console_missing(struct checker *checker, const struct plan_vm *vm);
void check_firmware_unknown(struct checker *checker, const struct plan_vm *vm);

/* Regions of memory and windows of devices; then pieces to load. */
void check_table_full(struct checker *checker);
void check_payloads_full(struct checker *checker);
void check_address_taken(struct checker *checker, const struct plan_vm *vm);
