/* SPDX-License-Identifier: Apache-2.0 */
/* arm64's paths. The virtual counter, at 1 GHz, is the clock. */
#include "bench/bench.h"

#include "abi/hypercall.h"
#include "arch_board.h"
#include "arch_cpu.h"
#include "arch_mmio.h"
#include "arch_timer.h"
#include "runtime/arm64/gic.h"
#include "runtime/arm64/psci.h"
#include "runtime/cpu.h"

#include <stddef.h>

#define UARTDR 0x00
#define UARTFR 0x18
#define SPI    BOARD_RTC_IRQ /* an interrupt of the VM's */
#define WORD   (SPI / 32 * 4)

#define SMCCC_CHANGES                                                                              \
    "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",    \
        "memory"

const char *const bench_ipi_names[BENCH_IPIS] = {[BENCH_IPI] = "sgi"};
const char bench_start_name[] = "cpu-on";

bool bench_has(enum bench_ipi kind) {
    return kind == BENCH_IPI;
}

/* One or no instruction, with its operand in `value`. */
#define TAKE(instruction, operand, address)                                                        \
    __extension__({                                                                                \
        uint64_t begin_, end_, value_ = (operand);                                                 \
        __asm__ volatile("mrs %0, cntvct_el0\n\t" instruction "\n\tmrs %1, cntvct_el0"             \
                         : "=&r"(begin_), "=&r"(end_), "+&r"(value_)                               \
                         : "r"((uint64_t)(address))                                                \
                         : "memory");                                                              \
        end_ - begin_ - 1;                                                                         \
    })
#define READ(address)         TAKE("ldr %w2, [%3]", 0, address)
#define WRITE(address, value) TAKE("str %w2, [%3]", value, address)

static uint64_t call(uint64_t number, uint64_t first) {
    register uint64_t x0 __asm__("x0") = number;
    register uint64_t x1 __asm__("x1") = first;
    register uint64_t x2 __asm__("x2") = 0;
    register uint64_t x3 __asm__("x3") = 0;
    uint64_t begin, end;

    __asm__ volatile("mrs %0, cntvct_el0\n\thvc #0\n\tmrs %1, cntvct_el0"
                     : "=&r"(begin), "=&r"(end), "+r"(x0), "+r"(x1), "+r"(x2),
                       "+r"(x3)::SMCCC_CHANGES);
    return end - begin - 1;
}

BENCH_PATH(nothing, TAKE("", 0, 0))
BENCH_PATH(smccc_version, call(SMCCC_VERSION, 0))
BENCH_PATH(psci_version, call(PSCI_VERSION, 0))
BENCH_PATH(own_call, call(HYPERCALL_COUNTER, 0))
BENCH_PATH(typer, READ(BOARD_GICD + GICD_TYPER))
BENCH_PATH(ipriorityr, READ(BOARD_GICD + GICD_IPRIORITYR + SPI / 4 * 4))
BENCH_PATH(isenabler, READ(BOARD_GICD + GICD_ISENABLER + WORD))
BENCH_PATH(isenabler_write, WRITE(BOARD_GICD + GICD_ISENABLER + WORD, gic_bit(SPI)))
BENCH_PATH(ispendr, READ(BOARD_GICD + GICD_ISPENDR + WORD))
BENCH_PATH(isactiver, READ(BOARD_GICD + GICD_ISACTIVER + WORD))
BENCH_PATH(uart_flag, READ(BOARD_UART + UARTFR))
BENCH_PATH(uart_data, WRITE(BOARD_UART + UARTDR, '.'))

const struct bench_path bench_paths[] = {
    {"nothing", nothing, false},
    {"smccc-version", smccc_version, false},
    {"psci-version", psci_version, false},
    {"own-call", own_call, true},
    {"gicd-typer", typer, false},
    {"gicd-ipriorityr", ipriorityr, false},
    {"gicd-isenabler", isenabler, false},
    {"gicd-isenabler-write", isenabler_write, false},
    {"gicd-ispendr", ispendr, false},
    {"gicd-isactiver", isactiver, false},
    {"uart-flag", uart_flag, false},
    {"uart-data", uart_data, false},
    {NULL, NULL, false},
};

void bench_init(void) {
    irq_init(NULL);
}

void bench_init_cpu(void) {
    irq_init_cpu();
    irq_enable(BOARD_TIMER_IRQ);
    cpu_set_vectors((uint64_t)bench_vectors);
}

uint64_t bench_arm(uint64_t instructions) {
    uint64_t due = timer_count() + instructions;

    timer_arm(due);
    return due;
}

static uint64_t sgi(uint32_t cpu) {
    return 1u << 24 | 1u << cpu;
}

void bench_send(enum bench_ipi kind, uint32_t cpu) {
    (void)kind;
    sysreg_write(s3_0_c12_c11_5, sgi(cpu)); /* ICC_SGI1R_EL1 */
    cpu_isb();
}

/* x0 to x3 of an instruction behind which this CPU sleeps. */
#define THEN_WAIT(instruction, first, second, third, fourth)                                       \
    register uint64_t x0 __asm__("x0") = first;                                                    \
    register uint64_t x1 __asm__("x1") = second;                                                   \
    register uint64_t x2 __asm__("x2") = third;                                                    \
    register uint64_t x3 __asm__("x3") = fourth;                                                   \
    uint64_t begin;                                                                                \
    __asm__ volatile("mrs %0, cntvct_el0\n\t" instruction "\n\tbl bench_wait"                      \
                     : "=&r"(begin), "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::SMCCC_CHANGES, "x30", \
                       "cc");                                                                      \
    return (struct interval) {                                                                     \
        begin + 1, x0                                                                              \
    }

struct interval bench_send_and_wait(enum bench_ipi kind, uint32_t cpu) {
    (void)kind;
    THEN_WAIT("msr s3_0_c12_c11_5, x0", sgi(cpu), 0, 0, 0);
}

struct interval bench_start_and_wait(uint32_t cpu, uint64_t stack) {
    THEN_WAIT("hvc #0", PSCI_CPU_ON | PSCI_64, cpu, (uint64_t)bench_start, stack);
}
