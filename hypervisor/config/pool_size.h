/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool_size.h - how much RAM the hypervisor takes for itself. The tool reserves it, the validator
 * checks that it is there, and the page pool never needs more.
 */
#ifndef CONFIG_POOL_SIZE_H
#define CONFIG_POOL_SIZE_H

#include <stdint.h>

#include "config/system.h"

/*
 * An upper bound of the 4 KiB pages that the hypervisor takes from its pool for `system`.
 * Sizes of memory and devices must be below SYSTEM_ADDRESS_MAX; all else may be unchecked.
 */
uint64_t system_pool_pages(const struct system *system);

#endif
