/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blocks.h - going over memory by the blocks of a cache, to clear it or to write it back.
 */
#pragma once

#include "lib/address.h"

/*
 * OPERATION(address) of each block of `block` bytes from `start`, which one begins at, to `end`.
 * Four at a time, as far as that goes: else most of it would be the loop.
 */
#define EACH_BLOCK(OPERATION, start, end, block)                                                   \
    do {                                                                                           \
        const uintptr_t end_ = (uintptr_t)(end), block_ = (uintptr_t)(block);                      \
        uintptr_t at_ = (uintptr_t)(start);                                                        \
                                                                                                   \
        for (; end_ - at_ >= 4 * block_; at_ += 4 * block_) {                                      \
            OPERATION(at_);                                                                        \
            OPERATION(at_ + block_);                                                               \
            OPERATION(at_ + 2 * block_);                                                           \
            OPERATION(at_ + 3 * block_);                                                           \
        }                                                                                          \
        for (; at_ < end_; at_ += block_)                                                          \
            OPERATION(at_);                                                                        \
    } while (0)
