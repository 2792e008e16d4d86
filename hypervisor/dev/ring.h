/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - bytes on their way to the console: one writer, one reader at a time
 * (each side has a lock of its own), no waiting. Zeroed memory is an empty ring.
 */
#pragma once

#include <stdatomic.h>

#include "lib/address.h"

#define RING_SIZE 1024u /* a power of two */

struct ring {
    _Atomic uint32_t written; /* bytes ever written, and ... */
    _Atomic uint32_t read;    /* ... ever read, both modulo 2^32 */
    _Atomic uint32_t line;    /* `written` behind the last newline */
    uint64_t last;            /* clock when the last byte was written; the writer's */
    uint8_t bytes[RING_SIZE];
};

static inline uint32_t ring_used(const struct ring *ring) {
    return atomic_load_explicit(&ring->written, memory_order_acquire) -
           atomic_load_explicit(&ring->read, memory_order_acquire);
}

/* A line to be shown, which ends in what is still to be read, or much without one. */
static inline bool ring_is_due(const struct ring *ring) {
    uint32_t done = atomic_load_explicit(&ring->read, memory_order_relaxed);

    return atomic_load_explicit(&ring->line, memory_order_relaxed) - done - 1 < RING_SIZE ||
           atomic_load_explicit(&ring->written, memory_order_relaxed) - done >= RING_SIZE / 2;
}

static inline bool ring_is_full(const struct ring *ring) {
    return ring_used(ring) == RING_SIZE;
}

/* The ring must not be full. */
static inline void ring_put(struct ring *ring, uint8_t byte, uint64_t now) {
    uint32_t at = atomic_load_explicit(&ring->written, memory_order_relaxed);

    ring->bytes[at % RING_SIZE] = byte;
    ring->last = now;
    if (byte == '\n')
        atomic_store_explicit(&ring->line, at + 1, memory_order_relaxed);
    atomic_store_explicit(&ring->written, at + 1, memory_order_release);
}

/* The ring must not be empty. */
static inline uint8_t ring_get(struct ring *ring) {
    uint32_t at = atomic_load_explicit(&ring->read, memory_order_relaxed);
    uint8_t byte = ring->bytes[at % RING_SIZE];

    atomic_store_explicit(&ring->read, at + 1, memory_order_release);
    return byte;
}
