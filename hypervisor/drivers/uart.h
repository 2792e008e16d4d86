/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uart.h - the board's console, polled. Nothing here ever waits.
 */
#pragma once

#include "abi/boot_record.h"
#include "lib/address.h"

/* Each core, before its first use: what kind it is, how its registers are accessed, and where. */
void uart_attach(const struct boot_record *record, uint64_t registers);

/* The first core, once: interrupts off, FIFOs on. Keeps the line settings that firmware chose. */
void uart_init(void);

/* How many characters can be written at once, while nobody else writes; some, if there is no
 * console. */
uint32_t uart_room(void);
void uart_write(uint8_t byte);

/* The next received byte, or -1: then what else the UART is known to interrupt for is settled. */
int uart_read(void);

/* Whether received bytes raise the console's interrupt. */
void uart_receive_interrupt(bool on);
