/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader.h - a VM's memory before it is entered: cleared, payloads copied in,
 * all of it written back to memory. Done by the VM's own cores, each its share.
 */
#pragma once

#include "vm/vm.h"

/* Checks the digests of this vCPU's share of the payloads, once, at boot: refuses a damaged one. */
void loader_verify(const struct vcpu *vcpu);

/* Clears and loads this vCPU's share; in the first life, `clear: no` is respected. */
void loader_fill(const struct vcpu *vcpu, bool first_life);
