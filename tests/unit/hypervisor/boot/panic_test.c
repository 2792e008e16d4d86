/* SPDX-License-Identifier: Apache-2.0 */
/* What a core that panics leaves behind: boot/panic.c in place of the host's report.c. */
#include "hypervisor/support.h"

/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "boot/panic.c"

#include "hypervisor/small_system.h"
#include "irq/irq.h"

static struct vm linux_vm, control_vm;
static struct vuart linux_uart, control_uart;

static struct console_line *line(void) {
    return (struct console_line *)(SPACE_CONTROL + PAGE_SIZE);
}

/* Core 1 of LINUX, which is typed to. */
BEFORE_EACH(begin) {
    small_begin();
    host_uart_reset();
    host_space_open();
    small.vms[CONTROL].console = SYSTEM_VM_CONSOLE_PL011;
    small_create(&linux_vm, LINUX);
    small_create(&control_vm, CONTROL);
    guest_console_create(&linux_vm, &linux_uart);
    guest_console_create(&control_vm, &control_uart);
    vm_reset_console(&linux_vm);
    vm_reset_console(&control_vm);
    guest_console_attach(&small.system);
    control()->vms_alive = 2;
    panicked = 0;
    this_cpu.system = small.system;
    this_cpu.index = 1;
    this_cpu.vcpu = &linux_vm.vcpus[1];
    this_cpu.has_siblings = this_cpu.guests_run = true;
}

static void give_up(void *why) {
    panic("%s", (const char *)why);
}

static enum host_end fail_with(const char *why) {
    char text[100];

    memcpy(text, why, strlen(why) + 1);
    return host_run(give_up, text);
}

static bool was_said(const char *text) {
    host_uart.out[host_uart.out_size] = '\0';
    return strstr((const char *)host_uart.out, text) != NULL;
}

TEST(its_siblings_stop_and_the_console_goes_on) {
    static const uint64_t registers[] = {16, 17, 18, 19, 20};

    panic_shows(registers, COUNT_OF(registers));
    host.guests[1].pc = 0x40000100;
    linux_vm.vcpus[1].traps = 0x4467;
    /* In the midst of another's tag, with the line's lock. */
    assert_true(spin_try_lock(&line()->lock));
    line()->speaker = 3;
    line()->unfinished = true;
    line()->tag_left = 3;
    line()->waiting = 1u << linux_uart.speaker.id;
    assert_int_equal(fail_with("one"), HOST_HALTED);
    assert_true(was_said("\x1e"
                         "bulkhead| \x1f"
                         "bulkhead: panic: one\r\n"
                         "  registers: 0x10 0x11 0x12 0x13\r\n"
                         "  registers: 0x14\r\n"
                         "  vcpu 1 of vm linux, its guest last seen at 0x40000100\r\n"
                         "  exits by cause: 0x0 0x0 0x0 0x0\r\n"
                         "  exits by cause: 0x0 0x0 0x0 0x0\r\n"
                         "  exits by cause: 0x0 0x0 0x0 0x0\r\n"
                         "  last traps, a digit each by cause: 0x4467\r\n"));
    assert_int_equal(vm_life(LINUX), VM_LOST);
    assert_int_equal(linux_vm.barrier.broken, 1);
    assert_int_equal(host.kicks[0] + host.kicks[2], 2);
    assert_int_equal(control()->vms_alive, 1);
    assert_int_equal(vm_life(CONTROL), VM_RUN);
    /* Who is left is typed to, and speaks. */
    assert_int_equal(control()->focus, CONTROL);
    assert_int_equal(host.routed_cpu, 3);
    assert_true(host.enables > 1);
    assert_true(host_uart.interrupt);
    vuart_send(&control_uart, '!', arch_clock());
    vuart_send(&control_uart, '\n', arch_clock());
    assert_false(guest_console_drain(&control_vm.vcpus[0]));
    assert_true(was_said("\x1e"
                         "control| \x1f!\n"));
    assert_int_equal(line()->waiting, 0);
    /* And can't go back. */
    host_uart_type("\x1d"
                   "0x");
    irq_handle_console(&control_vm.vcpus[0]);
    assert_int_equal(control()->focus, CONTROL);
}

TEST(another_vm_keeps_what_is_typed) {
    control()->focus = CONTROL;
    host.routes = 0;
    assert_int_equal(fail_with("two"), HOST_HALTED);
    assert_int_equal(control()->focus, CONTROL);
    assert_int_equal(host.routes, 0);
}

TEST(the_last_that_is_typed_to_leaves_nobody) {
    small.vms[CONTROL].console = SYSTEM_VM_CONSOLE_NONE;
    assert_int_equal(fail_with("three"), HOST_HALTED);
    assert_int_equal(control()->focus, small.system.vm_count);
    assert_false(host_uart.interrupt);
}

TEST(the_last_vm_takes_the_machine_with_it) {
    control()->vms_alive = 1;
    assert_int_equal(fail_with("four"), HOST_MACHINE_OFF);
    assert_true(was_said("all VMs are off or stopped: switching the machine off"));
}

TEST(before_there_are_others_it_halts) {
    this_cpu.has_siblings = false;
    assert_int_equal(fail_with("five"), HOST_HALTED);
    assert_true(was_said("panic: five"));
    assert_int_equal(vm_life(LINUX), VM_RUN);
}

/* What it was about could not be told; then the line could not be given up; then nothing could. */
TEST(a_panic_in_a_panic_goes_on_behind_what_failed) {
    for (uint32_t before = 1; before <= 3; before++) {
        begin();
        panicked = before;
        this_cpu.vcpu = before < 3 ? this_cpu.vcpu : NULL;
        assert_true(spin_try_lock(&line()->lock));
        assert_int_equal(fail_with("again"), HOST_HALTED);
        assert_false(was_said("panic"));
        assert_int_equal(spin_try_lock(&line()->lock), before < 2);
        assert_int_equal(vm_life(LINUX), before < 3 ? VM_LOST : VM_RUN);
    }
}

TEST(a_uart_that_stands_still_is_waited_for_once) {
    host_uart.room = 0;
    host_uart.polls = 0;
    assert_int_equal(fail_with("into the void"), HOST_HALTED);
    assert_in_range(host_uart.polls, PATIENCE, PATIENCE + HOST_UART_SIZE);
    assert_int_equal(vm_life(LINUX), VM_LOST);
}

TEST(a_core_of_no_vm_lets_go_of_the_line) {
    this_cpu.vcpu = NULL;
    assert_true(spin_try_lock(&line()->lock));
    assert_int_equal(fail_with("six"), HOST_HALTED);
    assert_true(spin_try_lock(&line()->lock));
    assert_int_equal(control()->vms_alive, 2);
}
