/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware.h - firmware.S: calls of the firmware below, by Arm's SMC Calling Convention (DEN 0028).
 */
#pragma once

#include <stdint.h>

/* By SMC: x[0] to x[3] are function and arguments, and then the results. */
void firmware_call(uint64_t x[4]);
