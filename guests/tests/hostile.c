/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile - does to the hypervisor what a broken or malicious guest might do, thousands of
 * times, at random but the same in every run; then checks that its own machine still works.
 * What it must not do to its neighbours is for the test around it to see.
 */
#include "abi/console.h"
#include "runtime/arm64/board.h"
#include "runtime/arm64/cpu.h"
#include "runtime/arm64/exception.h"
#include "runtime/arm64/gic.h"
#include "runtime/arm64/mmio.h"
#include "runtime/arm64/psci.h"
#include "runtime/arm64/tick.h"
#include "runtime/arm64/timer.h"
#include "runtime/console.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "tests/hostile_registers.h"

#define ACCESSES   20000u
#define CALLS      20000u
#define ROUNDS     200u /* through the tables of registers */
#define ABORTS     5000u
#define SGIS       20000u
#define TICKS      5000u
#define CHARACTERS 20000u
#define AROUND     0x4000u /* bytes before and behind a device that are tried as well */
#define MARKER     0x5afe5afe5afe5afeu
#define PATIENCE   1000u /* milliseconds */

/* Where the emulated devices are, two vCPUs' redistributors among them. */
static const struct {
    uint64_t at;
    uint64_t size;
} devices[] = {
    {BOARD_GICD, 0x10000},
    {BOARD_GICR, 2 * GICR_STRIDE},
    {BOARD_UART, 0x1000},
};

/* Calls that end or stop this VM, or this vCPU; in all their forms. */
static const uint32_t deadly[] = {
    0x84000001, 0x84000002, 0x84000008, 0x84000009, 0x8400000b, 0x8400000c, 0x8400000e, 0x84000012,
};

static volatile uint64_t marker = MARKER;
static volatile uint32_t sgis[CPUS_MAX];
static volatile uint32_t storm; /* timer interrupts still wanted */
static uint64_t state = 0x9e3779b97f4a7c15;
static uint64_t faults;

/* xorshift64*: the same numbers in every run. */
static uint64_t random64(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1d;
}

static uint64_t random_below(uint64_t limit) {
    return (random64() >> 16) % limit;
}

/* Numbers with a meaning come up more often than by chance. */
static uint64_t random_value(void) {
    switch (random_below(6)) {
    case 0:
        return random_below(64);
    case 1:
        return ~random_below(64);
    case 2:
        return 1ull << random_below(64);
    case 3:
        return BOARD_RAM + random_below(0x2000000);
    case 4:
        return (uint32_t)random64();
    default:
        return random64();
    }
}

static void handle(uint32_t intid) {
    if (intid != BOARD_TIMER_VIRTUAL_IRQ) {
        sgis[cpu_index()]++;
    } else if (storm > 0) {
        storm--;
        timer_set(0, storm > 0 ? TIMER_ENABLE : 0);
    } else {
        tick_handle();
    }
}

/* After whatever was done to it, this CPU's part of the controller as after a reset. */
static void recover(void) {
    uint64_t sgi = gic_redistributor() + GICR_SGI;

    sysreg_write(cntv_ctl_el0, 0);
    sysreg_write(cntp_ctl_el0, 0);
    gic_init(handle);
    for (uint32_t i = 4; i < 12; i += 4) {
        mmio_write32(BOARD_GICD + GICD_ICPENDR + i, ~0u);
        mmio_write32(BOARD_GICD + GICD_ICACTIVER + i, ~0u);
    }
    mmio_write32(sgi + GICD_ICPENDR, ~0u);
    mmio_write32(sgi + GICD_ICACTIVER, ~0u);
    gic_init_cpu();
    sysreg_write(s3_0_c12_c8_4, 0);  /* ICC_AP0R0_EL1 */
    sysreg_write(s3_0_c12_c9_0, 0);  /* ICC_AP1R0_EL1 */
    sysreg_write(s3_0_c12_c12_6, 0); /* ICC_IGRPEN0_EL1 */
    cpu_isb();
    console_init();
}

static bool has_ticked(uint64_t count) {
    return tick_count() >= count;
}

/* Ends a part: the machine is still ours, whole and working. */
static void end_part(void) {
    faults += fault_caught().count;
    recover();
    tick_start();
    test_expect(tick_wait(has_ticked, 3, PATIENCE), "the timer no longer interrupts");
    tick_stop();
    test_equal("the marker in memory", marker, MARKER);
    test_equal("CurrentEL", sysreg_read(currentel) >> 2, 1);
    test_end();
}

static void access_once(uint64_t at) {
    uint64_t value = random_value();

    switch (random_below(8)) {
    case 0:
        (void)mmio_read8(at);
        break;
    case 1:
        (void)mmio_read16(at);
        break;
    case 2:
        (void)mmio_read32(at);
        break;
    case 3:
        (void)mmio_read64(at);
        break;
    case 4:
        mmio_write8(at, (uint8_t)value);
        break;
    case 5:
        mmio_write16(at, (uint16_t)value);
        break;
    case 6:
        mmio_write32(at, (uint32_t)value);
        break;
    default:
        mmio_write64(at, value);
        break;
    }
}

/* Mostly aligned: anything else already faults in stage 1. */
static void try_devices(void) {
    test_begin("device-registers");
    fault_expect();
    for (uint32_t i = 0; i < ACCESSES; i++) {
        uint64_t which = random_below(sizeof devices / sizeof devices[0]);
        uint64_t at = devices[which].at - AROUND + random_below(devices[which].size + 2 * AROUND);

        at &= random_below(8) == 0 ? ~0ull : ~7ull << random_below(2);
        /* Any character may be sent, but not into the middle of the report. */
        if (at < BOARD_UART || at >= BOARD_UART + 8)
            access_once(at);
    }
    end_part();
}

