/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wiped - looks at the boot loader's own tree, which is in memory of this VM that is found as it
 * was (`phys:`): its seeds must be gone, and nothing else.
 */
#include <stddef.h>

#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/tree.h"

#define LEFT 0xa0000000u /* where the test's system.yaml has that memory */

static bool is_zero(const uint8_t *bytes, uint32_t size) {
    uint32_t i = 0;

    while (i < size && bytes[i] == 0)
        i++;
    return i == size;
}

/* Of some boards only the one or the other is there at all. */
static uint32_t check(const char *name) {
    uint32_t size = 0;
    const uint8_t *value = tree_property(LEFT, "/chosen", name, &size);

    if (value != NULL)
        test_expect(is_zero(value, size), name);
    return size;
}

void guest_main(uint64_t tree) {
    uint32_t size = 0;

    test_begin("wiped");
    test_expect(check("kaslr-seed") + check("rng-seed") >= 32, "there were no seeds");
    test_begin("stdout-path");
    test_expect(tree_property(LEFT, "/chosen", "stdout-path", &size) != NULL && size > 1,
                "the rest of the tree is gone");
    test_done();
}
