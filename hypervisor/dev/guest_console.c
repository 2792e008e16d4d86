/* SPDX-License-Identifier: Apache-2.0 */
#include "dev/guest_console.h"

#include "arch/vcpu.h"
#include "drivers/uart.h"
#include "irq/irq.h"
#include "vm/alarm.h"
#include "vm/this_cpu.h"

/*
 * How long what is left waits for the next try. No multiple of a millisecond, or a half: a loop
 * that prints at one of its releases would find the next try at another one.
 */
#define RETRY_US 2300u

/* The line's state, shared by all cores, lies in the control area behind struct control. */
static struct console_line *line(void) {
    return (struct console_line *)(SPACE_CONTROL + PAGE_SIZE);
}

/*
 * A look at the UART is in vain if there is nothing to read, or the guest has no room. After so
 * many in a row the timer looks in the interrupt's place, which is believed again at each multiple
 * of VAIN_LOOKS, a seventh of a second. From the first of these on what the guest has no room for
 * is thrown away, since the escape to another VM may be behind it.
 */
#define VAIN_MAX   8u
#define VAIN_LOOKS 64u

/* Tries after which the line's lock has no owner: nobody keeps it for longer than some writes. */
#define PATIENCE 10000000u

/* This core's own voice; and its wait for its guest to read, or its UART to have something. */
static struct speaker hypervisor;
static bool polled;
static uint32_t vain;
static uint32_t seized; /* turn of the line's lock, when this core panicked */
static uint64_t retry;  /* clock when its timer has it look again, if that is to come */

void guest_console_report(const char *text, size_t size) {
    struct ring *ring = &hypervisor.ring;

    console_speaker(&hypervisor, SYSTEM_VMS_MAX + 1 + this_cpu.index, CONSOLE_HYPERVISOR_NAME);
    if (RING_SIZE - ring_used(ring) < size)
        return;
    for (size_t i = 0; i < size; i++)
        ring_put(ring, (uint8_t)text[i], arch_clock());
}

/* By this core's timer; or not any more. */
static void look_again(bool later) {
    retry = later ? arch_clock() + arch_clock_frequency() / 1000000 * RETRY_US : 0;
    alarm_set(ALARM_CONSOLE, retry);
}

void guest_console_unlock(struct vm *vm) {
    struct vuart *uart = vm->uart;

    if (uart != NULL && uart->level != vuart_interrupt(uart) && vm->config->console_irq != 0) {
        uart->level = !uart->level;
        arch_interrupt_set_level(vm, vm->config->console_irq, uart->level);
    }
    spin_unlock(&vm->uart_lock);
}

bool guest_console_drain(struct vcpu *vcpu) {
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
    if (left || (retry != 0 && !polled))
        look_again(left);
    return left;
}

void vm_reset_console(struct vm *vm) {
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

void guest_console_seize(void) {
    for (uint32_t i = 0; i < PATIENCE && !spin_try_lock(&line()->lock); i++)
        ;
    seized = atomic_load(&line()->lock.serving);
}

void guest_console_give_up(const struct vm *vm) {
    console_give_up(line(), seized);
    if (vm == NULL)
        return;
    atomic_fetch_or(&control()->vms_lost, 1u << vm->index);
    if (atomic_load(&control()->focus) == vm->index)
        guest_console_attach(vm->system);
}

/* One typed byte: for the VM, or behind an escape for us. `escaped` is this core's. */
static void take_byte(struct vm *vm, uint8_t byte) {
    static bool escaped;
    bool is_escape = byte == CONSOLE_ESCAPE;
    uint32_t digit = (uint32_t)byte - '0';

    if (escaped != is_escape) {
        if (escaped && has_console(vm->system, digit))
            focus(vm->system, digit);
    } else if (vuart_can_receive(vm->uart)) {
        vuart_receive(vm->uart, byte);
    }
    escaped = is_escape && !escaped;
}

static void receive_some(struct vm *vm) {
    vain++;
    for (uint32_t left = VUART_FIFO_SIZE; left > 0; left--) {
        /* What is behind an escape is for another VM, on its core. */
        bool ours = atomic_load(&control()->focus) == vm->index;
        bool room = ours && vuart_can_receive(vm->uart);
        int byte = room || (ours && vain >= VAIN_LOOKS) ? uart_read() : -1;

        if (!ours || (room && byte >= 0))
            vain = 0;
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
    polled = vain >= VAIN_MAX && vain % VAIN_LOOKS != 0;
    uart_receive_interrupt(!polled);
    if (polled)
        look_again(true);
}

void alarm_console(struct vcpu *vcpu) {
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

static const struct mmio_device device = {read, write};

void guest_console_create(struct vm *vm, struct vuart *uart) {
    vm->uart = uart;
    if (vm->config->console_irq != 0) /* else of calls alone */
        vm->ranges[VM_CONSOLE] = (struct mmio_range){vm->config->console_at, PAGE_SIZE, &device, 0};
}
