/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware.h - calls to the firmware below, by SMC.
 */
#ifndef ARM64_FIRMWARE_H
#define ARM64_FIRMWARE_H

#include <stdint.h>

/* x[0] to x[3]: function and arguments, and then the results. */
void firmware_call(uint64_t x[4]);
#endif
