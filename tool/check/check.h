/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - applies the rules that need more than one value to be looked at, where those that they
 * rely on (rules.h) hold.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/system.h"
#include "tool/report/rules.h"
#include "tool/system/plan.h"
#include "tool/tree/register_map.h"

/*
 * Fills in what `plan` needs from its description, board and the guests' files, with an error for
 * each rule that is broken. Afterwards, without errors, only placing is left. Without a board
 * (NULL) the rules are applied that do without.
 */
void check_system(struct plan *plan);

/* --- for the files with the rules --- */

#define CHECK_SYSTEM SYSTEM_VMS_MAX /* the whole system, in place of a VM's index */

struct checker {
    struct plan *plan;
    struct register_map registers;               /* of the board's tree */
    bool broken[SYSTEM_VMS_MAX + 1][RULE_COUNT]; /* or not applied */
};

/* Says that `rule` is broken for the VM (or CHECK_SYSTEM), so that none that relies on it is
 * applied. */
void check_broken(struct checker *checker, enum rule rule, size_t vm, struct mark mark,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same where an error has been said already. */
void check_skip(struct checker *checker, enum rule rule, size_t vm);

/* The next of a VM's devices that has no error yet; begin with *at = 0. NULL: there is none. */
struct plan_device *check_next_device(struct checker *checker, size_t vm, size_t *at);

/* As check_broken(), for a device, at which no further rule looks then. */
#define CHECK_DEVICE_BROKEN(checker, rule, vm, device, ...)                                        \
    ((device)->bad = true, check_broken(checker, rule, vm, (device)->mark, __VA_ARGS__))

/* Whether it can be the name of a VM or a channel; and what is like it and one, as ", as in NAME",
 * or
 * "" if nothing is. */
bool check_is_name(const char *name);
const char *check_mend_name(struct arena *arena, const char *name);

/* check_channels.c */
void check_channel_name(struct checker *checker, size_t vm);
void check_channel_size(struct checker *checker, size_t vm);
void check_channel_members(struct checker *checker, size_t vm);
void check_channel_interrupt(struct checker *checker, size_t vm);
/* What the VM has of the n-th channel that it is a member of; NULL: there are no more. */
const struct member_description *check_channel_member(const struct checker *checker, size_t vm,
                                                      size_t n,
                                                      const struct channel_description **channel);

/* check_devices.c; `vm` is the index of one. */
void check_device_unknown(struct checker *checker, size_t vm);
void check_device_twice(struct checker *checker, size_t vm);
void check_device_special(struct checker *checker, size_t vm);
void check_device_unfit(struct checker *checker, size_t vm);
void check_device_shared(struct checker *checker, size_t vm);
void check_interrupt_shared(struct checker *checker, size_t vm);

/* check_memory.c; the last two for the whole system, in this order. */
void check_memory_unaligned(struct checker *checker, size_t vm);
void check_address_too_high(struct checker *checker, size_t vm);
void check_memory_congruence(struct checker *checker, size_t vm);
void check_memory_outside(struct checker *checker, size_t vm);
void check_memory_shared(struct checker *checker, size_t vm);
void check_memory_over_bulkhead(struct checker *checker, size_t index);
void check_memory_too_large(struct checker *checker, size_t index);

/* check_needs.c */
void check_without_unknown(struct checker *checker, size_t vm);
void check_unowned_provider(struct checker *checker, size_t vm);
void check_foreign_provider(struct checker *checker, size_t index); /* of Bulkhead and CPUs */
void check_device_dma(struct checker *checker, size_t vm);
void check_dma_memory(struct checker *checker, size_t vm);

/* check_images.c */
void check_file_missing(struct checker *checker, size_t vm);
void check_file_digest(struct checker *checker, size_t vm);
void check_image_format(struct checker *checker, size_t vm);
void check_initrd_format(struct checker *checker, size_t vm);
void check_image_load(struct checker *checker, size_t vm);
void check_slot_size(struct checker *checker, size_t vm);
void check_image_outside(struct checker *checker, size_t vm);
void check_entry_outside(struct checker *checker, size_t vm);
void check_initrd_too_large(struct checker *checker, size_t vm);
void check_args_unread(struct checker *checker, size_t vm);

/* check_trees.c */
void check_tree_file(struct checker *checker, size_t vm);
void check_patch_source(struct checker *checker, size_t vm);
void check_tree(struct checker *checker, size_t vm);
