/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rt-spin - spins on every CPU at the highest real-time priority: no other program runs again there
 * where sched_rt_runtime_us is -1, and of the kernel only its interrupts do.
 */
#include "linux/programs/start.h"

#define SCHED_FIFO 1
#define PRIORITY   99
#define SIGCHLD    17
#define CPUS_MAX   64u

/*
 * It goes from CPU to CPU and leaves a child behind on each, which is of its own priority: it waits
 * there until its parent has gone on, and then spins.
 */
static int program_main(int count, char **words) {
    const int priority = PRIORITY;

    (void)count;
    (void)words;
    if (system_call(__NR_sched_setscheduler, 0, SCHED_FIFO, (long)&priority) < 0)
        return 1;
    for (unsigned int cpu = 0; cpu < CPUS_MAX; cpu++) {
        const unsigned long cpus = 1ul << cpu;

        if (system_call(__NR_sched_setaffinity, 0, sizeof cpus, (long)&cpus) < 0)
            continue; /* there is none of that number */
        if (system_call(__NR_clone, SIGCHLD, 0, 0) == 0)
            for (;;)
                __asm__ volatile("");
    }
    return 0;
}
