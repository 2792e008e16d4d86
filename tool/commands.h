/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands.h - those subcommands that have no file of their own. Each takes its own name as argv[0]
 * and returns the program's exit code.
 */
#ifndef TOOL_COMMANDS_H
#define TOOL_COMMANDS_H

#define BULKHEAD_VERSION "0.1"

/* Says whether a description is right; or what the rules are (command_check.c). */
int command_check(int argc, char **argv);
/* Prints the format of descriptions and boards (command_schema.c). */
int command_schema(int argc, char **argv);
/* Makes a system image of a description, in one file or in several (command_build.c). */
int command_build(int argc, char **argv);
/* Puts other guests' images into a system image (command_update.c). */
int command_update(int argc, char **argv);
/* Says who owns what in a description or an image. */
int command_show(int argc, char **argv);

#endif
