/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_ends.h - the rules about how a VM's lives end, and what follows: groups, managers, policies
 * and watchdogs.
 */
#pragma once

#include "tool/check/checker.h"

/* Which VMs are restarted with it, and which it may stop and start. */
void read_group(struct checker *checker, struct plan_vm *vm);
void read_manages(struct checker *checker, struct plan_vm *vm);

/* What follows each kind of end; says RULE_VM_GROUP too. */
void read_policies(struct checker *checker, struct plan_vm *vm);

/* Its watchdog; and where its registers are, behind all other rules about addresses. */
void read_watchdog(struct checker *checker, struct plan_vm *vm);
void place_watchdog(struct checker *checker, struct plan_vm *vm);
