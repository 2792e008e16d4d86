/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.h - `bulkhead init`: a first board and a first system out of a device tree alone.
 */
#pragma once

/* As the subcommands of commands.h. */
int command_init(int argc, char **argv);
