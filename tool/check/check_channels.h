/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_channels.h - the rules about memory that VMs share.
 */
#pragma once

#include "tool/check/checker.h"

/* Names, whole pages, VMs that write, and interrupts of each VM. */
void check_channel_name(struct checker *checker);
void check_channel_size(struct checker *checker);
void check_channel_members(struct checker *checker);
void check_channel_interrupt(struct checker *checker, const struct plan_vm *vm);

/* What is planned of them; then the places of members that have none yet, which may break
 * address-too-high. */
void read_channels(struct checker *checker, struct plan *plan);
void place_members(struct checker *checker, struct plan_vm *vm);
