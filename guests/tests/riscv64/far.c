/* SPDX-License-Identifier: Apache-2.0 */
/*
 * far - memory at the ends of what Sv39x4, Sv48x4 and Sv57x4 reach, with the guest's own MMU off.
 * It says for each place whether it is RAM; a test knows which have to be.
 */
#include "arch_mmio.h"
#include "runtime/console.h"
#include "runtime/fault.h"
#include "runtime/machine.h"
#include "runtime/test.h"

#define PLACES       6u
#define LOAD_ACCESS  5u
#define STORE_ACCESS 7u

/* The last word that each mode reaches, and the first beyond it. */
static const uint64_t places[PLACES] = {
    0x1fffffffff8, 0x20000000000, 0x3fffffffffff8, 0x4000000000000, 0xfffffffffffff8, ~7ul,
};

/* Whether nothing faults there; what does is an access fault, and goes by no other name. */
static bool is_there(uint64_t place) {
    struct fault fault;

    fault_expect();
    mmio_write64(place, ~place);
    fault = fault_caught();
    if (fault.count == 0)
        return true;
    test_equal("cause of the store's fault", fault.cause, STORE_ACCESS);
    test_equal("address of the store's fault", fault.address, place);
    fault_expect();
    mmio_read64(place);
    test_equal("cause of the load's fault", fault_caught().cause, LOAD_ACCESS);
    return false;
}

void guest_main(uint64_t tree) {
    bool there[PLACES];

    test_begin("far");
    for (unsigned i = 0; i < PLACES; i++)
        there[i] = is_there(places[i]);
    /* What was stored at one place is still there: none is another's memory. */
    for (unsigned i = 0; i < PLACES; i++)
        if (there[i])
            test_equal("what was stored", mmio_read64(places[i]), ~places[i]);
    test_end();
    for (unsigned i = 0; i < PLACES; i++)
        console_print("@far 0x%lx %s\n", places[i], there[i] ? "ram" : "nothing");
    test_done();
}
