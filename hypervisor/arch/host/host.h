/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - the architecture contract for unit tests: no hardware, but a record of
 * what the code under test asked for, and the means to answer it.
 *
 * The fakes are linked as a library: a test that defines all functions of one of
 * these files itself gets its own.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>

#include "abi/system_image.h"

#define HOST_LINES     64u
#define HOST_LINE_SIZE 256u

#define HOST_RECORD_SIZE 1024u

/* How a call ended that may not return. */
enum host_end {
    HOST_RETURNED,
    HOST_HALTED,      /* arch_halt() */
    HOST_MACHINE_OFF, /* arch_machine_off() */
    HOST_ENTERED,     /* arch_guest_enter() */
    HOST_REFUSED,     /* refuse() */
    HOST_PANICKED,    /* panic() */
    HOST_WAITED,      /* arch_wait() more often than the test allows */
};

/* A vCPU as its guest would see it. */
struct host_guest {
    uint64_t x[31];
    uint64_t pc;
    uint32_t resets;       /* arch_vcpu_reset() */
    uint32_t skips;        /* arch_vcpu_skip() */
    uint32_t syncs;        /* arch_interrupts_sync() */
    uint32_t polls;        /* arch_interrupts_poll() */
    uint32_t undefined;    /* arch_inject_undefined() */
    uint32_t data_aborts;  /* arch_inject_abort() ... */
    uint32_t fetch_aborts; /* ... for an instruction */
    uint64_t abort_address, abort_code;
};

struct host {
    _Atomic uint64_t clock;
    uint64_t clock_step; /* each arch_clock() moves it on by so much */
    uint64_t frequency;
    uint64_t random; /* arch_random(): the next number; 0: there is no source */
    _Atomic uint32_t kicks[SYSTEM_CPUS_MAX];
    uint64_t timer; /* of the last arch_timer_set() */
    uint32_t timers_armed;
    void (*on_wait)(void); /* runs in each arch_wait(), if set */
    uint32_t waits_allowed;
    void (*on_reset)(uint32_t vcpu); /* runs in each arch_vcpu_reset(), if set */

    struct host_guest guests[SYSTEM_CPUS_MAX]; /* by the vCPU's index */
    bool vectors_outside;                      /* the guest can't take an abort */
    uint32_t interrupts_off;                   /* arch_interrupts_off() of vCPU 0 */
    uint32_t vm_resets;                        /* arch_vm_reset() */
    _Atomic uint32_t instructions_written;
    uint32_t sysregs; /* arch_handle_sysreg() */

    uint32_t level_number; /* arch_interrupt_set_level(): the last one ... */
    bool level;            /* ... and its level */
    uint32_t level_changes;
    uint32_t routed_number, routed_cpu, routes;
    uint32_t enabled_number, enables;

    void (*on_tables_written)(void); /* runs in each arch_tables_written(), if set */
    uint32_t tables_written, guest_tlb_flushes;
    uint64_t cleaned;          /* bytes, arch_cache_clean() */
    void (*on_io_fence)(void); /* runs in each arch_io_fence(), if set */

    char record[HOST_RECORD_SIZE]; /* record() */
    uint64_t record_size;

    char lines[HOST_LINES][HOST_LINE_SIZE]; /* report() */
    uint32_t line_count;
    _Atomic uint32_t flushes;    /* report_flush() has ended */
    void (*on_flush)(void);      /* runs before, if set */
    char rule[HOST_LINE_SIZE];   /* of refuse() */
    char reason[HOST_LINE_SIZE]; /* of refuse() and panic() */
};

extern struct host host;

/* Forgets all; a clock of 1 MHz that stands still, and no waiting allowed. */
void host_reset(void);

/* Runs `body`, and says how it ended. Each thread for itself. */
enum host_end host_run(void (*body)(void *), void *argument);

/* Ends the body that host_run() runs. */
noreturn void host_end(enum host_end end);

/*
 * One record of all whose order counts: barriers, TLB and cache maintenance, what is written to
 * controllers, and what a test adds to it. Formats as lib/print.h has them; any thread. What does
 * not fit any more is left out.
 */
void record(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What was recorded since the last call or host_reset(): "dsb ishst; kick 1". */
const char *recorded(void);

/*
 * Memory at SPACE_BASE, where the code under test expects the control area; zeroed.
 * The C library's memset() and the like refuse it under the sanitizer.
 */
void host_space_open(void);

/* Whether report() has said this, word for word. */
bool host_reported(const char *line);

/* The console's far end: what was written, what will be read. */
#define HOST_UART_SIZE 65536u

struct host_uart {
    uint8_t out[HOST_UART_SIZE];
    uint32_t out_size;
    uint32_t room;  /* characters that it still takes */
    uint32_t polls; /* uart_room() */
    uint8_t in[HOST_UART_SIZE];
    uint32_t in_size, in_read;
    bool interrupt; /* uart_receive_interrupt() */
    uint32_t attached_kind;
    bool initialized;
};

extern struct host_uart host_uart;

/* Empty, with endless room. */
void host_uart_reset(void);

/* Types `text`. */
void host_uart_type(const char *text);
