/* SPDX-License-Identifier: Apache-2.0 */
/* repeat - repeats each line that is typed to it, and switches itself off when one says "off". */
#include "runtime/console.h"
#include "runtime/machine.h"
#include "runtime/timer.h"

#define LINE_SIZE 64u

static char line[LINE_SIZE];

/* Without its end; what is too long is cut. */
static void read_line(void) {
    uint32_t used = 0;

    for (int byte = 0; byte != '\n'; byte = console_get()) {
        if (byte > 0 && used < LINE_SIZE - 1)
            line[used++] = (char)byte;
        if (byte < 0)
            timer_wait_us(100);
    }
    line[used] = '\0';
}

void guest_main(uint64_t tree) {
    console_print("@repeat ready\n");
    for (;;) {
        read_line();
        console_print("@repeat %s\n", line);
        if (line[0] == 'o' && line[1] == 'f' && line[2] == 'f')
            machine_off();
    }
}
