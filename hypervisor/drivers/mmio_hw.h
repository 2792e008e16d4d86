/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mmio_hw.h - a device's registers, by the width that its accesses need.
 */
#ifndef DRIVERS_MMIO_HW_H
#define DRIVERS_MMIO_HW_H

#include "lib/address.h"

static inline uint32_t mmio_get(uint64_t at, uint32_t width) {
    if (width == 4)
        return *(volatile uint32_t *)at;
    if (width == 2)
        return *(volatile uint16_t *)at;
    return *(volatile uint8_t *)at;
}

static inline void mmio_put(uint64_t at, uint32_t width, uint8_t value) {
    if (width == 4)
        *(volatile uint32_t *)at = value;
    else if (width == 2)
        *(volatile uint16_t *)at = value;
    else
        *(volatile uint8_t *)at = value;
}
#endif
