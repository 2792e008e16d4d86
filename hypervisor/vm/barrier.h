/* SPDX-License-Identifier: Apache-2.0 */
/*
 * barrier.h - the cores of one VM (or, once at boot, of the machine) wait for
 * each other. Reusable. Zeroed memory is a barrier.
 */
#pragma once

#include <stdatomic.h>

#include "arch/cpu.h"

struct barrier {
    _Atomic uint64_t arrived; /* how often a core has come, ever */
    _Atomic uint32_t broken;  /* one of them will never come: who waits stands still */
};

/*
 * Returns when `count` cores have called it, always the same number. All memory written before is
 * seen behind it. The next time round begins when all have come, and none comes twice before.
 */
static inline void barrier_wait(struct barrier *barrier, uint32_t count) {
    uint64_t round = atomic_fetch_add(&barrier->arrived, 1) / count;

    while (atomic_load(&barrier->arrived) / count == round) {
        if (atomic_load(&barrier->broken))
            arch_halt();
        arch_relax();
    }
}
