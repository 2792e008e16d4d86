/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_hw.h - accesses to memory that may fail: arch_memory_probe() of the contract.
 */
#pragma once

#include <stdbool.h>

/* Between arch_memory_probe() and own_exception(): an access may fail, and has failed. */
extern volatile bool probe_running, probe_failed;
