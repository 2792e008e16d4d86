/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands.h - those subcommands that have no file of their own. Each takes its own name as argv[0]
 * and returns the program's exit code.
 */
#ifndef TOOL_COMMANDS_H
#define TOOL_COMMANDS_H

#define BULKHEAD_VERSION "0.1"

/* Says whether a description is right. */
int command_check(int argc, char **argv);
/* Says who owns what in a description or an image. */
int command_show(int argc, char **argv);

#endif
