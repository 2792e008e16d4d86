/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.h - where everything goes in the machine's RAM and in the image: simple, and always the
 * same for the same system.
 */
#ifndef TOOL_PLACE_H
#define TOOL_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "tool/plan.h"

enum place_result {
    PLACE_OK,
    PLACE_NO_HOME, /* no RAM for the image and the pool at home */
    PLACE_NO_ROOM, /* no RAM for a VM's memory */
};

/*
 * Places payloads and manifest in the image, the image and the hypervisor's pool at the board's
 * home, and each VM's memory, first fit, in RAM that nothing else takes. Needs
 * plan->hypervisor_size and all inputs. PLACE_NO_ROOM: *misfit is what has no place, *vm whose it
 * is.
 */
enum place_result place_system(struct plan *plan, size_t *vm, const struct plan_memory **misfit);

/* All of the board's RAM, in bytes. */
uint64_t place_ram_size(const struct plan *plan);

#endif
