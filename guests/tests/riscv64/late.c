/* SPDX-License-Identifier: Apache-2.0 */
/*
 * late - the clock's alarm rings while the VM restarts, each time a moment later: whatever it
 * meets, the new life's interrupt file is empty.
 */
#include "runtime/cpu.h"
#include "runtime/irq.h"
#include "runtime/machine.h"
#include "runtime/riscv64/controller.h"
#include "runtime/rtc.h"
#include "runtime/test.h"

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

void guest_main(uint64_t tree) {
    uint64_t pending = imsic_read(IMSIC_EIP(IDENTITY));
    uint64_t life = (uint64_t)machine_restarts();

    rtc_acknowledge();
    mmio_write32(RTC_CLEAR_ALARM, 1);
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
    rtc_enable(true);
    rtc_set_alarm(rtc_now() + FIRST_NS + life * STEP_NS);
    machine_reset();
}
