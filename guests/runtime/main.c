/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/console.h"
#include "runtime/machine.h"

void runtime_main(uint64_t tree, uint64_t from_el2);

/* The boot CPU's first C function, called by start.S. */
void runtime_main(uint64_t tree, uint64_t from_el2) {
    machine_init(from_el2 != 0);
    console_init(tree);
    guest_main(tree);
    machine_off();
}
