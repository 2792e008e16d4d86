/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated UART of a VM between its guest, the console and the keyboard. */
#include "hypervisor/support.h"

#include "abi/boot_record.h"
#include "abi/console.h"
#include "dev/guest_console.h"
#include "hypervisor/small_system.h"
#include "irq/irq.h"
#include "vm/alarm.h"
#include "vm/control.h"
#include "vm/this_cpu.h"

#define DR     0x00u
#define FR     0x18u
#define IMSC   0x38u
#define RX     (1u << 4)
#define TX     (1u << 5)
#define RXFE   (1u << 4)
#define ESCAPE "\x1d"
#define MS     UINT64_C(1000)
#define RETRY  2300u /* as guest_console.c has it, at a clock of 1 MHz */

static struct vm linux_vm, control_vm;
static struct vuart linux_uart, control_uart;
static struct vcpu *const linux_vcpu = &linux_vm.vcpus[0];
static struct vcpu *const control_vcpu = &control_vm.vcpus[0];

BEFORE_EACH(begin) {
    small_begin();
    host_uart_reset();
    host_space_open();
    small.vms[CONTROL].console = SYSTEM_VM_CONSOLE_PL011;
    small.vms[CONTROL].console_at = CONSOLE_AT;
    small.vms[CONTROL].console_irq = CONSOLE_IRQ;
    small_create(&linux_vm, LINUX);
    small_create(&control_vm, CONTROL);
    memset(&linux_uart, 0, sizeof(linux_uart));
    memset(&control_uart, 0, sizeof(control_uart));
    guest_console_create(&linux_vm, &linux_uart);
    guest_console_create(&control_vm, &control_uart);
    vm_reset_console(&linux_vm);
    vm_reset_console(&control_vm);
    host.clock = 1000 * MS;
    guest_console_attach(&small.system);
}

/* This core's state outlives a test: empties its queue, reads what the last one left typed. */
AFTER_EACH(end) {
    host_uart_reset();
    for (unsigned i = 0; i < 100; i++, host.clock += 100 * MS)
        guest_console_drain(NULL);
    control()->focus = CONTROL;
    irq_handle_console(linux_vcpu);
    alarm_console(linux_vcpu);
    assert_false(guest_console_drain(NULL));
}

static uint64_t read(struct vcpu *vcpu, uint64_t offset) {
    return vcpu->vm->ranges[VM_CONSOLE].device->read(vcpu, offset, 4);
}

static void write(struct vcpu *vcpu, uint64_t offset, uint64_t value) {
    vcpu->vm->ranges[VM_CONSOLE].device->write(vcpu, offset, 4, value);
}

static void print(struct vcpu *vcpu, const char *text) {
    for (; *text != '\0'; text++)
        write(vcpu, DR, (uint8_t)*text);
}

/* What the guest has received, read out of its FIFO. */
static const char *received(struct vcpu *vcpu) {
    static char text[VUART_FIFO_SIZE + 1];
    unsigned size = 0;

    while ((read(vcpu, FR) & RXFE) == 0)
        text[size++] = (char)read(vcpu, DR);
    text[size] = '\0';
    return text;
}

static void expect_heard(struct vcpu *vcpu, const char *text) {
    irq_handle_console(vcpu);
    assert_string_equal(received(vcpu), text);
}

static bool was_written(const char *text) {
    return host_uart.out_size == strlen(text) && memcmp(host_uart.out, text, strlen(text)) == 0;
}

TEST(it_lies_where_the_system_says) {
    const struct mmio_range *range = mmio_find(&linux_vm, CONSOLE_AT + 0xfff);

    assert_int_equal(range->at, CONSOLE_AT);
    assert_int_equal(range->size, 0x1000);
    assert_int_equal(range->first, 0);
    /* Where it has none but by calls, there are no registers. */
    small.vms[LINUX].console_irq = 0;
    small_create(&linux_vm, LINUX);
    guest_console_create(&linux_vm, &linux_uart);
    assert_ptr_equal(linux_vm.uart, &linux_uart);
    assert_null(mmio_find(&linux_vm, small.vms[LINUX].console_at));
}

