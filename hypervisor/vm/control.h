/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - the one page that all cores share: no VM's data, only what the
 * machine as a whole must agree on.
 */
#pragma once

#include "config/system.h"
#include "lib/spinlock.h"
#include "mem/hypervisor_space.h"

/* What others than its own cores may know of a VM, and ask of it. */
struct vm_control {
    _Atomic uint32_t life;     /* enum vm_life + VM_ENDED * enum managed_end (vm/vm.h) */
    _Atomic uint32_t restarts; /* since the machine's boot */
    phys_t pages;              /* where its struct vm is; written before other cores start */
};

struct control {
    uint32_t cores;             /* that the hypervisor runs on; written before they start ... */
    uint32_t started;           /* ... as a bitmap too */
    _Atomic uint32_t arrived;   /* bitmap: those whose isolation is on */
    _Atomic uint32_t vms_alive; /* VMs that run, or will without anybody's asking */
    _Atomic uint32_t vms_lost;  /* bitmap of those that have lost a core to a panic */
    _Atomic uint32_t focus;     /* number of the VM that is typed to; beyond all: none is */
    _Atomic uint32_t halt;      /* the boot is refused: every core stands still */
    struct spinlock triggers;   /* arm64: a word of the distributor's ICFGR; tried only */
    struct vm_control vms[SYSTEM_VMS_MAX];
};

static inline struct control *control(void) {
    return (struct control *)SPACE_CONTROL;
}
