/* SPDX-License-Identifier: Apache-2.0 */
/*
 * panic.c - lib/report.h: saying things, and giving up.
 */
#include "abi/console.h"
#include "arch/cpu.h"
#include "arch/vcpu.h"
#include "dev/guest_console.h"
#include "drivers/uart.h"
#include "lib/print.h"
#include "lib/report.h"
#include "vm/control.h"
#include "vm/this_cpu.h"

/* The bound on waiting for a UART where waiting is allowed: while booting, and in panic. */
#define PATIENCE 10000000u

#define LINE_SIZE 256u

/* A new line and the hypervisor's tag (abi/console.h), whoever was speaking. */
#define OWN_VOICE "\n\x1e" CONSOLE_HYPERVISOR_NAME "| \x1f"

static void write_now(const char *text) {
    static uint32_t waited; /* in vain so far: a UART that stands still is not waited for again */

    for (; *text != '\0'; text++) {
        while (uart_room() == 0 && waited < PATIENCE)
            waited++;
        waited = waited < PATIENCE ? 0 : waited;
        if (*text == '\n')
            uart_write('\r');
        uart_write((uint8_t)*text);
    }
}

void report(const char *format, ...) {
    char text[LINE_SIZE];
    va_list arguments;
    size_t size;

    va_start(arguments, format);
    size = format_va(text, LINE_SIZE - 2, format, arguments);
    va_end(arguments);
    text[size++] = '\r';
    text[size++] = '\n';
    guest_console_report(text, size);
    guest_console_drain(this_cpu.vcpu);
    /* Until guests run nobody minds if a line goes out whole. */
    if (!this_cpu.guests_run)
        report_flush();
}

void report_flush(void) {
    uint64_t start = arch_clock();

    while (guest_console_drain(this_cpu.vcpu) && arch_clock() - start < arch_clock_frequency() / 10)
        ;
}

static void say_now(const char *prefix, const char *format, va_list arguments) {
    char text[LINE_SIZE];

    format_va(text, LINE_SIZE, format, arguments);
    write_now(prefix);
    write_now(text);
    write_now("\n");
}

void refuse(const char *rule, const char *format, ...) {
    va_list arguments;

    /* The first to find something says it; the others stand still. */
    if (this_cpu.has_siblings && atomic_exchange(&control()->halt, 1) != 0)
        arch_halt();
    write_now(OWN_VOICE "bulkhead: refused: ");
    write_now(rule);
    va_start(arguments, format);
    say_now(": ", format, arguments);
    if (this_cpu.has_siblings)
        vm_halt_all();
    arch_halt();
}

static uint32_t panicked; /* this core, how often; what it does then may fail as well, ... */
static const uint64_t *shown;
static uint32_t shown_count;

void panic_shows(const uint64_t *registers, uint32_t count) {
    shown = registers;
    shown_count = count;
}

/* In their order, four a line. */
static void list(const char *what, const uint64_t *numbers, uint32_t count) {
    char text[LINE_SIZE];

    for (uint32_t i = 0; i < count; i++) {
        format(text, LINE_SIZE, " %lx", numbers[i]);
        write_now(i % 4 == 0 ? what : "");
        write_now(text);
        write_now(i % 4 == 3 || i + 1 == count ? "\n" : "");
    }
}

/* Behind the reason. */
static void tell_state(const struct vcpu *vcpu) {
    char text[LINE_SIZE];

    list("  registers:", shown, shown_count);
    if (vcpu == NULL)
        return;
    format(text, LINE_SIZE, "  vcpu %u of vm %s, its guest last seen at %lx\n", vcpu->index,
           vcpu->vm->config->name, arch_vcpu_pc(vcpu));
    write_now(text);
    list("  exits by cause:", vcpu->exits, EXIT_CAUSES);
    list("  last traps, a digit each by cause:", &vcpu->traps, 1);
}

void panic(const char *format, ...) {
    struct vcpu *vcpu = this_cpu.vcpu;
    va_list arguments;

    panicked++;
    va_start(arguments, format);
    if (this_cpu.has_siblings && panicked <= 2)
        guest_console_seize();
    if (panicked == 1) {
        say_now(OWN_VOICE "bulkhead: panic: ", format, arguments);
        tell_state(vcpu);
    }
    /* ... but others go on, and the VM's cores stop, whatever of it can't be told. */
    if (this_cpu.has_siblings && panicked <= 2)
        guest_console_give_up(vcpu != NULL ? vcpu->vm : NULL);
    this_cpu.vcpu = NULL; /* nor does this core wait for what it held of its VM */
    if (this_cpu.has_siblings && vcpu != NULL)
        vm_lose(vcpu);
    arch_halt();
}
