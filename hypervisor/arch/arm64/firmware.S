/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware.S - into the firmware below. What SMC may change, C may.
 */
    .text
    .globl firmware_call
firmware_call:
    str     x0, [sp, #-16]!
    ldp     x2, x3, [x0, #16]
    ldp     x0, x1, [x0]
    smc     #0
    ldr     x4, [sp], #16
    stp     x0, x1, [x4]
    stp     x2, x3, [x4, #16]
    ret
