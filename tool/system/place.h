/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.h - where everything goes in the machine's RAM and in the image: simple, and always the
 * same for the same system.
 */
#pragma once

#include "tool/system/plan.h"

/*
 * Places payloads and manifest in the image, and the image and the hypervisor's pool at the board's
 * home. Needs plan->hypervisor_size and all inputs. False: there is no RAM for them.
 */
bool place_bulkhead(struct plan *plan);

/*
 * Then places each VM's memory: first what is fixed, at its place, which must be free; then the
 * rest, VM by VM and region by region in the description's order, each at the first place in RAM
 * that nothing else takes and that blocks can map: of 1 GiB if it is that large and there is such
 * a place, else of 2 MiB. False: *misfit is what has none, *vm whose it is.
 */
bool place_memory(struct plan *plan, size_t *vm, const struct plan_memory **misfit);

/*
 * Then the channels, in their order, each at the first place that nothing takes; one of 2 MiB and
 * more where blocks can map it for its first member. False: *misfit is what has none.
 */
bool place_channels(struct plan *plan, const struct plan_channel **misfit);

/* After place_bulkhead(): the first machine address where a fixed region would be beside Bulkhead
 * and all other fixed memory; false: there is none. */
bool place_suggest(const struct plan *plan, const struct plan_memory *memory, uint64_t *phys);

/* All of the board's RAM, in bytes. */
uint64_t place_ram_size(const struct plan *plan);
