/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/timer.h"

#include "runtime/cpu.h"
#include "runtime/riscv64/sbi.h"
#include "runtime/test.h"
#include "runtime/timer.h"

#define READS   10000u
#define PENDING (1u << INTERRUPT_TIMER)

void timer_check_controls(uint32_t (*interrupts)(void)) {
    uint32_t before = interrupts();

    test_begin("timer-controls");
    csr_clear(sie, PENDING);
    timer_arm(timer_count());
    cpu_irq_enable();
    timer_wait_us(10);
    test_expect((csr_read(sip) & PENDING) != 0, "not pending when masked");
    csr_clear(sip, PENDING);
    test_expect((csr_read(sip) & PENDING) != 0, "sip can be written");
    timer_disarm();
    timer_wait_us(10);
    test_expect((csr_read(sip) & PENDING) == 0, "pending when off");
    csr_set(sip, PENDING);
    test_expect((csr_read(sip) & PENDING) == 0, "sip can be set");
    csr_set(sie, PENDING);
    timer_wait_us(10);
    cpu_irq_disable();
    test_equal("interrupts", interrupts(), before);
}

static void check_counters(void) {
    uint64_t begin = timer_count();
    uint64_t last = begin, last_cycle = csr_read(cycle), last_instret = csr_read(instret);

    test_begin("counters");
    for (uint32_t i = 0; i < READS; i++) {
        uint64_t now = timer_count(), now_cycle = csr_read(cycle), now_instret = csr_read(instret);

        test_expect(now >= last, "time went backwards");
        test_expect(now_cycle >= last_cycle, "cycle went backwards");
        test_expect(now_instret > last_instret, "instret stands still");
        last = now;
        last_cycle = now_cycle;
        last_instret = now_instret;
    }
    test_expect(last > begin, "time stands still");
}

/* The firmware's timer is there whether or not there is stimecmp, and is the same one. */
static void check_firmware(uint64_t period) {
    test_begin("timer-by-call");
    sbi_call(SBI_TIME, SBI_TIME_SET, timer_count() + period, 0, 0);
    test_expect((csr_read(sip) & PENDING) == 0, "it expired at once");
    timer_wait_us(2000);
    test_expect((csr_read(sip) & PENDING) != 0, "it did not expire");
    sbi_call(SBI_TIME, SBI_TIME_SET, TIMER_NEVER, 0, 0);
    test_expect((csr_read(sip) & PENDING) == 0, "it was not switched off");
    timer_disarm();
}

void timer_check_others(uint64_t period) {
    csr_clear(sie, PENDING);
    check_counters();
    check_firmware(period);
}
