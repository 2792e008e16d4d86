/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-ctl - stops, starts, restarts and watches the VMs that this one manages. */
#include "linux/bulkhead/call.h"
#include "linux/programs/ctl.h"
#include "linux/programs/start.h"

#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/time_types.h>
#include <stdbool.h>

static long device = -ENODEV;

static int call(uint32_t number, uint64_t first, uint64_t second, uint64_t *value) {
    struct bulkhead_call call = {.number = number, .first = first, .second = second};
    long error = device < 0 ? device : system_call(__NR_ioctl, device, BULKHEAD_CALL, (long)&call);

    *value = call.value;
    return (int)-error;
}

static void pause(uint32_t ms) {
    const struct __kernel_timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    system_call(__NR_nanosleep, (long)&time, 0, 0);
}

static bool failed; /* what could not be written */

static void write(int file, const char *text, size_t size) {
    while (size != 0) {
        long written = system_call(__NR_write, file, (long)text, (long)size);

        failed = failed || written <= 0;
        if (written <= 0)
            return;
        text += written;
        size -= (size_t)written;
    }
}

static int program_main(int count, char **words) {
    const struct ctl ctl = {call, pause, write};

    device = system_call(__NR_openat, AT_FDCWD, (long)BULKHEAD_DEVICE, O_RDWR);
    int code = ctl_run(&ctl, words + (count > 0));
    return code == 0 && failed ? 1 : code;
}
