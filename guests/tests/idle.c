/* SPDX-License-Identifier: Apache-2.0 */
/* idle - sleeps for ever and says nothing. */
#include "runtime/arm64/cpu.h"
#include "runtime/machine.h"

void guest_main(uint64_t tree)
{
    (void)tree;
    for (;;) {
        cpu_wait();
    }
}
