/* SPDX-License-Identifier: Apache-2.0 */
#include "control/record.h"

void record_add(struct record_measure *measure, uint64_t value) {
    if (value > measure->worst)
        measure->worst = value;
    if (measure->lead == 0)
        measure->typical = value;
    measure->lead += value == measure->typical ? 1u : ~0ull;
    measure->sum += value;
    measure->count++;
}

uint64_t record_mean(const struct record_measure *measure) {
    return measure->count == 0 ? 0 : measure->sum / measure->count;
}

void record_release(struct record *record, uint64_t late_ns, uint64_t lost) {
    uint64_t slot = late_ns / RECORD_SLOT_NS;

    record_add(&record->late_ns, late_ns);
    record->slots[slot < RECORD_SLOTS ? slot : RECORD_SLOTS - 1]++;
    if (late_ns > record->recent_ns)
        record->recent_ns = late_ns;
    record->releases += 1 + lost;
    record->misses += (late_ns > RECORD_TOLERANCE_NS ? 1 : 0) + lost;
}
