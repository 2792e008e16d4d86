/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_firmware.h - the firmware below, as arch/arm64/smccc.h promises it.
 */
#pragma once

#include <stdint.h>

struct fake_firmware {
    uint32_t calls;
    uint64_t asked[4];  /* the last call */
    uint64_t answer[4]; /* to each call */
};

extern struct fake_firmware fake_firmware;
