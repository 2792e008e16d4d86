/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spinlock.h - a fair (ticket) lock between the cores of one VM.
 *
 * Never taken across VMs: what VMs share is tried, not waited for
 * (spin_try_lock). The hypervisor is not preemptible, so a holder always runs.
 */
#pragma once

#include <stdatomic.h>

#include "lib/address.h"

struct spinlock {
    _Atomic uint32_t next;    /* the ticket that the next comer draws */
    _Atomic uint32_t serving; /* the ticket whose holder has the lock */
};

/* Waits for at most as many holders as the VM has other cores. */
static inline void spin_lock(struct spinlock *lock) {
    uint32_t ticket = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);

    while (atomic_load_explicit(&lock->serving, memory_order_acquire) != ticket)
        ;
}

/* Takes the lock only if nobody has it; true if taken. Never waits. */
static inline bool spin_try_lock(struct spinlock *lock) {
    uint32_t serving = atomic_load(&lock->serving), free = serving;

    return atomic_compare_exchange_strong(&lock->next, &free, serving + 1);
}

static inline void spin_unlock(struct spinlock *lock) {
    uint32_t serving = atomic_load_explicit(&lock->serving, memory_order_relaxed);

    atomic_store_explicit(&lock->serving, serving + 1, memory_order_release);
}
