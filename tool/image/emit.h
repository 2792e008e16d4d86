/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emit.h - from a placed plan to the bytes of abi/system_image.h.
 */
#pragma once

#include "config/config_check.h"
#include "tool/system/plan.h"

/*
 * Bytes of memory that a hypervisor binary takes, .bss included, from its Image header, in whole
 * pages; 0: this is no hypervisor binary of the architecture.
 */
uint64_t emit_hypervisor_size(enum system_arch arch, const struct file *binary,
                              struct arena *arena);

/*
 * Makes the system image of a plan that place.h has placed, with the binary whose size it
 * was placed for. The result, plan->image_size bytes, is in the plan's arena and has passed
 * config_check(); NULL: the validator refused it, for the reason in *error.
 */
unsigned char *emit_image(const struct plan *plan, const struct file *binary,
                          struct config_error *error);

/* Notes the digest of a payload's bytes in the image. */
void emit_digest(struct system_payload *payload, const unsigned char *image);

/* Notes the table's own digest, once all else in it is right. */
void emit_seal(struct system_table *table);

/* Finds the system table in an image; NULL: the first page says of none inside the file. */
const void *emit_find_table(const unsigned char *image, size_t image_size, uint64_t *table_size);
