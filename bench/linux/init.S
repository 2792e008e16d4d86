/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.S - all that runs above Linux while it is measured. It sleeps, so that the kernel's threads
 * have done what they began at boot; then it calls getppid(). scripts/emulator/count.c knows the
 * places between which it counts by their addresses.
 */
#define NANOSLEEP 101
#define GETPPID   173
#define CALLS     20000

    .globl _start, rested, done
_start:
#ifdef __aarch64__
    adr     x0, seconds
    mov     x1, #0
    mov     x8, #NANOSLEEP
    svc     #0
    mov     x19, #CALLS
rested:
    mov     x8, #GETPPID
    svc     #0
    subs    x19, x19, #1
    b.ne    rested
done:
    b       done
#else
    lla     a0, seconds
    li      a1, 0
    li      a7, NANOSLEEP
    ecall
    li      s0, CALLS
rested:
    li      a7, GETPPID
    ecall
    addi    s0, s0, -1
    bnez    s0, rested
done:
    j       done
#endif

    .balign 8
seconds:
    .8byte  5, 0                        /* and nanoseconds */
