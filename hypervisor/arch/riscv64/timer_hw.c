/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/hart.h"

#include "arch/cpu.h"
#include "arch/riscv64/include/csr_hw.h"
#include "vm/alarm.h"

#define NEVER UINT64_MAX

/* This core's, in machine time; its guest's only where there is no Sstc. */
static uint64_t own_deadline, guest_deadline;

/*
 * The earlier one of the hypervisor's deadline and of its guest's. False if the firmware refuses,
 * which is found out at boot: no deadline is wrong.
 */
static bool program(void) {
    uint64_t deadline = smaller(own_deadline, guest_deadline);

    if (!cpu_has(SYSTEM_ISA_SSTC))
        return firmware_call((const uint64_t[8]){deadline, [7] = SBI_TIME}).error == 0;
    WRITE_CSR(stimecmp, deadline);
    return true;
}

bool timer_init(void) {
    own_deadline = guest_deadline = NEVER;
    return program();
}

void arch_halt(void) {
    WRITE_CSR(sie, 0);
    for (;;)
        INSTRUCTION("wfi");
}

void arch_wait(void) {
    INSTRUCTION("fence rw, rw\n\twfi");
}

void arch_relax(void) {
    INSTRUCTION(".4byte 0x0100000f"); /* PAUSE */
}

uint64_t arch_clock(void) {
    return READ_CSR(time);
}

uint64_t arch_clock_frequency(void) {
    return this_cpu.system.board->riscv64.timebase;
}

void arch_timer_set(uint64_t at) {
    own_deadline = at;
    program();
}

void vcpu_set_timer(struct vcpu *vcpu, uint64_t deadline) {
    uint64_t offset = vcpu->vm->clock_offset;

    if (cpu_has(SYSTEM_ISA_SSTC)) {
        WRITE_CSR(vstimecmp, deadline);
    } else {
        CLEAR_CSR(hvip, BIT(IRQ_VSTI));
        guest_deadline = deadline > NEVER - offset ? NEVER : deadline + offset;
        program();
    }
}

void timer_fired(struct vcpu *vcpu) {
    uint64_t now = arch_clock();
    bool is_own = own_deadline <= now;

    if (guest_deadline <= now) {
        vcpu->exits[EXIT_TIMER]++;
        guest_deadline = NEVER;
        SET_CSR(hvip, BIT(IRQ_VSTI));
    }
    if (is_own) {
        vcpu->exits[EXIT_CONSOLE]++;
        own_deadline = NEVER;
    }
    program();
    if (is_own)
        alarm_fired(vcpu);
}
