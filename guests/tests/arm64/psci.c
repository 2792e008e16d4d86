/* SPDX-License-Identifier: Apache-2.0 */
/*
 * psci - calls to whoever is below, right and wrong ones: PSCI, the SMC calling convention and
 * Bulkhead's own, by HVC and by SMC. On the bare board by the one that it answers, and without
 * what only Bulkhead promises.
 */
#include "runtime/arm64/psci.h"

#include "abi/counters.h"
#include "abi/hypercall.h"
#include "arch_board.h"
#include "runtime/arm64/gic.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/timer.h"

#define INVALID_PARAMETER (-3)  /* SMCCC's, for Bulkhead's own calls */
#define CPU_NONE          0xfeu /* an affinity that no CPU has */
#define CPU_ON_64         (PSCI_CPU_ON | PSCI_64)
#define AFFINITY_INFO_64  (PSCI_AFFINITY_INFO | PSCI_64)

typedef struct smccc_result (*conduit)(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);

/* One call and the only right answer. */
struct example {
    const char *name;
    uint64_t x[4];
    int64_t answer;
};

static bool bulkhead;

static const struct example everywhere[] = {
    {"AFFINITY_INFO of CPU 0", {PSCI_AFFINITY_INFO}, PSCI_AFFINITY_ON},
    {"AFFINITY_INFO (64) of CPU 0", {AFFINITY_INFO_64}, PSCI_AFFINITY_ON},
    {"an unknown PSCI call", {0x8400001f}, PSCI_NOT_SUPPORTED},
    {"an unknown PSCI call (64)", {0xc400001f}, PSCI_NOT_SUPPORTED},
    {"an unknown architecture call", {0x80001234}, PSCI_NOT_SUPPORTED},
    {"a silicon partner's call", {0xc2000000}, PSCI_NOT_SUPPORTED},
    {"an OEM's call", {0x83000001}, PSCI_NOT_SUPPORTED},
    {"a trusted OS's call", {0xb2000000}, PSCI_NOT_SUPPORTED},
    {"FEATURES of an unknown call", {PSCI_FEATURES, 0x8400001f}, PSCI_NOT_SUPPORTED},
    {"FEATURES of VERSION", {PSCI_FEATURES, PSCI_VERSION}, PSCI_SUCCESS},
    {"FEATURES of CPU_ON", {PSCI_FEATURES, PSCI_CPU_ON}, PSCI_SUCCESS},
    {"FEATURES of CPU_ON (64)", {PSCI_FEATURES, CPU_ON_64}, PSCI_SUCCESS},
    {"FEATURES of CPU_OFF", {PSCI_FEATURES, PSCI_CPU_OFF}, PSCI_SUCCESS},
    {"FEATURES of SYSTEM_OFF", {PSCI_FEATURES, PSCI_SYSTEM_OFF}, PSCI_SUCCESS},
    {"FEATURES of SYSTEM_RESET", {PSCI_FEATURES, PSCI_SYSTEM_RESET}, PSCI_SUCCESS},
};

/*
 * With the ones that the bare board answers, but QEMU complains of in its log: some of
 * each kind, smccc_test.c has the rest.
 */
static const struct example in_bulkhead[] = {
    {"CPU_ON (64) of CPU 0", {CPU_ON_64, 0, BOARD_IMAGE}, PSCI_ALREADY_ON},
    {"CPU_ON of no CPU", {PSCI_CPU_ON, CPU_NONE, BOARD_IMAGE}, PSCI_INVALID_PARAMETERS},
    {"VERSION in its 64-bit form", {PSCI_VERSION | PSCI_64}, PSCI_NOT_SUPPORTED},
    {"function id 0", {0}, PSCI_NOT_SUPPORTED},
    {"function id ffffffff", {0xffffffff}, PSCI_NOT_SUPPORTED},
    {"a 32-bit call with upper halves set",
     {0xdeadbeef00000000 | PSCI_AFFINITY_INFO, 0xffffffff00000000, 0xdead00000000},
     PSCI_AFFINITY_ON},
    {"CPU_ON (64), reserved bits", {CPU_ON_64, 1ull << 63, BOARD_IMAGE}, PSCI_INVALID_PARAMETERS},
    {"an unknown Bulkhead call", {0xc6000000}, PSCI_NOT_SUPPORTED},
    {"COUNTER of vCPU 2^32", {HYPERCALL_COUNTER, 1ull << 32}, INVALID_PARAMETER},
    {"ARCH_FEATURES of its own version", {SMCCC_ARCH_FEATURES, SMCCC_VERSION}, PSCI_SUCCESS},
};

