/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uart.h - the board's console, polled; registers at SPACE_CONSOLE. Nothing here
 * ever waits.
 */
#ifndef DRIVERS_UART_H
#define DRIVERS_UART_H

#include <stdbool.h>
#include <stdint.h>

/* Each core, before its first use: the kind is the board's CONSOLE_KIND_*. */
void uart_attach(uint32_t kind);

/* The first core, once: interrupts off, FIFOs on. Keeps the line settings that firmware chose. */
void uart_init(void);

/* Whether a character can be written at once; always, if there is no console. */
bool uart_has_room(void);
void uart_write(uint8_t byte);

/* The next received byte, or -1. */
int uart_read(void);

/* Whether received bytes raise the console's interrupt. */
void uart_receive_interrupt(bool on);
#endif
