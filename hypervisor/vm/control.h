/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - the one page that all cores share: no VM's data, only what the
 * machine as a whole must agree on.
 */
#pragma once

#include "lib/spinlock.h"
#include "mem/hypervisor_space.h"

struct control {
    uint32_t cores;             /* that the hypervisor runs on; written before they start ... */
    uint32_t started;           /* ... as a bitmap too */
    _Atomic uint32_t arrived;   /* bitmap: those whose isolation is on */
    _Atomic uint32_t vms_alive; /* VMs that are neither off nor stopped */
    _Atomic uint32_t vms_lost;  /* bitmap of those that have lost a core to a panic */
    _Atomic uint32_t focus;     /* number of the VM that is typed to; beyond all: none is */
    _Atomic uint32_t halt;      /* the boot is refused: every core stands still */
    struct spinlock triggers;   /* arm64: a word of the distributor's ICFGR; tried only */
};

static inline struct control *control(void) {
    return (struct control *)SPACE_CONTROL;
}
