/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manage.h - the VMs that this one's description says it `manages`, and this VM's own watchdog.
 *
 * The others are numbered from 0, in the order in which the description has its VMs. Any CPU, at
 * any time. A number that there is not is answered by MACHINE_INVALID; all that says something else
 * is 0 or more, so that a negative answer is always a refusal.
 */
#pragma once

#include "runtime/machine.h"

#define MANAGED_NAME_SIZE 32 /* bytes, at least one zero behind it */

/* One of enum managed_fact, abi/hypercall.h, but the name. */
static inline int64_t managed_fact(uint64_t number, enum managed_fact fact) {
    return machine_call(HYPERCALL_MANAGED, number, fact);
}

/* Its name; false: there is no such VM. */
static inline bool managed_name(uint64_t number, char name[MANAGED_NAME_SIZE]) {
    for (uint32_t at = 0; at < MANAGED_NAME_SIZE; at += 8) {
        int64_t letters = machine_call(HYPERCALL_MANAGED, number, MANAGED_NAME + at / 8);

        if (letters < 0)
            return false;
        for (uint32_t i = 0; i < 8; i++)
            name[at + i] = (char)((uint64_t)letters >> (8 * i));
    }
    return true;
}

/* Exits of one of its vCPUs for a cause of abi/counters.h. */
static inline int64_t managed_exits(uint64_t number, uint32_t vcpu, uint32_t cause) {
    return machine_call(HYPERCALL_MANAGED_COUNTER, number, (uint64_t)vcpu << 32 | cause);
}

/* Has it stopped, started or restarted, a little later: enum manage_answer. */
static inline int64_t manage_ask(uint64_t number, enum manage_request what) {
    return machine_call(HYPERCALL_MANAGE, number, what);
}

/*
 * Feeds this VM's watchdog: without another feed its life ends in so many ms, or in what its
 * description gives, if that is less. 0 stops it, but where it runs from boot on. Returns what the
 * description gives.
 */
static inline int64_t watchdog_feed(uint32_t ms) {
    return machine_call(HYPERCALL_WATCHDOG, ms, 0);
}
