/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build.h - the subcommand that makes a system image, in one file or for a boot loader in several.
 */
#ifndef TOOL_BUILD_H
#define TOOL_BUILD_H

int command_build(int argc, char **argv);

#endif
