/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control - a hard-real-time control loop: 1000 times a second it reads an inverted pendulum
 * (simulated here too), computes the torque that keeps it upright, logs, and keeps a record of
 * its own punctuality.
 *
 * Everything that has to be punctual is in release(). The rest, most of all the console, is
 * done in what remains of a period, in portions that are small however slow the console is.
 */
#include "abi/counters.h"
#include "control/clock.h"
#include "control/plant.h"
#include "control/record.h"
#include "runtime/console.h"
#include "runtime/format.h"
#include "runtime/machine.h"

#include <stdarg.h>
#include <stddef.h>

#define LOG_COUNT         1024 /* releases, a power of two */
#define REPORT_EVERY      1000 /* releases */
#define PUSH_EVERY        500  /* releases */
#define PUSH_LENGTH       20   /* releases */
#define PUSH              (15 * PLANT_ONE)
#define SLOTS_ROOM        64 /* characters, for one slot and what follows all of them */
#define CHARACTERS_PERIOD 4  /* sent per period: a line takes some 50 ms, 250 at most */

struct log_entry {
    uint64_t deadline; /* ticks */
    uint32_t late;     /* ticks */
    int32_t angle;
    int32_t rate;
    int32_t torque;
};

/* The console line on its way out. */
struct line {
    char text[1024];
    size_t length;
    size_t sent;
};

/* Exits of this vCPU as of the last report, and what caused some of them since. */
struct exits {
    int64_t timer;
    int64_t other;
    int64_t own; /* by this program's own hypercalls and console accesses */
};

static struct log_entry log_ring[LOG_COUNT];
static struct record record;
static struct plant plant;
static int32_t torque, worst_angle;
static uint64_t deadline, period;
static struct line line;
static struct exits exits;
static bool console_exits; /* it is emulated or called: an access is an exit */

static uint64_t to_ns(uint64_t ticks) {
    /* No release is late by so much that this overflows: 18 s at 1 GHz. */
    return ticks * 1000000000u / clock_frequency();
}

/* One step of the control loop proper. */
static void control(uint64_t due, uint64_t now) {
    bool pushed = record.releases % PUSH_EVERY < PUSH_LENGTH;

    torque = plant_control(&plant);
    log_ring[record.releases % LOG_COUNT] =
        (struct log_entry){due, (uint32_t)(now - due), plant.angle, plant.rate, torque};
    plant_step(&plant, torque, pushed ? PUSH : 0);
}

/* The interrupt at each deadline. The next one is set before anything else: however long the
 * rest takes, it does not move. */
static void release(void) {
    struct clock_reading reading = clock_read();
    uint64_t due = deadline;
    uint64_t lost = 0;

    for (deadline += period; deadline <= reading.now; deadline += period)
        lost++;
    clock_set(deadline);

    control(due, reading.now);
    for (uint64_t i = 0; i < lost; i++)
        plant_step(&plant, torque, 0); /* nobody was there: the motor went on as it was */
    record_release(&record, to_ns(reading.now - due), lost);
    if (reading.metered)
        record_add(&record.wake_insns, reading.wake_insns);
    if (reading.hv_metered)
        record_add(&record.hv_insns, reading.hv_insns);
}

__attribute__((format(printf, 1, 2))) static void line_add(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    line.length += format_text_list(line.text + line.length, sizeof line.text - line.length, format,
                                    arguments);
    va_end(arguments);
}

/* Sends a few characters, if the console has room for them. */
static void line_send(void) {
    for (int i = 0; i < CHARACTERS_PERIOD && line.sent < line.length; i++) {
        exits.own += console_exits;
        if (!console_try_put(line.text[line.sent]))
            return;
        exits.own += console_exits;
        line.sent++;
    }
    if (line.sent == line.length)
        line.sent = line.length = 0;
}

/*
 * This vCPU's exits since the last call: those for the timer, and those that neither the timer
 * nor this program's own console accesses and calls account for. Draining the console is the
 * price of those accesses, and left out with them.
 */
static bool exits_read(int64_t *timer, int64_t *other) {
    struct exits now = {0};

    for (uint32_t cause = 0; cause < EXIT_CAUSES; cause++) {
        int64_t count = machine_exits(0, cause);

        if (count < 0)
            return false;
        if (cause == EXIT_TIMER)
            now.timer = count;
        else if (cause != EXIT_CONSOLE)
            now.other += count;
    }
    *timer = now.timer - exits.timer;
    *other = now.other - exits.other - exits.own;
    exits = now;
    /* Between the calls' own count now and next time lie as many calls as there are causes. */
    exits.own = EXIT_CAUSES;
    return true;
}

/* How many releases began by how late, as SLOT:COUNT,... for as long as there is room. */
static void report_slots(void) {
    const char *before = " slots=";

    for (uint32_t i = 0; i < RECORD_SLOTS && line.length < sizeof line.text - SLOTS_ROOM; i++) {
        if (record.slots[i] == 0)
            continue;
        line_add("%s%u:%lu", before, i, record.slots[i]);
        before = ",";
    }
}

static void report(void) {
    int64_t timer, other;

    line_add("@control hz=%u releases=%lu misses=%lu worst_ns=%lu mean_ns=%lu", PLANT_HZ,
             record.releases, record.misses, record.late_ns.worst, record_mean(&record.late_ns));
    if (record.wake_insns.count != 0)
        line_add(" wake_insns=%lu wake_typical=%lu", record.wake_insns.worst,
                 record.wake_insns.typical);
    if (record.hv_insns.count != 0)
        line_add(" hv_insns=%lu hv_typical=%lu hv_mean=%lu", record.hv_insns.worst,
                 record.hv_insns.typical, record_mean(&record.hv_insns));
    if (!clock_has_backstop())
        line_add(" backstop=none");
    if (exits_read(&timer, &other))
        line_add(" timer_exits=%ld other_exits=%ld", timer, other);
    line_add(" recent_ns=%lu", record.recent_ns);
    record.recent_ns = 0;
    report_slots();
    line_add(" angle_mrad=%d%s\r\n", worst_angle * 1000 / PLANT_ONE,
             worst_angle > PLANT_FALLEN ? " fallen=1" : "");
}

static int64_t access_exits(void) {
    return machine_exits(0, EXIT_MMIO) + machine_exits(0, EXIT_HYPERCALL);
}

/* The first line also tells whether characters cost exits: more than the questions do. */
static void start(void) {
    int64_t before = access_exits();

    console_print("@control start hz=%u\n", PLANT_HZ);
    console_exits = access_exits() - before > 4;
}

void guest_main(uint64_t tree) {
    int64_t timer, other;
    uint64_t next_report = REPORT_EVERY;

    (void)tree;
    clock_init(release);
    start();
    period = clock_frequency() / PLANT_HZ;
    deadline = clock_first(period);
    clock_set(deadline);
    /* The first release finds the way that all others go, and is not on the record. */
    clock_sleep();
    record = (struct record){0};
    exits_read(&timer, &other);
    for (;;) {
        int32_t angle;

        clock_sleep();
        angle = plant.angle < 0 ? -plant.angle : plant.angle;
        worst_angle = angle > worst_angle ? angle : worst_angle;
        if (record.releases >= next_report && line.length == 0) {
            next_report += REPORT_EVERY;
            report();
        }
        line_send();
    }
}
