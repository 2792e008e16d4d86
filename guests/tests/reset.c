/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reset - restarts itself three times, each time leaving everything it can in disorder, and
 * checks that it always begins its life in the same clean state.
 */
#include "tests/reset.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/format.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/tick.h"
#include "runtime/timer.h"

#define RESTARTS   3
#define MARKER     0x0ddba11u
#define MEMORY_END (BOARD_RAM + 0x400000u) /* what is looked at; the VM may have more */
#define STEP       256u                    /* bytes between the words looked at */
#define TICKS      5u
#define PATIENCE   1000u /* milliseconds */

extern unsigned char image_end[];

static volatile uint32_t loaded = MARKER;
static volatile bool cpu_1_is_up;

/* The device tree may lie anywhere in memory; its size is in its header, big endian. */
static bool in_tree(uint64_t tree, uint64_t at) {
    uint64_t size = 0;

    for (uint64_t i = 4; tree != 0 && i < 8; i++)
        size = size << 8 | mmio_read8(tree + i);
    return at >= tree && at - tree < size;
}

static void check_memory(uint64_t tree) {
    uint64_t dirty = 0;

    test_equal(".data", loaded, MARKER);
    for (uint64_t at = (uint64_t)image_end; at < MEMORY_END; at += STEP)
        if (!in_tree(tree, at) && mmio_read64(at & ~7ull) != 0)
            dirty++;
    test_equal("words of memory that are not clear", dirty, 0);
}

static bool has_ticked(uint64_t count) {
    return tick_count() >= count;
}

/* The timer's interrupt was left active by the last life: it must come all the same. */
static void check_ticks(void) {
    irq_begin(tick_handle);
    tick_start();
    test_expect(tick_wait(has_ticked, TICKS, PATIENCE), "no timer interrupts");
    tick_stop();
}

/* CPU 1 spins, or ends this life itself. */
static void cpu_1(uint64_t reset) {
    irq_init_cpu();
    cpu_1_is_up = true;
    if (reset)
        machine_reset();
    for (;;) {
    }
}

static void make_disorder(void) {
    loaded = 0;
    for (uint64_t at = (uint64_t)image_end; at < MEMORY_END; at += STEP)
        mmio_write64(at & ~7ull, ~0ull);
    reset_make_disorder();
}

/* Ends the life, by one CPU or the other; the second one is always on. */
static void end_life(int64_t life) {
    if (cpu_count() > 1) {
        cpu_start(1, cpu_1, (uint64_t)life & 1);
        /* Awake: with its interrupts in such disorder nothing would wake this CPU. */
        while (!cpu_1_is_up || (life & 1) != 0)
            timer_wait_us(10);
    }
    machine_reset();
}

void guest_main(uint64_t tree) {
    int64_t life = machine_restarts();
    char name[16];

    format_text(name, sizeof name, "life-%d", life < 0 ? 0 : (int)life);
    test_begin(name);
    check_memory(tree);
    reset_check_controller();
    reset_check_cpu();
    if (cpu_count() > 1)
        test_expect(cpu_is_off(1), "CPU 1 is not off");
    check_ticks();
    test_end();
    if (life < 0 || life >= RESTARTS)
        test_done();
    make_disorder();
    end_life(life);
}
