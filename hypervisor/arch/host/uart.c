/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/uart.h"

#include "arch/host/host.h"
#include "lib/string.h"

struct host_uart host_uart;

void host_uart_reset(void) {
    memset(&host_uart, 0, sizeof(host_uart));
    host_uart.room = UINT32_MAX;
}

void host_uart_type(const char *text) {
    while (*text != '\0' && host_uart.in_size < HOST_UART_SIZE)
        host_uart.in[host_uart.in_size++] = (uint8_t)*text++;
}

void uart_attach(const struct boot_record *record, uint64_t registers) {
    (void)registers;
    host_uart.attached_kind = record->console_kind;
}

void uart_init(void) {
    host_uart.initialized = true;
}

uint32_t uart_room(void) {
    host_uart.polls++;
    return host_uart.room > 0 && host_uart.out_size < HOST_UART_SIZE ? 1 : 0;
}

void uart_write(uint8_t byte) {
    host_uart.out[host_uart.out_size++] = byte;
    host_uart.room -= host_uart.room > 0;
}

int uart_read(void) {
    return host_uart.in_read < host_uart.in_size ? host_uart.in[host_uart.in_read++] : -1;
}

void uart_receive_interrupt(bool on) {
    host_uart.interrupt = on;
}
