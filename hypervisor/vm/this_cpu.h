/* SPDX-License-Identifier: Apache-2.0 */
/*
 * this_cpu.h - what a core knows about itself. A variable like any other: each
 * core has its own .bss, and this is in it.
 */
#pragma once

#include "vm/vm.h"

struct this_cpu {
    uint32_t index;    /* of the machine's cores; filled in by the first core */
    struct vcpu *vcpu; /* NULL: no VM has this core */
    bool has_siblings; /* the control area is mapped: other cores can be told */
    bool guests_run;   /* this core has entered its guest: nothing waits any more */
    struct system system;
};

extern struct this_cpu this_cpu;