static void drain_all(void) {
    while (guest_console_drain(linux_vcpu))
        host.clock += 30 * MS;
}

TEST(the_hypervisors_line_goes_out_whole_or_not_at_all) {
    static const char line[] = "vm linux: started\r\n";
    char huge[RING_SIZE + 2];

    guest_console_report(line, sizeof(line) - 1);
    assert_false(guest_console_drain(linux_vcpu));
    assert_true(was_written("\x1e"
                            "bulkhead| \x1fvm linux: started\r\n"));
    memset(huge, 'x', sizeof(huge));
    guest_console_report(huge, sizeof(huge));
    assert_false(guest_console_drain(NULL));
    /* One that fills it exactly, ... */
    guest_console_report(huge, RING_SIZE);
    assert_true(guest_console_drain(NULL));
    drain_all();
    host_uart.out_size = 0;
    /* ... and one that leaves no room for the second. */
    guest_console_report(huge, RING_SIZE - 5);
    guest_console_report(line, sizeof(line) - 1);
    guest_console_report("\r\n", 2);
    drain_all();
    assert_int_equal(host_uart.out_size, RING_SIZE - 5 + 2);
}

static const struct console_line *line(void) {
    return (const struct console_line *)(SPACE_CONTROL + PAGE_SIZE);
}

/* By their ids speakers are told apart, over all VMs and cores. */
TEST(each_speaker_has_an_id_of_its_own) {
    uint32_t seen = 0;

    for (uint32_t core = 0; core < SYSTEM_CPUS_MAX; core++) {
        this_cpu.index = core;
        host.clock += 100 * MS;
        guest_console_report("x\r\n", 3);
        guest_console_drain(NULL);
        assert_true(line()->speaker > SYSTEM_VMS_MAX && line()->speaker < 32);
        assert_int_equal(seen >> line()->speaker & 1, 0);
        seen |= 1u << line()->speaker;
    }
    host.clock += 100 * MS;
    print(linux_vcpu, "x\n");
    assert_int_equal(line()->speaker, linux_uart.speaker.id);
    assert_true(linux_uart.speaker.id > 0 && linux_uart.speaker.id <= SYSTEM_VMS_MAX);
    assert_int_not_equal(linux_uart.speaker.id, control_uart.speaker.id);
}

TEST(what_must_wait_is_tried_again) {
    host_uart.room = 0;
    print(linux_vcpu, "slow\n");
    assert_true(host.timers_armed > 0);
    assert_int_equal(host.timer - host.clock, RETRY);
    host_uart.room = UINT32_MAX;
    host.timers_armed = 0;
    alarm_console(linux_vcpu);
    assert_true(was_written("\x1elinux| \x1fslow\n"));
    assert_int_equal(host.timers_armed, 0); /* nothing is left */
    /* The same for the hypervisor's own line, on the core of a VM that has nothing to say. */
    host.clock += 100 * MS;
    host_uart.room = 0;
    guest_console_report("own\r\n", 5);
    guest_console_drain(linux_vcpu);
    assert_int_equal(host.timers_armed, 1);
    linux_vm.uart = NULL;
    guest_console_drain(linux_vcpu);
    assert_int_equal(host.timers_armed, 2);
}

TEST(what_only_waits_is_left_to_the_timer) {
    print(linux_vcpu, "a");
    assert_int_equal(host.timers_armed, 1);
    host.clock += MS;
    print(linux_vcpu, "b");
    assert_int_equal(host.timers_armed, 1);
    /* One that should have fired is not relied on. */
    host.clock += RETRY - MS;
    print(linux_vcpu, "c");
    assert_int_equal(host.timers_armed, 2);
    alarm_console(linux_vcpu);
    assert_int_equal(host.timers_armed, 3);
    assert_int_equal(host_uart.out_size, 0);
}

