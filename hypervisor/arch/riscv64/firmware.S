/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware.S - into the firmware below. What ECALL changes is what C expects: the
 * two results are in a0 and a1.
 */
    .text
    .globl firmware_call
firmware_call:
    mv      t0, a0
    .irp    n, 0,1,2,3,4,5,6,7
    ld      a\n, (8 * \n)(t0)
    .endr
    ecall
    ret
