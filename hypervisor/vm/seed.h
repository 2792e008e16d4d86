/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seed.h - random numbers for a VM's guest, new ones in each life.
 */
#pragma once

#include "vm/vm.h"

/*
 * Draws the next life's seeds from the VM's key, and puts them where its tree has room for them; if
 * the VM has no key, FDT_NOP takes the room. By vCPU 0 alone, between two lives, behind
 * loader_fill(). Uses WINDOW_TARGET.
 */
void seed_give(const struct vcpu *vcpu);
