/* SPDX-License-Identifier: Apache-2.0 */
/*
 * barrier.h - the cores of one VM (or, once at boot, of the machine) wait for
 * each other. Reusable. Zeroed memory is a barrier.
 */
#pragma once

#include <stdatomic.h>

#include "arch/cpu.h"

struct barrier {
    _Atomic uint32_t arrived;
    _Atomic uint32_t generation;
    _Atomic uint32_t broken; /* one of them will never come: who waits stands still */
};

/* Returns when `count` cores have called it. All memory written before is seen behind it. */
static inline void barrier_wait(struct barrier *barrier, uint32_t count) {
    uint32_t generation = atomic_load(&barrier->generation);

    if (atomic_fetch_add(&barrier->arrived, 1) + 1 == count) {
        atomic_store(&barrier->arrived, 0);
        atomic_fetch_add(&barrier->generation, 1);
        return;
    }
    while (atomic_load(&barrier->generation) == generation) {
        if (atomic_load(&barrier->broken))
            arch_halt();
        arch_relax();
    }
}
