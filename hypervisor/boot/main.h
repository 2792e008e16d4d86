/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.h - where arch's first instructions lead, with the MMU on.
 */
#ifndef BOOT_MAIN_H
#define BOOT_MAIN_H

#include <stdnoreturn.h>

/* The core that the boot loader started. */
noreturn void main(void);

/* Every other core, in the space that the first has built for it. */
noreturn void main_secondary(void);
#endif
