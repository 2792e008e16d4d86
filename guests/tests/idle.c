/* SPDX-License-Identifier: Apache-2.0 */
/* idle - sleeps for ever on all its CPUs and says nothing. */
#include "runtime/cpu.h"
#include "runtime/machine.h"

static void sleep_for_ever(uint64_t argument) {
    for (;;)
        cpu_wait();
}

void guest_main(uint64_t tree) {
    uint32_t count = cpu_count();

    for (uint32_t cpu = 1; cpu < count; cpu++)
        cpu_start(cpu, sleep_for_ever, 0);
    sleep_for_ever(tree);
}
