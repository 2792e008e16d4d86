/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counters - leaves the performance counters of each CPU in disorder and resets itself, by one CPU
 * and by the other: each life finds those that can be programmed stopped and at zero, and `cycle`
 * and `instret` running.
 */
#include "arch_board.h"
#include "runtime/cpu.h"
#include "runtime/format.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/riscv64/sbi.h"
#include "runtime/test.h"
#include "runtime/tick.h"
#include "runtime/timer.h"

#define LIVES    4
#define PATIENCE 1000u    /* milliseconds */
#define LOADS    0x10019u /* misses of the TLBs, all that the emulator counts: ... */
#define STORES   0x1001bu
#define FETCHES  0x10021u /* ... each in one counter only */
#define OWN      0xf0005u /* the firmware counts it: timers set */
#define PAGES    256u
#define SKIP     1u /* config: the first counter of the mask, whatever it can count */
#define CLEAR    2u /* config: to 0 */
#define SET      1u /* start: from the value given */
#define RESET    1u /* stop: free for another event */

static volatile uint32_t done;
static volatile bool ends;

/* Accesses that miss. */
static void work(void) {
    for (uint64_t page = 0; page < PAGES; page++) {
        __asm__ volatile("sfence.vma" ::: "memory");
        (void)*(volatile uint8_t *)(BOARD_RAM + 0x400000 + page * 0x1000);
        *(volatile uint8_t *)(BOARD_RAM + 0x600000 + page * 0x1000) = 0;
    }
}

/* hpmcounter3 to 31, by their CSRs' numbers behind `cycle`: each is in an instruction of its own.
 */
uint64_t counter(uint64_t n);
__asm__(".pushsection .text.counter, \"ax\"\n"
        "counter:\n"
        "    slli a0, a0, 3\n"
        "    la t0, 1f\n"
        "    add t0, t0, a0\n"
        "    jr t0\n"
        "    .set instruction, 0xc0002573\n" /* csrr a0, cycle */
        "1:  .rept 32\n"
        "    .4byte instruction, 0x00008067\n" /* ret */
        "    .set instruction, instruction + (1 << 20)\n"
        "    .endr\n"
        "    .popsection");

/* Which ones there are, by their CSRs' numbers behind `cycle`. */
static uint64_t programmable(void) {
    uint64_t count = sbi_call(SBI_PMU, SBI_PMU_NUM_COUNTERS, 0, 0, 0).value;
    uint64_t there = 0;

    for (uint64_t i = 0; i < count; i++) {
        uint64_t info = sbi_call(SBI_PMU, SBI_PMU_COUNTER_INFO, i, 0, 0).value;

        if (info >> 63 == 0) /* not one of the firmware's own */
            there |= 1ull << (info & 31);
    }
    return there & ~7ull; /* without cycle, time, instret */
}

/* At zero, or as OpenSBI's look for counters leaves one: all ones. */
static void check_each(const char *what, uint64_t there) {
    for (uint64_t n = 0; n < 32; n++)
        if ((there >> n & 1) != 0 && counter(n) != ~0ull)
            test_equal(what, counter(n), 0);
}

static void check(void) {
    uint64_t there = programmable();
    uint64_t cycle = csr_read(cycle), instret = csr_read(instret);

    test_expect((there & (there - 1)) != 0, "there are no counters");
    check_each("a counter at the beginning", there);
    work();
    check_each("a counter that nobody has started", there);
    test_expect(csr_read(cycle) > cycle, "cycle stands still");
    test_expect(csr_read(instret) > instret, "instret stands still");
}

/* A counter for the event, running; returns which. */
static uint64_t start(uint64_t event, uint64_t mask) {
    const uint64_t a[5] = {0, mask, CLEAR, event, 0};
    struct sbi_result result = sbi_call_5(SBI_PMU, SBI_PMU_CONFIG, a);

    test_equal("counter_config_matching", (uint64_t)result.error, SBI_SUCCESS);
    sbi_call(SBI_PMU, SBI_PMU_START, result.value, 1, SET);
    return result.value;
}

static uint64_t stop(uint64_t n, uint64_t flags) {
    return (uint64_t)sbi_call(SBI_PMU, SBI_PMU_STOP, n, 1, flags).error;
}

