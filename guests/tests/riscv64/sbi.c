/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbi - calls to whoever is below, right and wrong ones: the SBI's extensions and Bulkhead's own.
 * On the bare board without what only Bulkhead promises.
 */
#include "runtime/riscv64/sbi.h"

#include "abi/counters.h"
#include "abi/hypercall.h"
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/fault.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/tick.h"
#include "runtime/timer.h"

#define CPU_NONE  7u      /* a hart that no VM of a test has */
#define ALL       (~0ull) /* as hart mask base, as size */
#define WILD      0x8000000000000001u
#define PAGE      0x1000u
#define EVENT     2u /* PMU: instructions retired */
#define SUSPENDED 4u
#define PATIENCE  1000u /* milliseconds */
#define IPI_UP    1u
#define OURS      HYPERCALL_SBI_EXTENSION

/* One call and the only right answer. */
struct example {
    const char *name;
    uint64_t extension;
    uint64_t function;
    uint64_t a[3];
    int64_t error;
};

/* What sbi_sleep() found where it began again. */
struct sbi_wake {
    uint64_t a0, a1, satp, status, sp;
};

int64_t sbi_sleep(uint64_t extension, uint64_t function, uint64_t type, struct sbi_wake *wake);
void sbi_fill(uint64_t extension, uint64_t function, const uint64_t pattern[32],
              uint64_t after[32]);

static bool bulkhead;
static char text[2 * PAGE] __attribute__((aligned(4096)));
static volatile uint32_t up;

/* The first columns of a row: an extension and its function. */
#define HSM(function)    SBI_HSM, SBI_HSM_##function
#define SRST(function)   SBI_SRST, SBI_SRST_##function
#define SUSP(function)   SBI_SUSP, SBI_SUSP_##function
#define IPI(function)    SBI_IPI, SBI_IPI_##function
#define RFENCE(function) SBI_RFENCE, SBI_RFENCE_##function
#define PMU(function)    SBI_PMU, SBI_PMU_##function
#define DBCN(function)   SBI_DBCN, SBI_DBCN_##function

static const struct example everywhere[] = {
    {"an unknown extension", 0x7fffffff, 0, {0}, SBI_NOT_SUPPORTED},
    {"an unknown BASE function", SBI_BASE, 7, {0}, SBI_NOT_SUPPORTED},
    {"an unknown TIME function", SBI_TIME, 1, {0}, SBI_NOT_SUPPORTED},
    {"an unknown IPI function", SBI_IPI, 1, {0}, SBI_NOT_SUPPORTED},
    {"an unknown RFENCE function", SBI_RFENCE, 7, {0}, SBI_NOT_SUPPORTED},
    {"an unknown HSM function", SBI_HSM, 4, {0}, SBI_NOT_SUPPORTED},
    {"an unknown SRST function", SBI_SRST, 1, {0}, SBI_NOT_SUPPORTED},
    {"an unknown DBCN function", SBI_DBCN, 3, {0}, SBI_NOT_SUPPORTED},
    {"hart_get_status of no hart", HSM(STATUS), {CPU_NONE}, SBI_INVALID_PARAM},
    {"hart_start of no hart", HSM(START), {CPU_NONE, BOARD_IMAGE}, SBI_INVALID_PARAM},
    {"fence_i to all", RFENCE(FENCE_I), {0, ALL}, SBI_SUCCESS},
    {"send_ipi to nobody", IPI(SEND), {0, 0}, SBI_SUCCESS},
    {"system_reset of no type", SRST(RESET), {3, 0}, SBI_INVALID_PARAM},
    {"system_reset for no reason", SRST(RESET), {0, 2}, SBI_INVALID_PARAM},
};

