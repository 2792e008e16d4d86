/* SPDX-License-Identifier: Apache-2.0 */
#include "dev/guest_console.h"

#include "arch/vcpu.h"
#include "drivers/uart.h"
#include "irq/irq.h"
#include "vm/control.h"
#include "vm/this_cpu.h"

/*
 * How long what is left waits for the next try. No multiple of a millisecond, or a half: a loop
 * that prints at one of its releases would find the next try at another one.
 */
#define RETRY_US 2300u
#define NEVER    (UINT64_C(1) << 60) /* ticks: years */

/* The line's state, shared by all cores, lies in the control area behind struct control. */
static struct console_line *line(void) {
    return (struct console_line *)(SPACE_CONTROL + PAGE_SIZE);
}

/* And how long a guest that doesn't read keeps what is typed from being thrown away. */
#define PATIENCE_MS 100u

/*
 * A UART that has interrupted so often in a row with nothing to read is looked at by the timer, and
 * at each multiple of as many looks is believed again.
 */
#define EMPTY_MAX   8u
#define EMPTY_LOOKS 64u

/* This core's own voice; and its wait for its guest to read, or its UART to have something. */
static struct speaker hypervisor;
static bool polled;
static uint64_t blocked_since; /* 0: it is not */
static uint32_t empty;
static uint64_t retry; /* clock when its timer has it look again, if that is to come */

void guest_console_report(const char *text, size_t size) {
    struct ring *ring = &hypervisor.ring;

    console_speaker(&hypervisor, SYSTEM_VMS_MAX + 1 + this_cpu.index, CONSOLE_HYPERVISOR_NAME);
    if (RING_SIZE - ring_used(ring) < size)
        return;
    for (size_t i = 0; i < size; i++)
        ring_put(ring, (uint8_t)text[i], arch_clock());
}

bool guest_console_is_busy(const struct vcpu *vcpu) {
    return ring_used(&hypervisor.ring) > 0 ||
           (vcpu != NULL && vcpu->vm->uart != NULL && ring_used(&vcpu->vm->uart->speaker.ring) > 0);
}

/* After so many ticks of the clock; 0: not any more. */
static void retry_in(uint64_t ticks) {
    retry = ticks != 0 ? arch_clock() + ticks : 0;
    arch_timer_arm(ticks != 0 ? ticks : NEVER);
}

static void retry_later(void) {
    retry_in(arch_clock_frequency() / 1000000 * RETRY_US);
}

void guest_console_unlock(struct vm *vm) {
    struct vuart *uart = vm->uart;

    if (uart != NULL && uart->level != vuart_interrupt(uart) && vm->config->console_irq != 0) {
        uart->level = !uart->level;
        arch_interrupt_set_level(vm, vm->config->console_irq, uart->level);
    }
    spin_unlock(&vm->uart_lock);
}

void guest_console_drain(struct vcpu *vcpu) {
    struct vuart *uart = vcpu != NULL ? vcpu->vm->uart : NULL;
    uint64_t now = arch_clock(), frequency = arch_clock_frequency();
    bool left = console_drain(line(), &hypervisor, now, frequency);

    if (uart != NULL && ring_used(&uart->speaker.ring) > 0) {
        left |= console_drain(line(), &uart->speaker, now, frequency);
        spin_lock(&vcpu->vm->uart_lock);
        vuart_drained(uart);
        guest_console_unlock(vcpu->vm);
    }
    /* At a line's end there is nothing to look for, unless there is for what is typed. */
    if (left)
        retry_later();
    else if (retry != 0 && !polled)
        retry_in(0);
}

void vm_reset_devices(struct vm *vm) {
    if (vm->uart == NULL)
        return;
    console_speaker(&vm->uart->speaker, vm->index + 1, vm->config->name);
    vm->uart->level = false; /* as arch_vm_reset() has left it */
    vuart_reset(vm->uart);
}

/* Whether a VM can be typed to: it has a console, and all of its cores. */
static bool has_console(const struct system *system, uint32_t vm) {
    return vm < system->vm_count && system->vms[vm].console != SYSTEM_VM_CONSOLE_NONE &&
           (atomic_load(&control()->vms_lost) >> vm & 1) == 0;
}

/* From now on `vm` is typed to, or nobody: its first core takes the interrupt. */
static void focus(const struct system *system, uint32_t vm) {
    atomic_store(&control()->focus, vm);
    if (vm < system->vm_count && system->board->console_irq != 0)
        arch_interrupt_route(system->board->console_irq, system_vm_cpu(&system->vms[vm], 0));
}

