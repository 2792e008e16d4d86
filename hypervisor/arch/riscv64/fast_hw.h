/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_hw.h - what vectors.S calls. All of it runs on the guest's own hart, on
 * the stack below its frame.
 */
#pragma once

#include "arch_types.h"

struct vcpu;

/* The fast paths; true: go on with the slow one. */
bool fast_sync(struct frame *frame);
bool fast_irq(void);

/* Another core has called this one: to look at its requests, its IPIs, its interrupts. */
void fast_kicked(struct vcpu *vcpu);

/* The slow ones, with the whole frame saved. */
void slow_settle(struct frame *frame);
void slow_sync(struct frame *frame);

/* A suspended vCPU has been woken, and begins where it asked to. */
void vcpu_resume(struct vcpu *vcpu);

/* Between PROBE() and own_exception(): an instruction may fail, and has failed. */
extern volatile bool probe_running, probe_failed;

/* Whether this hart carries out the statement: it has the register or the memory that it is about.
 */
#define PROBE(statement)                                                                           \
    __extension__({                                                                                \
        probe_failed = false;                                                                      \
        probe_running = true;                                                                      \
        statement;                                                                                 \
        probe_running = false;                                                                     \
        !probe_failed;                                                                             \
    })

/* An exception in the hypervisor itself: a probe, or our mistake. */
void own_exception(struct frame *frame);