TEST(the_timer_comes_behind_the_lines_end) {
    print(linux_vcpu, "a");
    assert_int_equal(host.timers_armed, 1);
    host.clock += 50;
    print(linux_vcpu, "\n");
    assert_int_equal(host.timers_armed, 2);
    alarm_console(linux_vcpu);
    assert_int_equal(host.timers_armed, 2);
}

TEST(what_is_due_does_not_wait_for_the_timer) {
    char half[RING_SIZE / 2 + 1] = "";

    print(linux_vcpu, "a\n");
    assert_true(was_written("\x1elinux| \x1f"
                            "a\n"));
    /* Nor does who has the line, ... */
    print(linux_vcpu, "b");
    assert_true(was_written("\x1elinux| \x1f"
                            "a\nb"));
    /* ... nor who has much to say. */
    host.clock += 200 * MS;
    host_uart.out_size = 0;
    memset(half, 'x', RING_SIZE / 2);
    print(control_vcpu, half);
    assert_int_equal(host_uart.out_size, CONSOLE_BURST);
}

TEST(the_controller_hears_of_changes_only) {
    write(linux_vcpu, IMSC, RX);
    host_uart_type("ab");
    irq_handle_console(linux_vcpu);
    assert_true(host.level);
    host.level_number = 0;
    assert_int_equal(read(linux_vcpu, DR), 'a');
    write(linux_vcpu, DR, 'x');
    alarm_console(linux_vcpu);
    assert_int_equal(host.level_number, 0);
    assert_int_equal(read(linux_vcpu, DR), 'b');
    assert_int_equal(host.level_number, CONSOLE_IRQ);
    assert_false(host.level);
    /* The next life begins with a controller that has heard nothing. */
    host_uart_type("c");
    irq_handle_console(linux_vcpu);
    vm_reset_console(&linux_vm);
    host.level = false;
    write(linux_vcpu, IMSC, RX);
    host_uart_type("d");
    irq_handle_console(linux_vcpu);
    assert_true(host.level);
}

TEST(flags_are_read_without_the_lock) {
    const uint32_t tickets = linux_vm.uart_lock.next;

    host_uart_type("a");
    assert_int_equal(read(linux_vcpu, FR) & RXFE, RXFE);
    assert_int_equal(linux_vm.uart_lock.next, tickets);
    read(linux_vcpu, DR); /* which changes something */
    assert_int_equal(linux_vm.uart_lock.next, tickets + 1);
    assert_int_equal(linux_vm.uart_lock.serving, tickets + 1);
}

TEST(a_core_has_something_left_until_all_is_written) {
    host_uart.room = 0;
    print(linux_vcpu, "text\n");
    assert_true(guest_console_drain(linux_vcpu));
    assert_false(guest_console_drain(control_vcpu));
    host_uart.room = UINT32_MAX;
    assert_false(guest_console_drain(linux_vcpu));
}

TEST(an_exit_is_bounded) {
    host_uart.room = 0;
    for (unsigned i = 0; i < RING_SIZE; i++)
        write(linux_vcpu, DR, i % 60 == 59 ? '\n' : 'x');
    host_uart.room = UINT32_MAX;
    for (unsigned i = 0; i < 5; i++) {
        uint32_t before = host_uart.out_size;

        alarm_console(linux_vcpu);
        assert_int_equal(host_uart.out_size - before, CONSOLE_BURST);
    }
}

TEST(the_transmit_interrupt_follows_the_line) {
    host_uart.room = 0;
    write(linux_vcpu, IMSC, TX);
    for (unsigned i = 0; i < RING_SIZE; i++)
        write(linux_vcpu, DR, '\n');
    assert_int_equal(host.level_number, CONSOLE_IRQ);
    assert_false(host.level);
    host_uart.room = UINT32_MAX;
    for (unsigned i = 0; i < 12; i++)
        alarm_console(linux_vcpu);
    assert_true(host.level);
}

