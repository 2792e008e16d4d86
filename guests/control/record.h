/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - how punctual the loop has been, in its own bookkeeping. Pure.
 *
 * A release is due every period, at an absolute deadline. It is missed if it begins more than
 * RECORD_TOLERANCE_NS late, and a release whose whole period passed by before anyone came is
 * one more miss. `releases` counts those due, so that a lost one counts in both.
 */
#pragma once

#include <stdint.h>

#define RECORD_TOLERANCE_NS 100000
#define RECORD_SLOT_NS      10
#define RECORD_SLOTS        256 /* the last one is for all that is later */

/* What is known of something that not every release tells. */
struct record_measure {
    uint64_t worst;
    uint64_t sum;
    uint64_t count;
    uint64_t typical; /* the value of more than half of all, if there is one */
    uint64_t lead;    /* how far it is ahead of the others; see record_add() */
};

struct record {
    uint64_t releases;
    uint64_t misses;
    uint64_t slots[RECORD_SLOTS];     /* releases by how late they began */
    uint64_t recent_ns;               /* the worst since somebody set it to 0 */
    struct record_measure late_ns;    /* begin of the handler, after the deadline */
    struct record_measure wake_insns; /* the guest's own, wake-up to handler */
    struct record_measure hv_insns;   /* the hypervisor's on this core, sleep to handler */
};

/* Adds one value. The typical one is found by counting it up and all others down: what more
 * than half of them are survives that. */
void record_add(struct record_measure *measure, uint64_t value);

/* The mean, rounded down; 0 if there is nothing. */
uint64_t record_mean(const struct record_measure *measure);

/* One release that began late_ns after its deadline, when `lost` more were due already. */
void record_release(struct record *record, uint64_t late_ns, uint64_t lost);
