/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device_advice.h - what to write for a device of the board, for somebody who wrote what it has
 * not.
 */
#pragma once

#include "tool/board/board.h"

/*
 * The rest of a message: the device at the address that `name` is, names like it, what the board
 * has of its kind (uart0, eth1), or else which names there are.
 */
const char *device_advice(const struct board *board, const char *name, struct arena *arena);