/* Some of each kind: sbi_test.c has the rest. */
static const struct example in_bulkhead[] = {
    {"an extension of the firmware's", 0x0a000001, 0, {0}, SBI_NOT_SUPPORTED},
    {"extension ~0", ALL, 0, {0}, SBI_NOT_SUPPORTED},
    {"TIME with upper halves set", WILD << 32 | SBI_TIME, 0, {0}, SBI_NOT_SUPPORTED},
    {"function 2^32 of BASE", SBI_BASE, 1ull << 32, {0}, SBI_NOT_SUPPORTED},
    {"send_ipi to 64 harts", IPI(SEND), {ALL, 0}, SBI_INVALID_PARAM},
    {"send_ipi from hart 2^32 on", IPI(SEND), {1, 1ull << 32}, SBI_INVALID_PARAM},
    {"fence_i to 64 harts", RFENCE(FENCE_I), {ALL, 0}, SBI_INVALID_PARAM},
    {"hfence_vvma", RFENCE(HFENCE_VVMA), {1, 0}, SBI_NOT_SUPPORTED},
    {"hart_start of itself", HSM(START), {0, BOARD_IMAGE}, SBI_ALREADY_AVAILABLE},
    {"hart_start of hart 2^32", HSM(START), {1ull << 32, BOARD_IMAGE}, SBI_INVALID_PARAM},
    {"hart_suspend of a reserved type", HSM(SUSPEND), {1}, SBI_INVALID_PARAM},
    {"system_suspend to nowhere", SUSP(SUSPEND), {0, BOARD_NOWHERE}, SBI_INVALID_ADDRESS},
    {"system_reset of a vendor's type", SRST(RESET), {0xf0000000, 0}, SBI_INVALID_PARAM},
    {"counter_start of 64", PMU(START), {1, ALL}, SBI_INVALID_PARAM},
    {"console_write from nowhere", DBCN(WRITE), {8, BOARD_NOWHERE}, SBI_INVALID_PARAM},
    {"console_write from a device", DBCN(WRITE), {8, BOARD_UART}, SBI_INVALID_PARAM},
    {"console_write from before RAM", DBCN(WRITE), {8, BOARD_RAM - 4}, SBI_INVALID_PARAM},
    {"console_write that wraps", DBCN(WRITE), {ALL, BOARD_RAM}, SBI_INVALID_PARAM},
    {"console_read to a device", DBCN(READ), {8, BOARD_UART}, SBI_INVALID_PARAM},
    {"an unknown Bulkhead call", OURS, 0, {0}, SBI_NOT_SUPPORTED},
    {"COUNTER of vCPU 2^32", OURS, 1, {1ull << 32, 0}, SBI_INVALID_PARAM},
};

/* Where a hart must not be started: no memory of ours is there, or no instruction. */
static const uint64_t bad_entries[] = {
    0, BOARD_UART, BOARD_PLIC, BOARD_NOWHERE, 1ull << 40, 0xffff000000000000, BOARD_IMAGE + 1, ALL,
};

static void expect(const char *what, uint64_t extension, uint64_t function, uint64_t a0,
                   uint64_t a1, int64_t error) {
    test_equal(what, (uint64_t)sbi_call(extension, function, a0, a1, 0).error, (uint64_t)error);
}

static void check_examples(const struct example *list, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        const struct example *example = &list[i];

        test_equal(example->name,
                   (uint64_t)sbi_call(example->extension, example->function, example->a[0],
                                      example->a[1], example->a[2])
                       .error,
                   (uint64_t)example->error);
    }
}

static bool has(uint64_t extension) {
    struct sbi_result result = sbi_call(SBI_BASE, SBI_BASE_PROBE, extension, 0, 0);

    test_equal("probe_extension", (uint64_t)result.error, SBI_SUCCESS);
    return result.value != 0;
}

