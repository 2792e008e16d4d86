/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel.h - what lies in a channel's first page, which the hypervisor alone writes and all
 * members read, at any time: 32-bit words, each of which changes at once.
 */
#pragma once

#include <stdint.h>

#define CHANNEL_MEMBERS_MAX 8u

struct channel_state {
    /*
     * By member, numbered from 0 on in the order of their VMs: the number of the life that it is
     * in, from 1 on and never the same twice; 0: it is down, or there is none. Before a member's
     * memory is touched by its next life it is down here.
     */
    uint32_t lives[CHANNEL_MEMBERS_MAX];
};
