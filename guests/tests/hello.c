/* SPDX-License-Identifier: Apache-2.0 */
/* hello - the smallest test guest: it starts as it should, says so and switches itself off. */
#include "tests/hello.h"

#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"
#include "runtime/test.h"
#include "runtime/timer.h"

static volatile uint32_t zeroed[64];
static volatile uint32_t loaded = 0x600dda7a;

void guest_main(uint64_t tree) {
    uint32_t sum = 0;

    console_print("hello from %s, tree at 0x%lx, %s\n", hello_level(), tree,
                  machine_is_bulkhead() ? "in a Bulkhead VM" : "on the bare machine");

    hello_check_cpu();

    test_begin("memory");
    for (uint32_t i = 0; i < sizeof zeroed / sizeof zeroed[0]; i++)
        sum |= zeroed[i];
    test_equal(".bss", sum, 0);
    test_equal(".data", loaded, 0x600dda7a);

    test_begin("counter");
    test_expect(timer_frequency() >= 1000000, "the counter's frequency is below 1 MHz");
    test_end();

    console_print("@hello cpus=%u\n", cpu_count());
    test_done();
}
