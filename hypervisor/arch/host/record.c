/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/host/host.h"
#include "lib/print.h"
#include "lib/spinlock.h"

/* Room that is left when the record counts as full. */
#define LONGEST 64u

static struct spinlock lock;

void record(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    spin_lock(&lock);
    if (host.record_size + LONGEST < HOST_RECORD_SIZE) {
        if (host.record_size > 0) {
            host.record[host.record_size++] = ';';
            host.record[host.record_size++] = ' ';
        }
        host.record_size +=
            format_va(host.record + host.record_size, LONGEST - 2, format, arguments);
    }
    spin_unlock(&lock);
    va_end(arguments);
}

const char *recorded(void) {
    static char last[HOST_RECORD_SIZE];

    spin_lock(&lock);
    for (uint64_t i = 0; i < HOST_RECORD_SIZE; i++)
        last[i] = host.record[i];
    last[host.record_size] = '\0';
    host.record_size = 0;
    spin_unlock(&lock);
    return last;
}
