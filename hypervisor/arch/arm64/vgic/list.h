/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.h - the words of list registers, and what is told of them: ICH_LR<n>_EL2 and ICH_HCR_EL2,
 * IHI 0069 sections 12.4.8 and 12.4.6.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LIST_PRIORITY 48 /* eight bits from here on */
#define LIST_GROUP1   (UINT64_C(1) << 60)
#define LIST_HW       (UINT64_C(1) << 61) /* linked: its end deactivates the physical one */
#define LIST_PENDING  (UINT64_C(1) << 62)
#define LIST_ACTIVE   (UINT64_C(1) << 63) /* never with PENDING where HW is set */

#define LIST_HCR_EN       (1u << 0)
#define LIST_HCR_UIE      (1u << 1)  /* maintenance: one of them is in use at most; ... */
#define LIST_HCR_LRENPIE  (1u << 2)  /* ... EOIcount isn't 0; ... */
#define LIST_HCR_NPIE     (1u << 3)  /* ... none is pending */
#define LIST_HCR_TDIR     (1u << 14) /* ICC_DIR_EL1 traps */
#define LIST_HCR_EOICOUNT 27

/* Without a state. `phys`: what it is linked to; 0: nothing, then `tell` asks to be told of its
 * end. */
static inline uint64_t list_word(uint32_t number, uint32_t phys, bool group1, bool tell) {
    uint64_t word = number | (group1 ? LIST_GROUP1 : 0);

    if (phys != 0)
        return word | LIST_HW | (uint64_t)phys << 32;
    return word | (tell ? UINT64_C(1) << 41 : 0);
}