/* Where a CPU must not be started: no memory of ours is there. */
static const uint64_t bad_entries[] = {
    0, BOARD_UART, BOARD_GICD, BOARD_NOWHERE, 1ull << 40, 0xffff000000000000, ~3ull,
};

static int64_t call(conduit by, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3) {
    int64_t answer = (int64_t)by(x0, x1, x2, x3).x[0];

    /* The 32-bit calls answer in W0. */
    return (x0 & PSCI_64) != 0 ? answer : (int32_t)answer;
}

static void check_examples(conduit by, const struct example *list, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t *x = list[i].x;

        test_equal(list[i].name, (uint64_t)call(by, x[0], x[1], x[2], x[3]),
                   (uint64_t)list[i].answer);
    }
}

static void check_answers(const char *name, conduit by) {
    test_begin(name);
    test_expect(call(by, PSCI_VERSION, 0, 0, 0) >> 16 == 1, "PSCI is not version 1.x");
    check_examples(by, everywhere, sizeof everywhere / sizeof everywhere[0]);
    if (bulkhead) {
        test_expect(call(by, SMCCC_VERSION, 0, 0, 0) >= 0x10001, "SMCCC is older than 1.1");
        test_expect(call(by, HYPERCALL_RESTARTS, 0, 0, 0) >= 0, "RESTARTS");
        test_expect(call(by, HYPERCALL_COUNTER, 0, EXIT_HYPERCALL, 0) > 0, "COUNTER");
        test_equal("UID", by(HYPERCALL_UID, 0, 0, 0).x[0], HYPERCALL_UID_0);
        check_examples(by, in_bulkhead, sizeof in_bulkhead / sizeof in_bulkhead[0]);
    }
}

static void check_entries(conduit by) {
    test_begin("bad-entries");
    for (uint64_t i = 0; i < sizeof bad_entries / sizeof bad_entries[0]; i++) {
        test_equal("CPU_ON", (uint64_t)call(by, CPU_ON_64, 1, bad_entries[i], 0),
                   (uint64_t)PSCI_INVALID_ADDRESS);
        test_equal("AFFINITY_INFO", (uint64_t)call(by, AFFINITY_INFO_64, 1, 0, 0),
                   PSCI_AFFINITY_OFF);
    }
}

/* SMCCC 1.1: nothing but x0 to x3 changes. */
static void check_registers(void) {
    uint64_t pattern[14], after[14];
    uint64_t x0 = HYPERCALL_RESTARTS;

    for (uint32_t i = 0; i < 14; i++)
        pattern[i] = 0x1122334455667700u + i;
    __asm__ volatile("mov x0, %[id]\n\t"
                     "mov x20, %[pattern]\n\t"
                     "mov x21, %[after]\n\t"
                     "ldp x4, x5, [x20]\n\t"
                     "ldp x6, x7, [x20, #16]\n\t"
                     "ldp x8, x9, [x20, #32]\n\t"
                     "ldp x10, x11, [x20, #48]\n\t"
                     "ldp x12, x13, [x20, #64]\n\t"
                     "ldp x14, x15, [x20, #80]\n\t"
                     "ldp x16, x17, [x20, #96]\n\t"
                     "hvc #0\n\t"
                     "stp x4, x5, [x21]\n\t"
                     "stp x6, x7, [x21, #16]\n\t"
                     "stp x8, x9, [x21, #32]\n\t"
                     "stp x10, x11, [x21, #48]\n\t"
                     "stp x12, x13, [x21, #64]\n\t"
                     "stp x14, x15, [x21, #80]\n\t"
                     "stp x16, x17, [x21, #96]\n\t"
                     :
                     : [id] "r"(x0), [pattern] "r"(pattern), [after] "r"(after)
                     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
                       "x12", "x13", "x14", "x15", "x16", "x17", "x20", "x21", "memory");
    test_begin("registers-kept");
    for (uint32_t i = 0; i < 14; i++)
        test_equal("one of x4 to x17", after[i], pattern[i]);
}

