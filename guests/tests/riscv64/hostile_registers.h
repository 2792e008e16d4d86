/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile_registers.h - the CSRs and instructions that the hostile guest tries, as lists of
 * X(number or words). Not among them: what would only derail the guest itself (stvec, satp with
 * translation on), what the emulator would report in its log whoever runs on it, and illegal
 * SYSTEM instructions that access no CSR: OpenSBI sees them first, and says so on the machine's
 * UART.
 */
#pragma once

/* M-mode's, the hypervisor's and its view of us: neither readable nor writable. */
#define HOSTILE_NOT_OURS(X)                                                                        \
    X(0x300) /* mstatus */                                                                         \
    X(0x301) /* misa */                                                                            \
    X(0x302) /* medeleg */                                                                         \
    X(0x304) /* mie */                                                                             \
    X(0x305) /* mtvec */                                                                           \
    X(0x306) /* mcounteren */                                                                      \
    X(0x30a) /* menvcfg */                                                                         \
    X(0x340) /* mscratch */                                                                        \
    X(0x341) /* mepc */                                                                            \
    X(0x3a0) /* pmpcfg0 */                                                                         \
    X(0x3b0) /* pmpaddr0 */                                                                        \
    X(0xb00) /* mcycle */                                                                          \
    X(0x600) /* hstatus */                                                                         \
    X(0x602) /* hedeleg */                                                                         \
    X(0x603) /* hideleg */                                                                         \
    X(0x604) /* hie */                                                                             \
    X(0x605) /* htimedelta */                                                                      \
    X(0x606) /* hcounteren */                                                                      \
    X(0x607) /* hgeie */                                                                           \
    X(0x608) /* hvien */                                                                           \
    X(0x60a) /* henvcfg */                                                                         \
    X(0x643) /* htval */                                                                           \
    X(0x644) /* hip */                                                                             \
    X(0x645) /* hvip */                                                                            \
    X(0x64a) /* htinst */                                                                          \
    X(0x680) /* hgatp */                                                                           \
    X(0x200) /* vsstatus */                                                                        \
    X(0x204) /* vsie */                                                                            \
    X(0x205) /* vstvec */                                                                          \
    X(0x240) /* vsscratch */                                                                       \
    X(0x241) /* vsepc */                                                                           \
    X(0x242) /* vscause */                                                                         \
    X(0x243) /* vstval */                                                                          \
    X(0x244) /* vsip */                                                                            \
    X(0x24d) /* vstimecmp */                                                                       \
    X(0x280) /* vsatp */

/* Ours, whatever is written; some are not there. */
#define HOSTILE_OURS(X)                                                                            \
    X(sstatus)                                                                                     \
    X(sie)                                                                                         \
    X(sip)                                                                                         \
    X(sscratch)                                                                                    \
    X(sepc)                                                                                        \
    X(scause)                                                                                      \
    X(stval)                                                                                       \
    X(scounteren)                                                                                  \
    X(0x10a) /* senvcfg */                                                                         \
    X(0x10c) /* sstateen0 */                                                                       \
    X(0x14d) /* stimecmp */                                                                        \
    X(0x15c) /* stopei */                                                                          \
    X(0x120) /* scountinhibit */                                                                   \
    X(0x5a8) /* scontext */                                                                        \
    X(0x001) /* fflags */                                                                          \
    X(0x003) /* fcsr */                                                                            \
    X(0x008) /* vstart */                                                                          \
    X(0x00f) /* vcsr */

/* Read only. */
#define HOSTILE_READ(X)                                                                            \
    X(cycle)                                                                                       \
    X(time)                                                                                        \
    X(instret)                                                                                     \
    X(0xc03) /* hpmcounter3 */                                                                     \
    X(0xc1f) /* hpmcounter31 */                                                                    \
    X(0xc20) /* vl */                                                                              \
    X(0xc22) /* vlenb */                                                                           \
    X(0xda0) /* scountovf */                                                                       \
    X(0xdb0) /* stopi */                                                                           \
    X(0xe12) /* hgeip */                                                                           \
    X(0xeb0) /* vstopi */                                                                          \
    X(0xf11) /* mvendorid */

/* Not ours: the hypervisor's instructions, with a0 as address or operand. */
#define HOSTILE_HYPERVISOR(X)                                                                      \
    X(0x60054573) /* hlv.b a0, (a0) */                                                             \
    X(0x60154573) /* hlv.bu */                                                                     \
    X(0x64054573) /* hlv.h */                                                                      \
    X(0x64354573) /* hlvx.hu */                                                                    \
    X(0x68054573) /* hlv.w */                                                                      \
    X(0x68354573) /* hlvx.wu */                                                                    \
    X(0x6c054573) /* hlv.d */                                                                      \
    X(0x62a54073) /* hsv.b a0, (a0) */                                                             \
    X(0x66a54073) /* hsv.h */                                                                      \
    X(0x6aa54073) /* hsv.w */                                                                      \
    X(0x6ea54073) /* hsv.d */                                                                      \
    X(0x22050073) /* hfence.vvma a0, zero */                                                       \
    X(0x22a50073) /* hfence.vvma a0, a0 */                                                         \
    X(0x62050073) /* hfence.gvma a0, zero */                                                       \
    X(0x62a50073) /* hfence.gvma a0, a0 */                                                         \
    X(0x00000000)                                                                                  \
    X(0xffffffff)

/* Ours, or nobody's. */
#define HOSTILE_INSTRUCTION(X)                                                                     \
    X(0x12050073) /* sfence.vma a0, zero */                                                        \
    X(0x12a50073) /* sfence.vma a0, a0 */                                                          \
    X(0x0000100f) /* fence.i */                                                                    \
    X(0x0100000f) /* pause */                                                                      \
    X(0x0005200f) /* cbo.inval (a0) */                                                             \
    X(0x0015200f) /* cbo.clean (a0) */                                                             \
    X(0x0025200f) /* cbo.flush (a0) */                                                             \
    X(0xf2050053) /* fmv.d.x ft0, a0 */                                                            \
    X(0x02007053) /* fadd.d ft0, ft0, ft0 */                                                       \
    X(0x0d0572d7) /* vsetvli t0, a0, e32, m1, ta, ma */                                            \
    X(0x5e054057) /* vmv.v.x v0, a0 */                                                             \
    X(0x0000000b) /* custom-0 */
