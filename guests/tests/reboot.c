/* SPDX-License-Identifier: Apache-2.0 */
/* reboot - restarts itself at once, for ever. */
#include "runtime/console.h"
#include "runtime/machine.h"

void guest_main(uint64_t tree) {
    console_print("@reboot restarts=%ld\n", machine_restarts());
    machine_reset();
}
