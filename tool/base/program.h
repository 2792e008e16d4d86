/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program.h - the program that runs.
 */
#pragma once

#include "tool/base/arena.h"

/* The folder of its executable; "." if the system does not say it. */
const char *program_folder(struct arena *arena);
