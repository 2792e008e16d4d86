/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/report.h"

#include <stddef.h>

#include "arch/host/host.h"
#include "lib/print.h"
#include "lib/spinlock.h"
#include "lib/string.h"

static struct spinlock lock;

void report(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    spin_lock(&lock);
    if (host.line_count < HOST_LINES)
        format_va(host.lines[host.line_count++], HOST_LINE_SIZE, format, arguments);
    spin_unlock(&lock);
    va_end(arguments);
}

void report_flush(void) {
    record("flush");
    if (host.on_flush != NULL)
        host.on_flush();
    atomic_fetch_add(&host.flushes, 1);
}

void refuse(const char *rule, const char *format, ...) {
    va_list arguments;
    size_t size = 0;

    while (rule[size] != '\0' && size + 1 < HOST_LINE_SIZE)
        size++;
    memcpy(host.rule, rule, size);
    host.rule[size] = '\0';
    va_start(arguments, format);
    format_va(host.reason, HOST_LINE_SIZE, format, arguments);
    va_end(arguments);
    host_end(HOST_REFUSED);
}

void panic_shows(const uint64_t *registers, uint32_t count) {
    record("shows %u from %lx", count, registers[0]);
}

void panic(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    format_va(host.reason, HOST_LINE_SIZE, format, arguments);
    va_end(arguments);
    host_end(HOST_PANICKED);
}

bool host_reported(const char *line) {
    for (uint32_t i = 0; i < host.line_count; i++) {
        uint32_t at = 0;

        while (line[at] != '\0' && line[at] == host.lines[i][at])
            at++;
        if (line[at] == host.lines[i][at])
            return true;
    }
    return false;
}
