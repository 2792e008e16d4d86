/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show_json.h - who owns what in a system, as JSON for programs. docs/show.md lists the keys, which
 * are added, never renamed or given another meaning.
 */
#pragma once

#include <stdint.h>

#include "tool/base/json.h"
#include "tool/show/shown.h"

/* The whole system, or a VM alone: then only its own entries are in the lists. */
json_t *show_json(struct shown *shown, uint32_t vm);
