/* SPDX-License-Identifier: Apache-2.0 */
/*
 * late - the clock's alarm rings while the VM restarts, each time a moment later: whatever it
 * meets, the new life's interrupt file is empty.
 */
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/riscv64/controller.h"
#include "runtime/test.h"

/* The board's goldfish clock; all in nanoseconds. */
#define TIME_LOW        0x00
#define TIME_HIGH       0x04
#define ALARM_LOW       0x08
#define ALARM_HIGH      0x0c
#define IRQ_ENABLED     0x10
#define CLEAR_ALARM     0x14
#define CLEAR_INTERRUPT 0x1c

#define LIVES    200
#define FIRST_NS 1500u /* from the alarm's setting ... */
#define STEP_NS  100u  /* ... and more with each life */
#define SOURCE   (BOARD_RTC_IRQ - IRQ_DEVICES)
#define IDENTITY 100u

static void handle(uint32_t irq) {
}

static void spin(uint64_t argument) {
    cpu_spin();
}

static uint64_t now(void) {
    uint64_t low = mmio_read32(BOARD_RTC + TIME_LOW);

    return low | (uint64_t)mmio_read32(BOARD_RTC + TIME_HIGH) << 32;
}

void guest_main(uint64_t tree) {
    uint64_t pending = imsic_read(IMSIC_EIP(IDENTITY));
    uint64_t life = (uint64_t)machine_restarts();
    uint64_t alarm;

    mmio_write32(BOARD_RTC + CLEAR_INTERRUPT, 1);
    mmio_write32(BOARD_RTC + CLEAR_ALARM, 1);
    if (pending != 0 || life == LIVES) {
        test_begin("late");
        test_equal("what is pending", pending, 0);
        test_equal("the life", life, LIVES);
        test_done();
    }
    irq_init(handle);
    mmio_write32(APLIC_DOMAINCFG, APLIC_DOMAINCFG_IE | APLIC_DOMAINCFG_DM);
    mmio_write32(APLIC_SOURCECFG(SOURCE), APLIC_HIGH);
    mmio_write32(APLIC_TARGET(SOURCE), IDENTITY);
    mmio_write32(APLIC_SETIENUM, SOURCE);
    cpu_start(1, spin, 0); /* which has to be called in */
    mmio_write32(BOARD_RTC + IRQ_ENABLED, 1);
    alarm = now() + FIRST_NS + life * STEP_NS;
    mmio_write32(BOARD_RTC + ALARM_HIGH, (uint32_t)(alarm >> 32));
    mmio_write32(BOARD_RTC + ALARM_LOW, (uint32_t)alarm);
    machine_reset();
}
