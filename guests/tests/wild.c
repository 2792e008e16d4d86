/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wild - a fault without an architectural answer: the vectors lie outside the guest's memory,
 * so that the abort's own vector aborts when it is fetched, and so on for ever.
 */
#include "runtime/arm64/cpu.h"
#include "runtime/console.h"
#include "runtime/machine.h"

#define NOWHERE 0x70000000u /* far behind the memory of any test's VM */

void guest_main(uint64_t tree) {
    (void)tree;
    console_print("@wild\n");
    sysreg_write(vbar_el1, NOWHERE);
    cpu_isb();
    __asm__ volatile("ldr xzr, [%0]" ::"r"((uint64_t)NOWHERE));
    console_print("@test wild fail: a load from nowhere did not fault\n");
}