TEST(what_is_typed_goes_to_the_first_vm) {
    assert_int_equal(control()->focus, 0);
    assert_int_equal(host.routed_number, 33);
    assert_int_equal(host.routed_cpu, 0);
    assert_int_equal(host.enabled_number, 33);
    assert_true(host_uart.interrupt);
    write(linux_vcpu, IMSC, RX);
    host_uart_type("ls\r");
    irq_handle_console(linux_vcpu);
    assert_true(host.level);
    assert_string_equal(received(linux_vcpu), "ls\r");
    assert_false(host.level);
    assert_string_equal(received(control_vcpu), "");
    assert_true(host_uart.interrupt);
}

TEST(the_escape_changes_who_is_typed_to) {
    host_uart_type("a" ESCAPE "1b");
    expect_heard(linux_vcpu, "a");
    assert_int_equal(control()->focus, 1);
    assert_int_equal(host.routed_cpu, 3);
    /* The rest is for the other's core. */
    expect_heard(linux_vcpu, "");
    expect_heard(control_vcpu, "b");
    host_uart_type(ESCAPE "0c");
    irq_handle_console(control_vcpu);
    expect_heard(linux_vcpu, "c");
    assert_int_equal(host.routed_cpu, 0);
}

TEST(the_escape_twice_sends_one) {
    host_uart_type(ESCAPE ESCAPE "x");
    expect_heard(linux_vcpu, ESCAPE "x");
    host_uart.in[host_uart.in_size++] = '\0'; /* which is a byte like any other */
    irq_handle_console(linux_vcpu);
    assert_int_equal(host_uart.in_read, host_uart.in_size);
    assert_int_equal(linux_uart.received_count, 1);
    assert_string_equal(received(linux_vcpu), "");
    /* Also in two pieces. */
    host_uart_type(ESCAPE);
    expect_heard(linux_vcpu, "");
    host_uart_type("1");
    irq_handle_console(linux_vcpu);
    assert_int_equal(control()->focus, 1);
}

TEST(an_escape_to_nobody_is_dropped) {
    host_uart_type(ESCAPE "2" ESCAPE "9" ESCAPE "/" ESCAPE "q" ESCAPE "\x01y");
    irq_handle_console(linux_vcpu);
    assert_int_equal(control()->focus, 0);
    assert_string_equal(received(linux_vcpu), "y");
}

static void type_many(void) {
    for (unsigned i = 0; i < 2 * VUART_FIFO_SIZE; i++)
        host_uart_type(i % 2 == 0 ? "o" : "e");
}

/* Interrupts, or looks by the timer in their place, until the interrupt is on (or off). */
static unsigned receive_until(bool on) {
    unsigned calls = 0;

    while (host_uart.interrupt != on && calls++ < 1000)
        on ? alarm_console(linux_vcpu) : irq_handle_console(linux_vcpu);
    return calls;
}

TEST(a_guest_that_does_not_read_is_waited_for) {
    type_many();
    assert_int_equal(receive_until(false), 9);
    assert_int_equal(host_uart.in_read, VUART_FIFO_SIZE); /* the rest stays in the real FIFO */
    assert_false(host_uart.interrupt);                    /* which does not ask again, ... */
    assert_true(host.timers_armed > 0);                   /* ... the timer does */
    assert_int_equal(strlen(received(linux_vcpu)), VUART_FIFO_SIZE);
    alarm_console(linux_vcpu);
    assert_int_equal(strlen(received(linux_vcpu)), VUART_FIFO_SIZE);
    alarm_console(linux_vcpu);
    assert_true(host_uart.interrupt);
    assert_int_equal(host_uart.in_read, host_uart.in_size);
}

TEST(but_not_for_ever) {
    type_many();
    receive_until(false);
    host_uart_type(ESCAPE "1hello");
    for (unsigned i = 0; i < 55; i++) /* an eighth of a second */
        alarm_console(linux_vcpu);
    assert_int_equal(host_uart.in_read, VUART_FIFO_SIZE);
    alarm_console(linux_vcpu);
    irq_handle_console(linux_vcpu);
    assert_int_equal(control()->focus, 1);
    /* The next VM hears of what follows, and by the interrupt. */
    assert_true(host_uart.interrupt);
    expect_heard(control_vcpu, "hello");
    assert_true(host_uart.interrupt);
    /* And nobody's timer goes on for nothing. */
    host.timers_armed = 0;
    alarm_console(linux_vcpu);
    assert_int_equal(host.timers_armed, 0);
    assert_true(host_uart.interrupt);
}

