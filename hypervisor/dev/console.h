/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console.h - the hypervisor's console: many speakers, one line (abi/console.h).
 *
 * Each VM, and each core for the hypervisor's own lines, has a ring. A core
 * writes its own speakers' rings to the UART, in its own time: when its guest
 * has left it anyway, and by its own timer while something is left. The UART is
 * tried, never waited for; no call takes longer than CONSOLE_BURST characters.
 */
#pragma once

#include "abi/console.h"
#include "dev/ring.h"
#include "lib/spinlock.h"

#define CONSOLE_BURST 64u /* characters a call writes at most: the bound on each exit */

#define CONSOLE_TAG_SIZE 40u

struct speaker {
    uint32_t id; /* unique over the machine: 1 to 31 */
    uint32_t tag_size;
    uint8_t tag[CONSOLE_TAG_SIZE]; /* its name, as abi/console.h has it on the line */
    struct ring ring;
};

/* What all cores share: who has the line. In a page of its own; zeroed memory is a free line. */
struct console_line {
    struct spinlock lock;     /* tried only; protects the rest */
    _Atomic uint32_t speaker; /* id of the last one */
    bool unfinished;          /* it has not ended its line */
    uint32_t waiting;         /* bitmap of the ids that want it */
    uint64_t taken;           /* clock when it took the line ... */
    uint64_t used;            /* ... and when it last wrote */
    uint32_t tag_left;        /* bytes of its tag that are still to be written */
};

/* Who speaks; the name is cut where it is too long. What is in the ring stays. */
void console_speaker(struct speaker *speaker, uint32_t id, const char *name);

/*
 * For a core that has panicked and written past the speakers: nothing of the line is left to wait
 * for, nor its lock, whoever had that in this turn of it, unless somebody has let go of it since.
 */
void console_give_up(struct console_line *line, uint32_t turn);

/* Whether console_drain() may have something to do that does not wait for a later time; no lock. */
static inline bool console_is_due(const struct console_line *line, const struct speaker *speaker) {
    return ring_is_due(&speaker->ring) ||
           atomic_load_explicit(&line->speaker, memory_order_relaxed) == speaker->id;
}

/*
 * Writes what it can of the speaker's ring at clock `now`, whose ticks per
 * second are `frequency`. True if something is left for later.
 */
bool console_drain(struct console_line *line, struct speaker *speaker, uint64_t now,
                   uint64_t frequency);