static volatile uint32_t interrupts;

static void handle(uint32_t intid) {
    interrupts++;
    if (intid == BOARD_TIMER_IRQ)
        timer_set(0, 0);
}

static int64_t suspend(void) {
    return psci_call(PSCI_CPU_SUSPEND | PSCI_64, 0, 0, 0);
}

static void take(void) {
    cpu_irq_enable();
    cpu_irq_disable();
}

/* A standby state ends with the next interrupt, masked or not, and the call returns. */
static void check_suspend(void) {
    uint64_t deadline;

    test_begin("cpu-suspend");
    irq_enable(BOARD_TIMER_IRQ);
    deadline = timer_count() + timer_frequency() / 1000;
    timer_set(deadline, TIMER_ENABLE);
    test_equal("CPU_SUSPEND", (uint64_t)suspend(), PSCI_SUCCESS);
    test_expect(timer_count() >= deadline, "back before the interrupt");
    /* That one is still pending: nothing to wait for. */
    test_equal("CPU_SUSPEND", (uint64_t)suspend(), PSCI_SUCCESS);
    test_equal("interrupts before they are let in", interrupts, 0);
    take();
    test_equal("interrupts", interrupts, 1);
    test_expect(timer_count() - deadline < timer_frequency() / 1000, "waited for one it had");
}

static volatile uint64_t asleep, awake;

static void sleeper(uint64_t argument) {
    irq_init_cpu();
    asleep = timer_count();
    suspend();
    awake = timer_count();
    for (;;)
        suspend(); /* for good: the interrupt is never taken, or there is none */
}

static void wait_for(const volatile uint64_t *what) {
    for (uint32_t i = 0; *what == 0 && i < 1000; i++) {
        timer_set(timer_count() + timer_frequency() / 1000, TIMER_ENABLE);
        cpu_sleep();
    }
}

/* Another CPU sleeps until it is sent an interrupt, and counts as on meanwhile. */
static void check_suspended_cpu(void) {
    uint64_t sent;

    test_begin("cpu-suspend-and-wake");
    test_equal("CPU_ON", (uint64_t)cpu_start(1, sleeper, 0), 0);
    wait_for(&asleep);
    timer_set(timer_count() + timer_frequency() / 500, TIMER_ENABLE);
    cpu_sleep();
    test_expect(cpu_is_on(1), "not on while it sleeps");
    test_equal("awake before it is woken", awake, 0);
    sent = timer_count();
    irq_send(1, 1);
    wait_for(&awake);
    test_expect(awake >= sent, "not woken");
}

/* The firmware's random numbers are everybody's; QEMU's has none, so its answer is another. */
static void check_flood(void) {
    uint32_t refused = 0;
    int64_t first;

    test_begin("trng-flood");
    first = psci_call(TRNG_RND | PSCI_64, 64, 0, 0);
    for (uint32_t i = 0; i < 100; i++)
        refused += psci_call(TRNG_RND | PSCI_64, 64, 0, 0) == TRNG_NO_ENTROPY;
    test_expect(refused >= 80, "a flood of calls is forwarded");
    timer_wait_us(100000);
    test_equal("the next one", (uint64_t)psci_call(TRNG_RND | PSCI_64, 64, 0, 0), (uint64_t)first);
}

void guest_main(uint64_t tree) {
    bulkhead = machine_is_bulkhead();
    check_answers("calls", smccc_call);
    if (bulkhead) {
        check_answers("calls-by-hvc", smccc_hvc);
        check_answers("calls-by-smc", smccc_smc);
        check_registers();
        if (cpu_count() > 1)
            check_entries(smccc_hvc);
    }
    irq_begin(handle);
    check_suspend();
    if (bulkhead)
        check_flood();
    if (bulkhead && cpu_count() > 1)
        check_suspended_cpu();
    test_end();
    /* The other CPU sleeps: that keeps no life from ending. */
    test_done_after_reset();
}
