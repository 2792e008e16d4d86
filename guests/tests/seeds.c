/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seeds - says in each of three lives which seeds its device tree has; that no value comes twice is
 * the test's to see.
 */
#include "runtime/console.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/tree.h"

#define RESTARTS 2

/* One line for each 8 bytes, so that what two of them share is seen too. */
static void say(uint64_t tree, const char *name, uint32_t wanted) {
    uint32_t size = 0;
    const uint8_t *value = tree_property(tree, "/chosen", name, &size);

    if (value == NULL) {
        console_print("@seeds no %s\n", name);
        return;
    }
    test_equal("its size", size, wanted);
    for (uint32_t at = 0; at < size; at += 8) {
        console_print("@seed %s ", name);
        for (uint32_t i = at; i < at + 8 && i < size; i++)
            console_print("%02x", value[i]);
        console_print("\n");
    }
}

void guest_main(uint64_t tree) {
    int64_t life = machine_restarts();

    test_begin("seeds");
    say(tree, "kaslr-seed", 8);
    say(tree, "rng-seed", 32);
    test_end();
    if (life >= 0 && life < RESTARTS)
        machine_reset();
    test_done();
}
