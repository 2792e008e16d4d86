/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phys - finds what was put at two machine addresses before the machine started, where its memory
 * says that they are. It can't know them itself: the test's system.yaml and test.toml do.
 */
#include "arch_mmio.h"
#include "runtime/machine.h"
#include "runtime/test.h"

#define SAME    0xa0008000u /* phys: same */
#define AT_ZERO 0x8000u     /* of a region at address 0 */

void guest_main(uint64_t tree) {
    test_begin("same");
    test_equal("the word at its own address", mmio_read64(SAME), 0x600dda7a00000001);
    test_begin("at-zero");
    test_equal("the word near address 0", mmio_read64(AT_ZERO), 0x600dda7a00000002);
    test_done();
}
