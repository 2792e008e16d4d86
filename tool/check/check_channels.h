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

/* The VM's part of the n-th channel that it is a member of; NULL: there are no more. */
const struct member_description *check_channels_member(const struct plan *plan,
                                                       const struct plan_vm *vm, size_t n,
                                                       const struct channel_description **channel);
