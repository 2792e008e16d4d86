/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.h - what the ruler needs of an architecture: a clock that counts instructions, and the
 * paths to be measured with it.
 *
 * Under the emulator's deterministic clock one is added for each instruction that any CPU executes
 * at any level. So a CPU that waits has to sleep: then what lies between two readings, of one CPU
 * or of two, is what had to be done. "Now" is the clock behind the instruction that reads it, so
 * that two readings in a row show the same.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* From just before what was done to the first instruction of the vector of the next interrupt. */
struct interval {
    uint64_t begin;
    uint64_t end;
};

/* How CPUs interrupt each other, each a kind of its own. */
enum bench_ipi { BENCH_IPI, BENCH_MSI, BENCH_IPIS };

/* A path that CPU 0 takes alone: `sample` takes it once and returns what that took. */
struct bench_path {
    const char *name;
    uint64_t (*sample)(void);
    bool needs_bulkhead; /* there is no such thing on the bare board */
};

/* A `sample` that is one expression. */
#define BENCH_PATH(name, measured)                                                                 \
    static uint64_t name(void) {                                                                   \
        return measured;                                                                           \
    }

/* All there are, up to one without a name. */
extern const struct bench_path bench_paths[];

/* What the paths that both architectures have are called on this one. */
extern const char *const bench_ipi_names[BENCH_IPIS];
extern const char bench_start_name[];

/* Whether this machine has that kind of IPI. */
bool bench_has(enum bench_ipi kind);

/* Once; then on each CPU: the timer and IPIs reach bench_wait(). */
void bench_init(void);
void bench_init_cpu(void);

/* In entry.S: sleeps until an interrupt, ends it (the timer is switched off), and returns what the
 * vector's first instruction read off the clock. Interrupts are masked before and after. */
uint64_t bench_wait(void);

/* In entry.S: what this CPU's exceptions go to meanwhile. */
void bench_vectors(void);

/* In entry.S: the first instructions of the second CPU, which ends up in the function that lies on
 * its stack, with what the first of them read off the clock as third argument. */
void bench_start(void);

/* Arms the timer so many instructions from now, and returns when it is due. */
uint64_t bench_arm(uint64_t instructions);

/* Interrupts that CPU. */
void bench_send(enum bench_ipi kind, uint32_t cpu);

/* The same, and sleeps until the next interrupt. */
struct interval bench_send_and_wait(enum bench_ipi kind, uint32_t cpu);

/* Starts that CPU at bench_start with this stack, and sleeps until the next interrupt. */
struct interval bench_start_and_wait(uint32_t cpu, uint64_t stack);
