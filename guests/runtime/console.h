/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console.h - text out of a guest, polled, and what is typed, by interrupt. One CPU at a time may
 * print: there is no lock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Switches the console on that the device tree chooses, or else the board's. Called once, before
 * guest_main(). */
void console_init(uint64_t tree);

/* Sends one character if the device has room for it now; false: it has not. Two accesses to
 * the device at most. */
bool console_try_put(char character);

/* Sends one character, whether or not the device has room for it: it may be lost. */
void console_force(char character);

/* The next character that was typed, or -1: of the UART only. */
int console_get(void);

/* Sends one character, waiting for room. */
void console_put(char character);

/* Sends formatted text, as format_text() has it, waiting for room. "\n" ends a line. */
__attribute__((format(printf, 1, 2))) void console_print(const char *format, ...);

/* From now on BOARD_UART_IRQ says that something was typed. Only where there is a UART. */
void console_receive(void);
