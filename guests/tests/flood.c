/* SPDX-License-Identifier: Apache-2.0 */
/* flood - writes to its console for ever, as fast as that takes it: half of it with regard to
 * whether there is room, half without. */
#include "runtime/console.h"
#include "runtime/machine.h"

void guest_main(uint64_t tree) {
    for (uint64_t line = 0;; line++) {
        console_print("@flood line=%lu\n", line);
        for (uint32_t i = 0; i < 64; i++)
            console_force(i == 63 ? '\n' : '.');
    }
}
