/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands.h - the subcommands. Each takes its own name as argv[0] and returns the exit code: an
 * enum exit_code; of run QEMU's own, or 128 + n if it or we were ended by signal n.
 */
#pragma once

/* Says whether a description is right; or what the rules are. */
int command_check(int argc, char **argv);
/* Makes a system image of a description, in one file or in several. */
int command_build(int argc, char **argv);
/* Puts other guests' images into a system image. */
int command_update(int argc, char **argv);
/* Shows who owns what in a system, in several forms, out of a description or an image alone. */
int command_show(int argc, char **argv);
/* Runs a system in QEMU, with its consoles on this terminal. */
int command_run(int argc, char **argv);
/* Makes a first board and a first system out of a device tree alone. */
int command_init(int argc, char **argv);
/* Prints the format of descriptions and boards. */
int command_schema(int argc, char **argv);