TEST(a_vm_without_console_is_not_typed_to) {
    small.vms[CONTROL].console = SYSTEM_VM_CONSOLE_NONE;
    host_uart_type(ESCAPE "1still here");
    irq_handle_console(linux_vcpu);
    assert_int_equal(control()->focus, 0);
    assert_string_equal(received(linux_vcpu), "still here");
}

TEST(a_uart_that_interrupts_for_nothing_is_polled) {
    assert_int_equal(receive_until(false), 8);
    assert_int_equal(host.timer - host.clock, RETRY);
    /* A tenth of a second later it is believed again, and once is enough then. */
    assert_int_equal(receive_until(true), 56);
    host.timers_armed = 0;
    alarm_console(linux_vcpu);
    assert_int_equal(host.timers_armed, 0);
    assert_int_equal(receive_until(false), 1);
    assert_int_equal(host.timers_armed, 1);
    /* What comes meanwhile is read, and brings the interrupt back. */
    host_uart_type("a");
    alarm_console(linux_vcpu);
    assert_string_equal(received(linux_vcpu), "a");
    assert_true(host_uart.interrupt);
    assert_int_equal(receive_until(false), 8);
}

TEST(another_vms_uart_is_not_polled) {
    control()->focus = CONTROL;
    for (unsigned i = 0; i < 100; i++)
        irq_handle_console(linux_vcpu);
    assert_true(host_uart.interrupt);
    assert_int_equal(host.timers_armed, 0);
}

TEST(the_first_that_has_a_console_is_typed_to) {
    small.vms[LINUX].console = SYSTEM_VM_CONSOLE_NONE;
    guest_console_attach(&small.system);
    assert_int_equal(control()->focus, CONTROL);
    assert_int_equal(host.routed_cpu, 3);
    assert_true(host_uart.interrupt);
    host_uart_type("a" ESCAPE "0b");
    expect_heard(control_vcpu, "ab");
    /* An interrupt that comes elsewhere all the same reads nothing. */
    linux_vm.uart = NULL;
    host_uart_type("c");
    irq_handle_console(linux_vcpu);
    expect_heard(control_vcpu, "c");
}

/* Nor is a board touched that has no interrupt for its console. */
TEST(where_none_has_a_console_nobody_is_interrupted) {
    uint32_t irq = small.table.board.console_irq;

    host.routes = host.enables = 0;
    small.table.board.console_irq = 0;
    guest_console_attach(&small.system);
    small.table.board.console_irq = irq;
    small.vms[LINUX].console = small.vms[CONTROL].console = SYSTEM_VM_CONSOLE_NONE;
    guest_console_attach(&small.system);
    assert_int_equal(control()->focus, small.system.vm_count);
    assert_int_equal(host.routes + host.enables, 0);
    assert_false(host_uart.interrupt);
}

TEST(one_call_reads_so_much_only) {
    for (unsigned i = 0; i < 50; i++)
        host_uart_type(ESCAPE "0" ESCAPE "9");
    irq_handle_console(linux_vcpu);
    assert_int_equal(host_uart.in_read, VUART_FIFO_SIZE);
}

TEST(a_reset_forgets_what_was_typed) {
    host_uart_type("old");
    irq_handle_console(linux_vcpu);
    write(linux_vcpu, IMSC, RX);
    vm_reset_console(&linux_vm);
    assert_string_equal(received(linux_vcpu), "");
    assert_int_equal(read(linux_vcpu, IMSC), 0);
    linux_vm.uart = NULL;
    vm_reset_console(&linux_vm); /* nothing to do */
}
