/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader.h - a VM's memory before it is entered: cleared, payloads and random numbers
 * copied in, all of it written back to memory. Done by the VM's own cores, each its share.
 */
#pragma once

#include "vm/vm.h"

/* Checks the digests of this vCPU's share of the payloads, once, at boot: refuses a damaged one. */
void loader_verify(const struct vcpu *vcpu);

/* Clears and loads this vCPU's share; in the first life, `clear: no` is respected. */
void loader_fill(const struct vcpu *vcpu, bool first_life);

/*
 * This vCPU's share of its VM's channels. At boot, before any VM runs, of those in which it is the
 * first member: all is cleared. Else of those that it may write to and that aren't kept: what a
 * reader's restart changed it could have written after all.
 */
void loader_clear_channels(const struct vcpu *vcpu, bool boot);

/* Tells the members of its channels which life the VM is in; 0: it is down. */
void loader_tell_life(const struct vm *vm, uint32_t life);

/*
 * Draws the next life's seeds from the VM's key, and puts them where its tree has room for them; if
 * the VM has no key, FDT_NOP takes the room. By vCPU 0 alone, between two lives, behind
 * loader_fill(). Uses WINDOW_TARGET.
 */
void loader_seed(const struct vcpu *vcpu);