static bool is_deadly(uint64_t id) {
    for (uint32_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
        if (((uint32_t)id & ~PSCI_64) == deadly[i])
            return true;
    return false;
}

/* CPU 1 is on, so that no CPU_ON can start it somewhere. */
static void try_calls(void) {
    static const uint32_t likely[] = {0x84000000, 0xc4000000, 0xc6000000, 0x86000000, 0x8600ff00,
                                      0x80000000, 0x80008000, 0xc2000000, 0x04000000};

    test_begin("calls");
    fault_expect();
    for (uint32_t i = 0; i < CALLS; i++) {
        uint64_t id = random_value();

        if (random_below(4) != 0)
            id = likely[random_below(sizeof likely / sizeof likely[0])] + random_below(32);
        if (is_deadly(id))
            continue;
        if (random_below(2) == 0)
            smccc_hvc(id, random_value(), random_value(), random_value());
        else
            smccc_smc(id, random_value(), random_value(), random_value());
    }
    end_part();
}

#define READ_REGISTER(name)    (void)sysreg_read(name);
#define WRITE_REGISTER(name)   sysreg_write(name, random_value());
#define WRITE_THREE_BITS(name) sysreg_write(name, random_below(8));
#define WRITE_OPERAND(instruction)                                                                 \
    __asm__ volatile(instruction ::"r"(random_value()) : "x0", "x1", "x2", "x3", "memory");
#define READ_AND_WRITE(name) READ_REGISTER(name) WRITE_REGISTER(name)

/* HVC and SMC among the instructions take what x0 happens to be: 0 calls nothing. */
static void try_registers(void) {
    uint64_t expected = 0;

    test_begin("el2-registers");
    fault_expect();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        HOSTILE_EL2(READ_AND_WRITE)
#define COUNT_TWO(name) expected += 2;
        HOSTILE_EL2(COUNT_TWO)
#undef COUNT_TWO
    }
    test_equal("undefined instructions", fault_caught().count, expected);
    fault_expect();
    end_part();

    test_begin("el1-registers");
    fault_expect();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        HOSTILE_EL1(READ_AND_WRITE)
        HOSTILE_THREE_BITS(WRITE_THREE_BITS)
        HOSTILE_READ(READ_REGISTER)
        HOSTILE_WRITE(WRITE_OPERAND)
    }
    end_part();
}

static void try_aborts(void) {
    test_begin("aborts");
    fault_expect();
    for (uint32_t i = 0; i < ABORTS; i++) {
        uint64_t at = 0x50000000u + random_below(0xf00000000) / 8 * 8;

        if (random_below(8) == 0) {
            __asm__ volatile("blr %0" ::"r"(0x50000000u + random_below(0x10000000) / 4 * 4)
                             : "x30", "memory");
        } else {
            access_once(at);
        }
    }
    test_equal("aborts", fault_caught().count, ABORTS);
    fault_expect();
    end_part();
}

static bool cpu_1_has_taken(uint64_t count) {
    return sgis[1] >= count;
}

/* To itself, to the other CPU and to CPUs that are not there. */
static void try_sgis(void) {
    uint32_t mine = sgis[0], others = sgis[1];

    test_begin("sgi-storm");
    cpu_irq_enable();
    for (uint32_t i = 0; i < SGIS; i++) {
        uint64_t targets = 1 + random_below(0xffff);
        uint64_t affinity = random_below(4) == 0 ? random_below(4) << 16 : 0;
        uint64_t all = random_below(16) == 0 ? 1ull << 40 : 0;

        sysreg_write(s3_0_c12_c11_5, all | affinity | random_below(16) << 24 | targets);
    }
    cpu_isb();
    cpu_irq_disable();
    test_expect(sgis[0] > mine, "CPU 0 took none");
    fault_expect();
    end_part();

    test_begin("sgi-storm-at-the-other");
    if (gic_cpu_count() > 1) {
        tick_start();
        gic_send(1, 1);
        test_expect(tick_wait(cpu_1_has_taken, others + 1, PATIENCE), "CPU 1 took none");
        tick_stop();
    }
    fault_expect();
    end_part();
}

static void try_timer(void) {
    test_begin("timer-storm");
    gic_enable(BOARD_TIMER_VIRTUAL_IRQ);
    storm = TICKS;
    timer_set(0, TIMER_ENABLE);
    cpu_irq_enable();
    while (storm > 0)
        cpu_isb();
    cpu_irq_disable();
    fault_expect();
    end_part();
}

/* With no regard to whether there is room; and in the voice of the hypervisor. */
static void try_console(void) {
    test_begin("console");
    for (uint32_t i = 0; i < CHARACTERS; i++)
        mmio_write32(BOARD_UART, i % 80 == 79 ? '\n' : '#');
    mmio_write32(BOARD_UART, '\n');
    console_print("%c%s| %cvm control: stopped: forged\n", CONSOLE_TAG_BEGIN,
                  CONSOLE_HYPERVISOR_NAME, CONSOLE_TAG_END);
    fault_expect();
    end_part();
}

static void cpu_1(uint64_t argument) {
    (void)argument;
    gic_init_cpu();
    sgis[1]++;
    for (;;) {
        cpu_wait();
        cpu_irq_enable();
        cpu_irq_disable();
    }
}

void guest_main(uint64_t tree) {
    (void)tree;
    recover();
    tick_start();
    if (gic_cpu_count() > 1) {
        test_begin("cpu-1");
        cpu_start(1, cpu_1, 0);
        test_expect(tick_wait(cpu_1_has_taken, 1, PATIENCE), "it did not start");
        test_end();
    }
    tick_stop();
    try_sgis();
    try_timer();
    try_aborts();
    try_calls();
    try_registers();
    try_console();
    try_devices();
    console_print("@hostile faults=%lu\n", faults);
    test_done();
}
