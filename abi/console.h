/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console.h - many voices on one serial line.
 *
 * The hypervisor writes every VM's console output, and its own, to one UART.
 * Whenever the speaker changes it first writes
 *
 *     CONSOLE_TAG_BEGIN name "| " CONSOLE_TAG_END
 *
 * where name is the VM's, or CONSOLE_HYPERVISOR_NAME. On a plain terminal the
 * two control characters are invisible and lines read "linux| ...". Guests
 * cannot forge a tag: the hypervisor writes a space for any CONSOLE_TAG_BEGIN
 * or CONSOLE_TAG_END in their output. The speaker changes at line ends, or
 * where one has left a line unfinished for a while.
 *
 * The other way, CONSOLE_ESCAPE followed by a digit gives what is typed from
 * then on to the VM of that number (in the description's order), if it has a
 * console here; CONSOLE_ESCAPE twice sends one. At boot the first VM that has
 * a console has it.
 */
#pragma once

#define CONSOLE_TAG_BEGIN       0x1e /* RS */
#define CONSOLE_TAG_END         0x1f /* US */
#define CONSOLE_ESCAPE          0x1d /* Ctrl-] */
#define CONSOLE_HYPERVISOR_NAME "bulkhead"
