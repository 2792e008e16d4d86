/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - what the hypervisor is told of a plan: abi/system_image.h's table.
 */
#pragma once

#include "abi/system_image.h"
#include "tool/system/plan.h"

/*
 * The table of a plan, in its arena: size, entries and addresses, as far as they are settled. The
 * digests, which take time, are the caller's to fill in: of payloads, manifest and table.
 */
struct system_table *table_make(const struct plan *plan);
