/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_memory.h - the rules about VMs' memory: its size, and where it is in the machine.
 */
#pragma once

#include "tool/check/checker.h"

/* The regions, in whole pages. */
void read_memory(struct checker *checker, struct plan_vm *vm);
void check_address_too_high(struct checker *checker, const struct plan_vm *vm);
void check_memory_congruence(struct checker *checker, const struct plan_vm *vm);
/* In RAM; and memory-reserved. */
void check_memory_outside(struct checker *checker, const struct plan_vm *vm);
void check_memory_shared(struct checker *checker, const struct plan_vm *vm);

/* The document, whose length has to be known before the image is laid out. */
void write_manifest(struct checker *checker, struct plan *plan);
/* The image's layout and Bulkhead's own memory; memory-too-large if they do not fit. */
void place_bulkhead_or_say(struct checker *checker, struct plan *plan);
/* All memory that is not fixed. */
void place_memory_or_say(struct checker *checker, struct plan *plan);
