/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show/shown_channel.h"

const struct system_member *shown_channel_member(const struct shown *shown, uint32_t vm,
                                                 uint32_t channel) {
    struct system_slice slice = shown->system.vms[vm].members;

    for (uint32_t i = slice.first; i < slice.first + slice.count; i++)
        if (shown->system.members[i].channel == channel)
            return &shown->system.members[i];
    return NULL;
}

uint32_t shown_channel_number(const struct shown *shown, uint32_t vm, uint32_t channel) {
    uint32_t number = 0;

    for (uint32_t before = 0; before < vm; before++)
        number += shown_channel_member(shown, before, channel) != NULL;
    return number;
}

const char *shown_channel_access(const struct system_member *member) {
    return (member->flags & SYSTEM_MEMBER_WRITES) != 0 ? "rw" : "ro";
}

const char *shown_channel_members(struct shown *shown, uint32_t channel) {
    const char *text = "";

    for (uint32_t vm = 0; vm < shown->system.vm_count; vm++) {
        const struct system_member *member = shown_channel_member(shown, vm, channel);

        if (member != NULL)
            text = arena_printf(&shown->arena, "%s%s%s %s", text, text[0] == '\0' ? "" : ", ",
                                shown->system.vms[vm].name, shown_channel_access(member));
    }
    return text;
}
