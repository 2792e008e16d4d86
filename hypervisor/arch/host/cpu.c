/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/cpu.h"

#include <sched.h>
#include <setjmp.h>
#include <stddef.h>

#include "arch/host/host.h"
#include "config/system.h"
#include "lib/string.h"
#include "vm/this_cpu.h"

struct host host;

/* boot/main.c's in the hypervisor. */
struct this_cpu this_cpu;

static _Thread_local jmp_buf *way_out;
static _Thread_local enum host_end ended;

void host_reset(void) {
    memset(&host, 0, sizeof(host));
    memset(&this_cpu, 0, sizeof(this_cpu));
    host.frequency = 1000000;
}

enum host_end host_run(void (*body)(void *), void *argument) {
    jmp_buf here;

    way_out = &here;
    ended = HOST_RETURNED;
    if (setjmp(here) == 0)
        body(argument);
    way_out = NULL;
    return ended;
}

void host_end(enum host_end end) {
    ended = end;
    longjmp(*way_out, 1);
}

const char *arch_cpu_init(const struct system *system, uint32_t cpu) {
    return cpu < system->cpu_count ? NULL : "no such core";
}

const char *arch_machine_init(const struct system *system) {
    return system->cpu_count > 0 ? NULL : "no cores";
}

bool arch_cpu_start(uint64_t hwid, phys_t space) {
    return hwid < SYSTEM_CPUS_MAX && space.value != 0;
}

void arch_halt(void) {
    host_end(HOST_HALTED);
}

void arch_machine_off(void) {
    host_end(HOST_MACHINE_OFF);
}

void arch_wait(void) {
    static _Thread_local uint32_t waits;

    if (waits++ >= host.waits_allowed) {
        waits = 0;
        host_end(HOST_WAITED);
    }
    if (host.on_wait != NULL)
        host.on_wait();
}

void arch_relax(void) {
    sched_yield();
}

uint64_t arch_clock(void) {
    return atomic_fetch_add(&host.clock, host.clock_step);
}

uint64_t arch_clock_frequency(void) {
    return host.frequency;
}

bool arch_random(uint64_t *number) {
    *number = host.random;
    host.random += host.random != 0;
    return *number != 0;
}

void arch_timer_set(uint64_t at) {
    host.timer = at;
    host.timers_armed++;
}
