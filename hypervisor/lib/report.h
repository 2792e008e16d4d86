/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - how every layer tells a person something. Defined in boot/.
 * The formats are those of lib/print.h.
 */
#pragma once

#include <stdint.h>
#include <stdnoreturn.h>

/*
 * One line on the console, under the hypervisor's name. Never waits once guests
 * run: the line is queued and written in this core's own time, or dropped whole
 * if the queue is full. No newline in the format.
 */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Waits until this core's lines and its VM's output are written, a tenth of a
 * second at most: for a VM that has ended.
 */
void report_flush(void);

/*
 * The machine can't run this system: says `rule` and why, then stands still,
 * all cores of it. At boot only.
 */
noreturn void refuse(const char *rule, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The general registers that a panic() says, too, where there are some; they must stay. */
void panic_shows(const uint64_t *registers, uint32_t count);

/*
 * We are wrong: says where, in which vCPU, and what that has left its guest for so far, and stops
 * this core, and the other cores of its VM. No guest can lead here.
 */
noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));
