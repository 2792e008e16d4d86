/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.h - the words of list registers: ICH_LR<n>_EL2, IHI 0069 section 12.4.8.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LIST_GROUP1  (UINT64_C(1) << 60)
#define LIST_HW      (UINT64_C(1) << 61) /* linked: its end deactivates the physical one */
#define LIST_PENDING (UINT64_C(1) << 62)
#define LIST_ACTIVE  (UINT64_C(1) << 63) /* never with PENDING where HW is set */

#define LIST_PRIORITY(value) ((uint64_t)(value) << 48)

static inline uint8_t list_priority(uint64_t word) {
    return (uint8_t)(word >> 48);
}

/* Without a state. `phys`: what it is linked to; 0: nothing, then `tell` asks to be told of its
 * end. */
static inline uint64_t list_word(uint32_t number, uint32_t phys, bool group1, bool tell) {
    uint64_t word = number | (group1 ? LIST_GROUP1 : 0);

    if (phys != 0)
        return word | LIST_HW | (uint64_t)phys << 32;
    return word | (tell ? UINT64_C(1) << 41 : 0);
}
