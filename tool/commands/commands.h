/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands.h - the subcommands, but for show (show.h) and run (run.h). Each takes its own name as
 * argv[0] and returns the program's exit code.
 */
#pragma once

/* Says whether a description is right; or what the rules are (command_check.c). */
int command_check(int argc, char **argv);
/* Prints the format of descriptions and boards (command_schema.c). */
int command_schema(int argc, char **argv);
/* Makes a system image of a description, in one file or in several (command_build.c). */
int command_build(int argc, char **argv);
/* Puts other guests' images into a system image (command_update.c). */
int command_update(int argc, char **argv);