void guest_console_attach(const struct system *system) {
    uint32_t vm = 0;

    while (vm < system->vm_count && !has_console(system, vm))
        vm++;
    focus(system, vm);
    if (vm < system->vm_count && system->board->console_irq != 0)
        arch_interrupt_enable(system->board->console_irq);
    uart_receive_interrupt(vm < system->vm_count);
}

void guest_console_give_up(const struct vm *vm) {
    uint32_t own = 1u << (SYSTEM_VMS_MAX + 1 + this_cpu.index);

    console_give_up(line(), vm != NULL ? own | 2u << vm->index : own);
    if (vm == NULL)
        return;
    atomic_fetch_or(&control()->vms_lost, 1u << vm->index);
    if (atomic_load(&control()->focus) == vm->index)
        guest_console_attach(vm->system);
}

/* One typed byte: for the VM, or behind an escape for us. `escaped` is this core's. */
static void take_byte(struct vm *vm, uint8_t byte) {
    static bool escaped;

    if (!escaped && byte == CONSOLE_ESCAPE) {
        escaped = true;
        return;
    }
    if (escaped && byte != CONSOLE_ESCAPE) {
        if (byte >= '0' && has_console(vm->system, byte - '0'))
            focus(vm->system, byte - '0');
    } else if (vuart_can_receive(vm->uart)) {
        vuart_receive(vm->uart, byte);
    }
    escaped = false;
}

/*
 * Whether to read on although the guest has no room: it is waited for, but not
 * for ever, since what is typed may be the escape to another VM.
 */
static bool is_patience_over(void) {
    if (blocked_since == 0)
        blocked_since = arch_clock();
    return arch_clock() - blocked_since > arch_clock_frequency() / 1000 * PATIENCE_MS;
}

static void receive_some(struct vm *vm) {
    empty++;
    for (uint32_t left = VUART_FIFO_SIZE; left > 0; left--) {
        bool ours = atomic_load(&control()->focus) == vm->index;
        int byte;

        /* What comes next may be for another VM, on its core. */
        if (!ours || vuart_can_receive(vm->uart))
            blocked_since = 0;
        else if (!is_patience_over())
            return;
        byte = ours ? uart_read() : -1;
        if (byte >= 0 || !ours)
            empty = 0;
        if (byte < 0)
            return;
        take_byte(vm, (uint8_t)byte);
    }
}

void irq_handle_console(struct vcpu *vcpu) {
    struct vm *vm = vcpu->vm;

    spin_lock(&vm->uart_lock);
    receive_some(vm);
    guest_console_unlock(vm);
    /* What waits in the real FIFO is looked at again by the timer, not by its interrupt. */
    polled = blocked_since != 0 || (empty >= EMPTY_MAX && empty % EMPTY_LOOKS != 0);
    uart_receive_interrupt(!polled);
    if (polled)
        retry_later();
}

void irq_handle_timer(struct vcpu *vcpu) {
    retry = 0; /* it is over */
    guest_console_drain(vcpu);
    if (polled)
        irq_handle_console(vcpu);
}

/* Registers are 32 bits wide; narrower accesses see their low part, as on the bus. */
static uint64_t read(struct vcpu *vcpu, uint64_t offset, unsigned size) {
    struct vm *vm = vcpu->vm;
    bool acts = offset <= VUART_READ_ACTS;
    uint64_t value;

    if (acts)
        spin_lock(&vm->uart_lock);
    value = vuart_read(vm->uart, offset);
    if (acts)
        guest_console_unlock(vm);
    return size == 1 ? (uint8_t)value : size == 2 ? (uint16_t)value : value;
}

static void write(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value) {
    struct vm *vm = vcpu->vm;
    uint64_t now = arch_clock();

    (void)size;
    spin_lock(&vm->uart_lock);
    vuart_write(vm->uart, offset, (uint32_t)value, now);
    guest_console_unlock(vm);
    /* What only waits for the timer is left to it. */
    if (now >= retry || console_is_due(line(), &vm->uart->speaker))
        guest_console_drain(vcpu);
}

const struct mmio_device guest_console = {read, write};

void guest_console_create(struct vm *vm, struct vuart *uart) {
    vm->uart = uart;
    if (vm->config->console_irq != 0) /* else of calls alone */
        vm->ranges[VM_CONSOLE] =
            (struct mmio_range){vm->config->console_at, PAGE_SIZE, &guest_console, 0};
}
