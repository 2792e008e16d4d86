/* SPDX-License-Identifier: Apache-2.0 */
/*
 * campaign.h - between the campaign and what it does to each architecture. An operation that goes
 * astray is given up: its CPU's vectors know only how to go on with the next one.
 */
#pragma once

#define CAMPAIGN_CPUS  2
#define CAMPAIGN_WORDS 12 /* instructions of an operation, and those behind them */

#include "runtime/random.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>

/* Kinds of operation on a CPU, which return or not; how often each comes up. */
struct campaign_kind {
    void (*run)(uint32_t cpu);
    uint32_t weight;
};
extern const struct campaign_kind campaign_kinds[];
extern const uint32_t campaign_kind_count;

/* Where there is something, or next to it; where this VM's arguments say that more is, or 0. */
extern const uint64_t campaign_places[];
extern const uint32_t campaign_place_count;
extern uint64_t campaign_watchdog, campaign_gpio;

/* An address in a device, or between two; one for a call, in memory or not; such for registers. */
uint64_t campaign_device(void);
uint64_t campaign_pointer(void);
void campaign_registers(uint64_t registers[32]);

/* Where this CPU's operations are run. */
uint64_t campaign_code(uint32_t cpu);

/* What an operation may do: 1 of `times`, those that cost a life or a CPU. */
bool campaign_dares(uint32_t times);

/* One of Bulkhead's own calls, near enough: its number less HYPERCALL_BASE, and its arguments. */
uint64_t campaign_own_call(uint64_t arguments[2]);

/* Runs instructions with these registers. `forbidden`: at least one of them may not complete. */
noreturn void campaign_run(uint32_t cpu, const uint32_t *words, uint32_t count,
                           const uint64_t registers[32], bool forbidden);

/* For the vectors, on an empty stack with everything masked: the operation is over, by its end or
 * by an exception of this number. */
noreturn void campaign_completed(uint32_t cpu);
noreturn void campaign_caught(uint32_t cpu, uint32_t exception);

/* What no guest may see: the end of the campaign. */
noreturn void campaign_escaped(const char *how, uint64_t what);

/* Whatever is pending comes now. */
void campaign_take_interrupts(void);

/* Each architecture's: before each operation its own state as after a start, and an alarm that ends
 * it; now and then, the interrupt controller's. */
void campaign_recover(uint32_t cpu);
void campaign_repair(void);

/* Each architecture's: writes behind an operation's words what leads to campaign_completed(). */
void campaign_close(uint32_t *words);

/* campaign.S: loads all registers, the stack pointer too, and jumps there. */
noreturn void campaign_jump(const uint32_t *code, const uint64_t registers[32]);
