/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/hostile.h"

#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/arm64/gic.h"
#include "runtime/arm64/psci.h"
#include "runtime/cpu.h"
#include "runtime/test.h"
#include "tests/arm64/hostile_registers.h"

#define CALLS  20000u
#define ROUNDS 200u /* through the tables of registers */

/* Two vCPUs' redistributors. */
const struct hostile_device hostile_devices[] = {
    {BOARD_GICD, 0x10000},
    {BOARD_GICR, 2 * GICR_STRIDE},
    {BOARD_UART, 0x1000},
};
const uint32_t hostile_device_count = sizeof hostile_devices / sizeof hostile_devices[0];

/* Calls that end or stop this VM, or this vCPU; in all their forms. */
static const uint32_t deadly[] = {
    0x84000001, 0x84000002, 0x84000008, 0x84000009, 0x8400000b, 0x8400000c, 0x8400000e, 0x84000012,
};

void hostile_recover(void (*handler)(uint32_t irq)) {
    uint64_t sgi = gic_redistributor() + GICR_SGI;

    sysreg_write(cntv_ctl_el0, 0);
    sysreg_write(cntp_ctl_el0, 0);
    irq_init(handler);
    for (uint32_t i = 4; i < 12; i += 4) {
        mmio_write32(BOARD_GICD + GICD_ICPENDR + i, ~0u);
        mmio_write32(BOARD_GICD + GICD_ICACTIVER + i, ~0u);
    }
    mmio_write32(sgi + GICD_ICPENDR, ~0u);
    mmio_write32(sgi + GICD_ICACTIVER, ~0u);
    irq_init_cpu();
    sysreg_write(s3_0_c12_c8_4, 0);  /* ICC_AP0R0_EL1 */
    sysreg_write(s3_0_c12_c9_0, 0);  /* ICC_AP1R0_EL1 */
    sysreg_write(s3_0_c12_c12_6, 0); /* ICC_IGRPEN0_EL1 */
    cpu_isb();
}

void hostile_check_level(void) {
    test_equal("CurrentEL", sysreg_read(currentel) >> 2, 1);
}

void hostile_jump(uint64_t at) {
    __asm__ volatile("blr %0" ::"r"(at) : "x30", "memory");
}

void hostile_send(void) {
    uint64_t targets = 1 + random_below(0xffff);
    uint64_t affinity = random_below(4) == 0 ? random_below(4) << 16 : 0;
    uint64_t all = random_below(16) == 0 ? 1ull << 40 : 0;

    sysreg_write(s3_0_c12_c11_5, all | affinity | random_below(16) << 24 | targets);
}

static bool is_deadly(uint64_t id) {
    for (uint32_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++)
        if (((uint32_t)id & ~PSCI_64) == deadly[i])
            return true;
    return false;
}

/* HVC or SMC with an immediate that no convention knows, and registers as they happen to be. */
static void call_with_immediate(void) {
    static uint32_t code[2] = {0, 0xd65f03c0}; /* and RET */
    uint32_t immediate = 1 + (uint32_t)random_below(0xffff);

    /* Half of them: the fault status of an abort, with what goes with it. */
    if (random_below(2) == 0)
        immediate = 1 + immediate % 0x7ff;
    code[0] = (random_below(2) == 0 ? 0xd4000002 : 0xd4000003) | immediate << 5;
    __asm__ volatile("dc cvau, %0\n\tdsb sy\n\tic ivau, %0\n\tdsb sy\n\tisb\n\tblr %0"
                     :
                     : "r"(code)
                     : "x30", "memory");
}

/* CPU 1 is on, so that no CPU_ON can start it somewhere. */
void hostile_try_calls(void) {
    static const uint32_t likely[] = {0x84000000, 0xc4000000, 0xc6000000, 0x86000000, 0x8600ff00,
                                      0x80000000, 0x80008000, 0xc2000000, 0x04000000};

    begin_part("calls");
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

    begin_part("immediates");
    for (uint32_t i = 0; i < CALLS; i++)
        call_with_immediate();
    test_equal("undefined instructions", part_faults(), CALLS);
    end_part();
}

#define READ_REGISTER(name)    (void)sysreg_read(name);
#define WRITE_REGISTER(name)   sysreg_write(name, random_value());
#define WRITE_THREE_BITS(name) sysreg_write(name, random_below(8));
#define WRITE_OPERAND(instruction)                                                                 \
    __asm__ volatile(instruction ", %0" ::"r"(random_value()) : "x0", "x1", "x2", "x3", "memory");
#define READ_AND_WRITE(name) READ_REGISTER(name) WRITE_REGISTER(name)

/* HVC and SMC among the instructions take what x0 happens to be: 0 calls nothing. */
void hostile_try_registers(void) {
    uint64_t expected = 0;

    begin_part("el2-registers");
    for (uint32_t i = 0; i < ROUNDS; i++) {
        HOSTILE_EL2(READ_AND_WRITE)
#define COUNT_TWO(name) expected += 2;
        HOSTILE_EL2(COUNT_TWO)
#undef COUNT_TWO
    }
    test_equal("undefined instructions", part_faults(), expected);
    end_part();

    begin_part("el1-registers");
    for (uint32_t i = 0; i < ROUNDS; i++) {
        HOSTILE_EL1(READ_AND_WRITE)
        HOSTILE_THREE_BITS(WRITE_THREE_BITS)
        HOSTILE_READ(READ_REGISTER)
        HOSTILE_WRITE(WRITE_OPERAND)
    }
    end_part();
}