/* One runs, one is stopped, one belongs to nobody any more: all three have counted. */
static void leave_disorder(void) {
    uint64_t count = sbi_call(SBI_PMU, SBI_PMU_NUM_COUNTERS, 0, 0, 0).value;
    uint64_t mask = ((1ull << (count & 63)) - 1) & ~7ull;
    uint64_t running = start(LOADS, mask), stopped = start(STORES, mask),
             freed = start(FETCHES, mask);

    work();
    test_expect(counter(running) != 0 && counter(stopped) != 0 && counter(freed) != 0,
                "an event is not counted");
    test_equal("counter_stop of one", stop(stopped, 0), SBI_SUCCESS);
    test_equal("counter_stop with reset", stop(freed, RESET), SBI_SUCCESS);
    test_equal("and again", stop(freed, RESET), (uint64_t)SBI_INVALID_PARAM);
    check_each("a counter that was freed", 1ull << freed);
    start(1, 1); /* cycle */
    test_equal("counter_stop of cycle", stop(0, 0), SBI_SUCCESS);
    test_equal("cycle, stopped", csr_read(cycle), csr_read(cycle));
    start(2, 4); /* instret */
    test_equal("counter_stop of instret", stop(2, RESET), SBI_SUCCESS);
}

/*
 * An event of the firmware's among hardware's counters, and the other way round, by a guest that
 * says that it knows the counter; and by a mask that does not begin at counter 0. OpenSBI 1.6
 * itself does not survive it.
 */
static void confuse_types(void) {
    uint64_t count = sbi_call(SBI_PMU, SBI_PMU_NUM_COUNTERS, 0, 0, 0).value;
    uint64_t hardware = start(LOADS, ~0ull >> (64 - count));
    const uint64_t by_base[5] = {3, ~0ull >> (64 - count + 3), CLEAR, OWN, 0};
    struct sbi_result own = sbi_call_5(SBI_PMU, SBI_PMU_CONFIG, by_base);

    test_equal("an event of the firmware's", (uint64_t)own.error, SBI_SUCCESS);
    test_expect(sbi_call(SBI_PMU, SBI_PMU_COUNTER_INFO, own.value, 0, 0).value >> 63 != 0,
                "has another's counter");
    for (uint64_t event = LOADS; event != 0; event = event == LOADS ? OWN : event == OWN ? 1 : 0) {
        const uint64_t at_own[5] = {own.value, 1, SKIP | CLEAR, event, 0};
        const uint64_t at_hardware[5] = {hardware, 1, SKIP | CLEAR, event, 0};

        sbi_call_5(SBI_PMU, SBI_PMU_CONFIG, at_own);
        sbi_call_5(SBI_PMU, SBI_PMU_CONFIG, at_hardware);
    }
    test_equal("counter_stop of the firmware's", stop(own.value, RESET), SBI_SUCCESS);
    test_equal("counter_stop of the hardware's", stop(hardware, RESET), SBI_SUCCESS);
}

/* Its first touch in a life is a read; CPU 0's is a call. */
static void cpu_1(uint64_t argument) {
    uint64_t cycle = csr_read(cycle);

    test_expect(csr_read(cycle) > cycle, "cycle stands still at the first read");
    check();
    confuse_types();
    leave_disorder();
    done = 1;
    while (!ends)
        timer_wait_us(10);
    machine_reset();
}

static bool is_done(uint64_t argument) {
    return done != 0;
}

void guest_main(uint64_t tree) {
    int64_t life = machine_restarts();
    char name[16];

    format_text(name, sizeof name, "life-%d", life < 0 ? 0 : (int)life);
    test_begin(name);
    check();
    confuse_types();
    leave_disorder();
    irq_begin(tick_handle);
    tick_start();
    cpu_start(1, cpu_1, 0);
    test_expect(tick_wait(is_done, 0, PATIENCE), "CPU 1 does not come");
    test_end();
    if (life >= LIVES - 1)
        test_done();
    ends = (life & 1) != 0;
    while (ends)
        tick_sleep(1);
    machine_reset();
}