static void check_base(void) {
    static const uint32_t required[] = {SBI_BASE, SBI_TIME, SBI_IPI,  SBI_RFENCE,
                                        SBI_HSM,  SBI_SRST, SBI_DBCN, SBI_PMU};

    test_begin("base");
    for (uint32_t i = 0; i < sizeof required / sizeof required[0]; i++)
        test_expect(has(required[i]), "an extension is missing");
    test_expect(!has(0x7fffffff), "an extension that isn't there is found");
    for (uint64_t function = 0; function <= SBI_BASE_MIMPID; function++)
        expect("BASE", SBI_BASE, function, 0, 0, SBI_SUCCESS);
    if (bulkhead) {
        test_equal("get_spec_version", sbi_call(SBI_BASE, SBI_BASE_SPEC_VERSION, 0, 0, 0).value,
                   0x02000000);
        test_expect(has(SBI_SUSP), "SUSP is missing");
        test_expect(has(OURS), "Bulkhead's extension is missing");
        test_expect(!has(SBI_CPPC) && !has(SBI_NACL) && !has(SBI_STA) && !has(ALL) &&
                        !has(WILD << 32 | SBI_TIME) && !has(OURS + 1),
                    "an extension that isn't there is found");
        for (uint64_t extension = 0; extension < SBI_LEGACY_END; extension++) {
            bool there = extension <= SBI_LEGACY_GETCHAR || extension == SBI_LEGACY_SHUTDOWN;

            test_equal("a legacy extension", has(extension), there);
            if (!there)
                expect("a legacy call", extension, 0, 0, 0, SBI_NOT_SUPPORTED);
        }
    }
}

/* What small kernels use and nothing else; whatever is in a6, and a1 is kept. */
static void check_legacy(void) {
    struct sbi_result result;

    test_begin("legacy");
    csr_clear(sie, 1u << INTERRUPT_TIMER);
    result = sbi_call(SBI_LEGACY_SET_TIMER, 77, timer_count() + timer_frequency() / 1000, 5, 0);
    test_equal("set_timer", (uint64_t)result.error, 0);
    test_equal("a1", result.value, 5);
    test_expect((csr_read(sip) & 1u << INTERRUPT_TIMER) == 0, "it expired at once");
    timer_wait_us(2000);
    test_expect((csr_read(sip) & 1u << INTERRUPT_TIMER) != 0, "it did not expire");
    expect("set_timer", SBI_LEGACY_SET_TIMER, 0, ALL, 0, 0);
    test_expect((csr_read(sip) & 1u << INTERRUPT_TIMER) == 0, "it was not switched off");
    for (const char *byte = "@sbi text by the legacy call\n"; *byte != '\0'; byte++)
        expect("putchar", SBI_LEGACY_PUTCHAR, 77, (uint64_t)*byte, 5, 0);
    result = sbi_call(SBI_LEGACY_GETCHAR, 77, 0, 5, 0);
    test_equal("getchar, nothing typed", (uint64_t)result.error, ALL);
    test_equal("a1", result.value, 5);
    timer_disarm();
}

static void check_answers(void) {
    test_begin("calls");
    check_examples(everywhere, sizeof everywhere / sizeof everywhere[0]);
    if (bulkhead) {
        check_examples(in_bulkhead, sizeof in_bulkhead / sizeof in_bulkhead[0]);
        test_expect(machine_restarts() >= 0, "RESTARTS");
        test_expect(machine_exits(0, EXIT_HYPERCALL) > 0, "COUNTER");
    }
}

static void check_entries(void) {
    test_begin("bad-entries");
    for (uint64_t i = 0; i < sizeof bad_entries / sizeof bad_entries[0]; i++) {
        expect("hart_start", HSM(START), 1, bad_entries[i], SBI_INVALID_ADDRESS);
        test_expect(cpu_is_off(1), "the hart is not off");
    }
}

/* The SBI: nothing but a0 and a1 changes. */
static void check_registers(void) {
    uint64_t pattern[32], after[32];

    for (uint64_t i = 0; i < 32; i++)
        pattern[i] = 0x1122334455667700u + i;
    sbi_fill(OURS, HYPERCALL_RESTARTS - HYPERCALL_BASE, pattern, after);
    pattern[16] = HYPERCALL_RESTARTS - HYPERCALL_BASE;
    pattern[17] = OURS;
    test_begin("registers-kept");
    for (uint32_t i = 1; i < 32; i++)
        if (i != 2 && i != 10 && i != 11)
            test_equal("one of x1 to x31", after[i], pattern[i]);
}

