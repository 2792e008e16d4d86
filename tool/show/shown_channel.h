/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shown_channel.h - who shares the memory of a system's channels, by number, and words for them.
 */
#pragma once

#include "tool/show/shown.h"

/* The part of VM `vm` in a channel; NULL: it has none. Which of its members that is. */
const struct system_member *shown_channel_member(const struct shown *shown, uint32_t vm,
                                                 uint32_t channel);
uint32_t shown_channel_number(const struct shown *shown, uint32_t vm, uint32_t channel);

/* "rw" or "ro" */
const char *shown_channel_access(const struct system_member *member);

/* All of its members: "control rw, monitor ro". */
const char *shown_channel_members(struct shown *shown, uint32_t channel);
