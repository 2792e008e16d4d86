/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness - stands beside whoever misbehaves, and says whether anything of its own was touched: its
 * memory, which a release looks through piece by piece and writes anew; its registers, while it
 * computes; order and count of its interrupts; and how late the latest of them was: of those that
 * no console of its own was in the way of, and of all. A line each REPORT_EVERY releases; the first
 * thing that is wrong is the last that it says.
 */
#include "witness/witness.h"

#include "arch_board.h"
#include "control/clock.h"
#include "control/record.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/format.h"
#include "runtime/machine.h"
#include "runtime/random.h"

#define HZ           4000u
#define REPORT_EVERY 100u
#define WORDS        (4u << 17) /* 4 MiB */
#define PIECE        512u
#define QUIET        16u /* releases: longer than the hypervisor works on what was said */
#define PORTION      4   /* characters of a line that are sent in a period, if there is room */

static uint64_t *const memory = (uint64_t *)(BOARD_RAM + 0x800000); /* behind all else */
static uint64_t deadline, period, calls, round = 1;
static uint64_t spoke, worst_quiet; /* calls, when it said something last */
static uint32_t at;
static struct record record;
static char line[128];
static const char *unsent = line;

static void expect(const char *what, uint64_t got, uint64_t wanted) {
    if (got == wanted)
        return;
    console_print("@test witness fail: %s is 0x%lx, not 0x%lx\n", what, got, wanted);
    cpu_spin();
}

static uint64_t pattern(uint32_t index, uint64_t of) {
    return (index + of) * 0x9e3779b97f4a7c15u ^ of;
}

/* What this round has not come to is as the last one left it. */
static void look_through_memory(void) {
    for (uint32_t i = 0; i < PIECE; i++, at++) {
        expect("a word of memory", memory[at], pattern(at, round - 1));
        memory[at] = pattern(at, round);
    }
    if (at == WORDS) {
        at = 0;
        round++;
    }
}

static void release(void) {
    struct clock_reading reading = clock_read();
    uint64_t late = (reading.now - deadline) * 1000000000u / clock_frequency();

    expect("an early interrupt", reading.now < deadline, false);
    calls++;
    record_release(&record, late, (reading.now - deadline) / period);
    if (calls - spoke > QUIET && late > worst_quiet)
        worst_quiet = late;
    deadline += period;
    clock_set(deadline);
}

static void report(uint64_t releases) {
    unsent = line;
    format_text(line, sizeof line,
                "@witness releases=%lu rounds=%lu worst_ns=%lu worst_of_all_ns=%lu\r\n", releases,
                round, worst_quiet, record.late_ns.worst);
}

void guest_main(uint64_t tree) {
    uint64_t sum;

    for (uint32_t i = 0; i < WORDS; i++)
        memory[i] = pattern(i, 0);
    clock_init(release);
    period = clock_frequency() / HZ;
    deadline = clock_now() + period;
    clock_set(deadline);
    witness_write();
    sum = witness_sum();
    for (uint64_t releases = 1;; releases++) {
        clock_sleep();
        expect("the number of interrupts", calls, releases);
        expect("a missed release", record.misses, 0);
        look_through_memory();
        expect("a register", witness_registers(random64()), 0);
        expect("the system's registers", witness_sum(), sum);
        if (releases % REPORT_EVERY == 0 && *unsent == '\0')
            report(releases);
        if (*unsent != '\0')
            spoke = calls;
        for (int i = 0; i < PORTION && *unsent != '\0' && console_try_put(*unsent); i++)
            unsent++;
    }
}