static void check_ipi(void) {
    test_begin("ipi");
    csr_clear(sip, 1u << INTERRUPT_SOFTWARE);
    sbi_call(IPI(SEND), 1, cpu_index(), 0);
    test_equal("sip.SSIP", csr_read(sip) >> INTERRUPT_SOFTWARE & 1, 1);
    csr_clear(sip, 1u << INTERRUPT_SOFTWARE);
    test_equal("sip.SSIP", csr_read(sip) >> INTERRUPT_SOFTWARE & 1, 0);
    sbi_call(IPI(SEND), 0, ALL, 0);
    test_equal("sip.SSIP", csr_read(sip) >> INTERRUPT_SOFTWARE & 1, 1);
    csr_clear(sip, 1u << INTERRUPT_SOFTWARE);
}

static void check_fences(void) {
    static const uint64_t ranges[][2] = {
        {0, 0},     {0, ALL},           {BOARD_RAM, PAGE},  {BOARD_RAM + 1, 1},
        {ALL, ALL}, {ALL - PAGE, PAGE}, {WILD, 1ull << 40}, {0, 1ull << 63},
    };

    test_begin("fences");
    for (uint32_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        uint64_t a[5] = {1, cpu_index(), ranges[i][0], ranges[i][1], WILD};

        for (uint64_t function = 0; function <= SBI_RFENCE_SFENCE_VMA_ASID; function++)
            test_equal("a fence", (uint64_t)sbi_call_5(SBI_RFENCE, function, a).error, SBI_SUCCESS);
    }
}

static void put(uint64_t at, uint64_t size) {
    while (size > 0) {
        struct sbi_result result = sbi_call(DBCN(WRITE), size, at, 0);

        if (!test_equal("console_write", (uint64_t)result.error, SBI_SUCCESS))
            return;
        test_expect(result.value <= size, "more was written than there is");
        at += result.value;
        size -= result.value;
    }
}

/* Across a page's end; and byte by byte. */
static void check_console(void) {
    static const char line[] = "@sbi text across a page\n";
    char *at = text + PAGE - 10;

    test_begin("console");
    for (uint32_t i = 0; i < sizeof line; i++)
        at[i] = line[i];
    put((uint64_t)at, sizeof line - 1);
    for (const char *byte = "@sbi text by bytes\n"; *byte != '\0'; byte++)
        expect("console_write_byte", DBCN(WRITE_BYTE), (uint64_t)*byte, 0, SBI_SUCCESS);
    at[0] = '?';
    test_equal("console_read", sbi_call(DBCN(READ), 20, (uint64_t)at, 0).value, 0);
    test_equal("what was read", (uint64_t)at[0], '?');
}

/* Memory that begins well and ends where there is none. */
static void check_memory_end(void) {
    uint64_t end = BOARD_RAM;
    uint32_t faults = 0;

    while (faults == 0) {
        end += PAGE;
        fault_expect();
        (void)mmio_read8(end);
        faults = fault_caught().count;
    }
    test_begin("console-at-memory-end");
    for (uint64_t function = SBI_DBCN_WRITE; function <= SBI_DBCN_READ; function++) {
        expect("eight bytes", SBI_DBCN, function, 8, end - 4, SBI_INVALID_PARAM);
        expect("eight bytes behind", SBI_DBCN, function, 8, end, SBI_INVALID_PARAM);
    }
    expect("four bytes", DBCN(READ), 4, end - 4, SBI_SUCCESS);
}

static void check_pmu(void) {
    uint64_t count = sbi_call(PMU(NUM_COUNTERS), 0, 0, 0).value;
    struct sbi_result found;
    uint64_t a[5] = {0, 0, 0, EVENT, 0};

    test_begin("pmu");
    test_expect(count >= 2 && count <= 64, "the number of counters");
    expect("counter_get_info", PMU(COUNTER_INFO), 0, 0, SBI_SUCCESS);
    expect("counter_get_info of one too many", PMU(COUNTER_INFO), count, 0, SBI_INVALID_PARAM);
    a[1] = count < 64 ? (1ull << count) - 1 : ALL;
    found = sbi_call_5(PMU(CONFIG), a);
    test_equal("counter_config_matching", (uint64_t)found.error, SBI_SUCCESS);
    test_expect(found.value < count, "a counter that isn't there");
    sbi_call(PMU(START), found.value, 1, 0);
    test_equal("counter_stop", (uint64_t)sbi_call(PMU(STOP), found.value, 1, 1).error, SBI_SUCCESS);
}

