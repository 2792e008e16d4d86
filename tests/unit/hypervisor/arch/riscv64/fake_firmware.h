/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_firmware.h - what arch/riscv64/firmware.h promises of the firmware below and of the
 * hart: it is recorded, and answered as the test says.
 */
#pragma once

#include "arch/riscv64/hart.h"

#define FAKE_CALLS       16u
#define FAKE_MEMORY_SIZE 0x2000u
#define FAKE_COUNTERS    64u

/* A performance counter as OpenSBI 1.6 keeps it. */
struct fake_counter {
    uint64_t event; /* 0: none */
    uint64_t inhibits;
    uint64_t value;
    bool runs;
};

struct fake_call {
    uint64_t extension, function;
    uint64_t arguments[6];
};

struct fake_firmware {
    uint32_t count;
    struct fake_call calls[FAKE_CALLS]; /* the first ones */
    struct sbi_result answer;           /* to each call but ... */
    uint64_t counters;                  /* ... to PMU's: so many are there; 0: no PMU */
    bool counts;                        /* PMU's calls are answered from, and change, ... */
    struct fake_counter pmu[FAKE_COUNTERS];
    uint64_t gaps;     /* counters that are not there, as bits */
    uint64_t software; /* the first one of the firmware's own */
    uint64_t stuck;    /* counters that it fails to stop, as bits; ... */
    uint64_t deaf;     /* ... that run on, although it says that they have stopped */

    uint64_t deadline; /* of the guest's timer */
    uint32_t deadlines;
    uint32_t ipis; /* vCPUs that got one, as bits */

    uint32_t fences; /* guest_fence(): how many, and the last one's function, start, size, ASID */
    uint64_t fence[4];
    uint32_t repeats; /* guest_call_again() */
    bool shows_all;   /* vcpu_show_counters() */

    uint64_t memory_at; /* where the guest has this memory, and no other */
    uint8_t memory[FAKE_MEMORY_SIZE];
    uint64_t moved; /* bytes, to and from it */
};

extern struct fake_firmware fake_firmware;
