/* SPDX-License-Identifier: Apache-2.0 */
/*
 * need.h - all that a node of a device tree needs of other nodes, and that a VM has to own with it,
 * or to leave out: its providers, and interrupt controllers other than the machine's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tool/machine.h"
#include "tool/provider.h"

/* Goes through the needs of a node. One with the first two, and the rest zeroed, is ready. */
struct need_walk {
    const struct machine *machine;
    int node;
    size_t providers; /* how many of each have been looked at */
    size_t interrupts;
    size_t routes;
};

/* The next need; false if there are no more. */
bool need_next(struct need_walk *walk, struct provider *need);
