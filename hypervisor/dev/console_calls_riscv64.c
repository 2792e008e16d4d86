/* SPDX-License-Identifier: Apache-2.0 */
#include "trap/console_calls.h"

#include "dev/guest_console.h"

uint32_t console_calls_write(struct vcpu *vcpu, const uint8_t *bytes, uint32_t size) {
    struct vuart *uart = vcpu->vm->uart;
    uint32_t count = 0;

    spin_lock(&vcpu->vm->uart_lock);
    while (count < size && !ring_is_full(&uart->speaker.ring))
        vuart_send(uart, bytes[count++], arch_clock());
    guest_console_unlock(vcpu->vm);
    guest_console_drain(vcpu);
    return count;
}

uint32_t console_calls_read(struct vcpu *vcpu, uint8_t *bytes, uint32_t size) {
    struct vuart *uart = vcpu->vm->uart;
    uint32_t count = 0;

    spin_lock(&vcpu->vm->uart_lock);
    while (count < size && uart->received_count > 0)
        bytes[count++] = vuart_get(uart);
    guest_console_unlock(vcpu->vm);
    return count;
}
