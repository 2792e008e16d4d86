/* SPDX-License-Identifier: Apache-2.0 */
/* riscv64's paths. `cycle`, of which the emulator has one for all harts and modes, is the clock: as
 * instret, but it goes on while all sleep. */
#include "bench/bench.h"

#include "abi/hypercall.h"
#include "arch_board.h"
#include "arch_cpu.h"
#include "arch_mmio.h"
#include "arch_timer.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/riscv64/controller.h"
#include "runtime/riscv64/sbi.h"

#include <stddef.h>

#define THR 0
#define LSR 5

#define INSTRUCTIONS_PER_TICK (1000000000u / BOARD_FREQUENCY)

const char *const bench_ipi_names[BENCH_IPIS] = {[BENCH_IPI] = "sbi-ipi", [BENCH_MSI] = "msi"};
const char bench_start_name[] = "hart-start";

static uint64_t files[CPUS_MAX]; /* where a CPU's MSIs are written to */

bool bench_has(enum bench_ipi kind) {
    return kind == BENCH_IPI || irq_controller() == &imsic_controller;
}

/* One or no instruction, with its operand in `value`. */
#define TAKE(instruction, operand, address)                                                        \
    __extension__({                                                                                \
        uint64_t begin_, end_, value_ = (operand);                                                 \
        __asm__ volatile("csrr %0, cycle\n\t" instruction "\n\tcsrr %1, cycle"                     \
                         : "=&r"(begin_), "=&r"(end_), "+&r"(value_)                               \
                         : "r"((uint64_t)(address))                                                \
                         : "memory");                                                              \
        end_ - begin_ - 1;                                                                         \
    })

/* A call's registers; what the SBI lets a call change are a0 and a1. */
#define CALL_REGISTERS(extension, function, first, second, third)                                  \
    register uint64_t a0 __asm__("a0") = first;                                                    \
    register uint64_t a1 __asm__("a1") = second;                                                   \
    register uint64_t a2 __asm__("a2") = third;                                                    \
    register uint64_t a6 __asm__("a6") = function;                                                 \
    register uint64_t a7 __asm__("a7") = extension;                                                \
    uint64_t begin

static uint64_t call(uint64_t extension, uint64_t function, uint64_t first, uint64_t second) {
    CALL_REGISTERS(extension, function, first, second, 0);
    uint64_t end;

    __asm__ volatile("csrr %0, cycle\n\tecall\n\tcsrr %1, cycle"
                     : "=&r"(begin), "=&r"(end), "+r"(a0), "+r"(a1)
                     : "r"(a2), "r"(a6), "r"(a7)
                     : "memory");
    return end - begin - 1;
}

BENCH_PATH(nothing, TAKE("", 0, 0))
#define NOBODYS 0x0a000000u /* an extension that nobody has */
BENCH_PATH(unknown, call(NOBODYS, 0, 0, 0))
BENCH_PATH(base, call(SBI_BASE, SBI_BASE_SPEC_VERSION, 0, 0))
BENCH_PATH(own_call, call(HYPERCALL_SBI_EXTENSION, HYPERCALL_COUNTER - HYPERCALL_BASE, 0, 0))
BENCH_PATH(set_timer, call(SBI_TIME, SBI_TIME_SET, TIMER_NEVER, 0))
BENCH_PATH(fence_i, call(SBI_RFENCE, SBI_RFENCE_FENCE_I, 1, 0))
BENCH_PATH(uart_flag, TAKE("lbu %2, (%3)", 0, BOARD_UART + LSR))
BENCH_PATH(uart_data, TAKE("sb %2, (%3)", '.', BOARD_UART + THR))

const struct bench_path bench_paths[] = {
    {"nothing", nothing, false},
    {"unknown-call", unknown, false},
    {"sbi-base", base, false},
    {"own-call", own_call, true},
    {"set-timer", set_timer, false},
    {"rfence-i-self", fence_i, false},
    {"uart-flag", uart_flag, false},
    {"uart-data", uart_data, false},
    {NULL, NULL, false},
};

void bench_init(void) {
    irq_init(NULL);
    if (bench_has(BENCH_MSI))
        for (uint32_t cpu = 0; cpu < 2; cpu++)
            files[cpu] = imsic_page(cpu);
}

void bench_init_cpu(void) {
    irq_init_cpu();
    irq_enable(BOARD_TIMER_IRQ);
    cpu_set_vectors((uint64_t)bench_vectors);
}

/* The timer counts whole ticks from where it is armed; so that both clocks are read at the same
 * place, no tick may begin there. */
uint64_t bench_arm(uint64_t instructions) {
    uint64_t ticks = instructions / INSTRUCTIONS_PER_TICK;
    uint64_t before, begin;

    do {
        before = timer_count();
        __asm__ volatile("csrr %0, cycle\n\tcsrw %1, %2"
                         : "=&r"(begin)
                         : "i"(CSR_STIMECMP), "r"(before + ticks)
                         : "memory");
    } while (timer_count() != before);
    return begin + 1 + ticks * INSTRUCTIONS_PER_TICK;
}

void bench_send(enum bench_ipi kind, uint32_t cpu) {
    if (kind == BENCH_MSI)
        mmio_write32(files[cpu], 1);
    else
        sbi_call(SBI_IPI, SBI_IPI_SEND, 1, cpu, 0);
}

/* Call or store, behind which this CPU sleeps: ra and what a function may change. */
#define THEN_WAIT(instruction)                                                                     \
    __asm__ volatile("csrr %0, cycle\n\t" instruction "\n\tjal ra, bench_wait"                     \
                     : "=&r"(begin), "+r"(a0), "+r"(a1), "+r"(a2)                                  \
                     : "r"(a6), "r"(a7)                                                            \
                     : "ra", "memory");                                                            \
    return (struct interval) {                                                                     \
        begin + 1, a0                                                                              \
    }

struct interval bench_send_and_wait(enum bench_ipi kind, uint32_t cpu) {
    CALL_REGISTERS(SBI_IPI, SBI_IPI_SEND, 1, cpu, 0);

    if (kind == BENCH_MSI) {
        a1 = files[cpu];
        THEN_WAIT("sw a0, (a1)"); /* identity 1 */
    }
    THEN_WAIT("ecall");
}

struct interval bench_start_and_wait(uint32_t cpu, uint64_t stack) {
    CALL_REGISTERS(SBI_HSM, SBI_HSM_START, cpu, (uint64_t)bench_start, stack);

    THEN_WAIT("ecall");
}
