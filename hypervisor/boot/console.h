/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console.h - how boot/ tells lib/report.h's functions how far it has come.
 */
#ifndef BOOT_CONSOLE_H
#define BOOT_CONSOLE_H

/* From now on this core's lines are queued and never waited for. */
void console_guests_run(void);

/* From now on a refusal on this core stops all the others as well. */
void console_together(void);
#endif
