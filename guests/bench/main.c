/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench - how many instructions a path takes: from the guest's last one before it to the first
 * behind it, or to the first of an interrupt's vector. All is measured first, by two CPUs that
 * sleep while they wait, and then printed: median, least and most of some samples.
 */
#include "bench/bench.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"

#include <stddef.h>

#define SAMPLES 15u /* odd: one of them is the median */
#define RESULTS 32u
#define PAUSE   1000000u /* instructions: whatever a sample leaves to be done is done by then */

struct result {
    const char *prefix, *name;
    uint64_t samples[SAMPLES]; /* sorted */
};

extern unsigned char cpu_stacks[CPUS_MAX * CPU_STACK_SIZE];

static struct result results[RESULTS];
static uint32_t count;
static enum bench_ipi kind;
static bool goes_off; /* the second CPU, when it is next interrupted */
static uint64_t second_at;

static void sleep_for(uint64_t instructions) {
    (void)bench_arm(instructions);
    (void)bench_wait();
}

static void measure(const char *prefix, const char *name, uint64_t (*sample)(void)) {
    struct result *result = &results[count++];

    result->prefix = prefix;
    result->name = name;
    (void)sample(); /* the first one may have things to find out */
    for (uint32_t i = 0; i < SAMPLES; i++) {
        uint64_t value, at = i;

        sleep_for(PAUSE);
        value = sample();
        for (; at > 0 && result->samples[at - 1] > value; at--)
            result->samples[at] = result->samples[at - 1];
        result->samples[at] = value;
    }
}

static uint64_t timer(void) {
    uint64_t due = bench_arm(PAUSE);

    return bench_wait() - due;
}

static uint64_t ipi_self(void) {
    struct interval interval = bench_send_and_wait(kind, 0);

    return interval.end - interval.begin;
}

static uint64_t timer_after_ipi(void) {
    (void)ipi_self();
    return timer();
}

/* The second CPU takes it, and answers. */
static uint64_t ipi_other(void) {
    struct interval interval = bench_send_and_wait(kind, 1);

    return *(volatile uint64_t *)&second_at - interval.begin;
}

static uint64_t ipi_round_trip(void) {
    struct interval interval = bench_send_and_wait(kind, 1);

    return interval.end - interval.begin;
}

static void second(uint64_t argument, uint64_t unused, uint64_t at) {
    (void)argument;
    (void)unused;
    second_at = at;
    bench_init_cpu();
    for (;;) {
        bench_send(kind, 0);
        second_at = bench_wait();
        if (goes_off)
            cpu_off();
    }
}

static void second_off(void) {
    goes_off = true;
    bench_send(kind, 1);
    while (!cpu_is_off(1))
        sleep_for(PAUSE);
    goes_off = false;
}

static uint64_t second_on(void) {
    uint64_t *stack = (uint64_t *)(void *)(cpu_stacks + 2 * CPU_STACK_SIZE) - 2;
    struct interval interval;

    if (!cpu_is_off(1))
        second_off();
    stack[0] = (uint64_t)second;
    interval = bench_start_and_wait(1, (uint64_t)stack);
    return *(volatile uint64_t *)&second_at - interval.begin;
}

static void report(void) {
    console_print("\n"); /* behind what was written as a measurement */
    for (const struct result *result = results; result < results + count; result++)
        console_print("@bench %s%s median=%lu least=%lu most=%lu\n", result->prefix, result->name,
                      result->samples[SAMPLES / 2], result->samples[0],
                      result->samples[SAMPLES - 1]);
    console_print("@done\n");
}

void guest_main(uint64_t tree) {
    (void)tree;
    if (cpu_count() < 2) {
        console_print("@test bench fail: it takes two CPUs\n");
        return;
    }
    bench_init();
    bench_init_cpu();
    for (const struct bench_path *path = bench_paths; path->name != NULL; path++)
        if (!path->needs_bulkhead || machine_is_bulkhead())
            measure("", path->name, path->sample);
    measure("", "timer", timer);
    measure("", bench_start_name, second_on);
    for (kind = 0; kind < BENCH_IPIS; kind++) {
        if (!bench_has(kind))
            continue;
        measure(bench_ipi_names[kind], "-self", ipi_self);
        measure(bench_ipi_names[kind], "-self-timer", timer_after_ipi);
        measure(bench_ipi_names[kind], "-other", ipi_other);
        measure(bench_ipi_names[kind], "-round-trip", ipi_round_trip);
    }
    report();
}
