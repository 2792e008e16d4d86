/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware.S - into the firmware below. SMC may change x0-x17 (DEN 0028, before version 1.1); C
 * leaves some of them alone (HV_SAVED_arm64 of make/hypervisor.mk), and so does this.
 */
    .text
    .globl firmware_call
firmware_call:
    stp     x0, x18, [sp, #-64]!
    stp     x10, x11, [sp, #16]
    stp     x12, x13, [sp, #32]
    stp     x14, x15, [sp, #48]
    ldp     x2, x3, [x0, #16]
    ldp     x0, x1, [x0]
    smc     #0
    ldp     x14, x15, [sp, #48]
    ldp     x12, x13, [sp, #32]
    ldp     x10, x11, [sp, #16]
    ldp     x4, x18, [sp], #64
    stp     x0, x1, [x4]
    stp     x2, x3, [x4, #16]
    ret