static void handle(uint32_t irq) {
    if (irq == BOARD_TIMER_IRQ)
        tick_handle(irq);
    else
        up++;
}

static void check_wake(const struct sbi_wake *wake) {
    test_equal("a0", wake->a0, cpu_index());
    test_equal("a1", wake->a1, wake->sp);
    test_equal("satp", wake->satp, 0);
    test_equal("sstatus.SIE", wake->status & STATUS_SIE, 0);
}

/* Both kinds end with the timer's interrupt; both leave it to be taken. */
static void check_suspend(void) {
    uint64_t begin;
    struct sbi_wake wake;

    test_begin("hart-suspend");
    irq_enable(BOARD_TIMER_IRQ);
    begin = timer_count();
    timer_arm(begin + timer_frequency() / 1000);
    test_equal("retentive", (uint64_t)sbi_sleep(HSM(SUSPEND), SBI_HSM_RETENTIVE, &wake),
               SBI_SUCCESS);
    test_expect(timer_count() - begin >= timer_frequency() / 1000, "it did not sleep");
    begin = timer_count();
    timer_arm(begin + timer_frequency() / 1000);
    test_equal("non-retentive", (uint64_t)sbi_sleep(HSM(SUSPEND), SBI_HSM_NON_RETENT, &wake), 1);
    test_expect(timer_count() - begin >= timer_frequency() / 1000, "it did not sleep");
    check_wake(&wake);
    irq_init_cpu();
    timer_disarm();
}

static void check_system_suspend(void) {
    struct sbi_wake wake;

    test_begin("system-suspend");
    irq_enable(BOARD_TIMER_IRQ);
    timer_arm(timer_count() + timer_frequency() / 1000);
    test_equal("system_suspend", (uint64_t)sbi_sleep(SUSP(SUSPEND), 0, &wake), 1);
    check_wake(&wake);
    irq_init_cpu();
    timer_disarm();
}

/* Sleeps by call, awake for each interrupt; those it lets in count. */
static void cpu_1(uint64_t argument) {
    irq_init_cpu();
    irq_send(IPI_UP, 0);
    for (;;) {
        sbi_call(HSM(SUSPEND), SBI_HSM_RETENTIVE, 0, 0);
        irq_send(IPI_UP, 0);
        cpu_irq_enable();
        cpu_irq_disable();
    }
}

static bool is_up(uint64_t count) {
    return up >= count;
}

static bool is_suspended(uint64_t cpu) {
    return sbi_call(HSM(STATUS), cpu, 0, 0).value == SUSPENDED;
}

static void check_sibling(void) {
    uint32_t before;

    test_begin("sibling-suspends");
    tick_start();
    test_equal("hart_start", (uint64_t)cpu_start(1, cpu_1, 0), SBI_SUCCESS);
    test_expect(tick_wait(is_up, 1, PATIENCE), "hart 1 did not come up");
    test_expect(tick_wait(is_suspended, 1, PATIENCE), "it does not become suspended");
    expect("hart_start of it", HSM(START), 1, BOARD_IMAGE, SBI_ALREADY_AVAILABLE);
    before = up;
    irq_send(2, 1);
    test_expect(tick_wait(is_up, before + 1, PATIENCE), "it does not wake up");
    test_expect(tick_wait(is_suspended, 1, PATIENCE), "it does not sleep again");
    expect("system_suspend beside it", SUSP(SUSPEND), 0, BOARD_IMAGE, SBI_DENIED);
    tick_stop();
}

void guest_main(uint64_t tree) {
    bulkhead = machine_is_bulkhead();
    irq_begin(handle);
    check_base();
    check_answers();
    check_legacy();
    check_ipi();
    check_fences();
    check_console();
    check_pmu();
    check_suspend();
    if (bulkhead) {
        check_registers();
        check_memory_end();
        check_system_suspend();
        if (cpu_count() > 1) {
            check_entries();
            check_sibling();
        }
        test_end();
        console_print("@done\n");
        sbi_call(SBI_LEGACY_SHUTDOWN, 1, 1, 1, 0);
        console_print("@test legacy-shutdown fail: it came back\n");
    }
    test_done();
}
