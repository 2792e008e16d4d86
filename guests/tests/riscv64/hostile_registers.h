/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile_registers.h - the CSRs and instructions that the hostile guest tries, as lists of
 * X(number or words). Not among them: what would only derail the guest itself (stvec, satp with
 * translation on), what the emulator would report in its log whoever runs on it, and illegal
 * SYSTEM instructions that access no CSR: OpenSBI sees them first, and says so on the machine's
 * UART.
 */
#pragma once

#include "tests/each.h"

/* M-mode's, the hypervisor's and its view of us: neither readable nor writable. */
#define HOSTILE_NOT_OURS(X)                                                                        \
    FOUR(X, 0x300 /* mstatus */, 0x301 /* misa */, 0x302 /* medeleg */, 0x304 /* mie */)           \
    FOUR(X, 0x305 /* mtvec */, 0x306 /* mcounteren */, 0x30a /* menvcfg */, 0x340 /* mscratch */)  \
    FOUR(X, 0x341 /* mepc */, 0x3a0 /* pmpcfg0 */, 0x3b0 /* pmpaddr0 */, 0xb00 /* mcycle */)       \
    FOUR(X, 0x600 /* hstatus */, 0x602 /* hedeleg */, 0x603 /* hideleg */, 0x604 /* hie */)        \
    FOUR(X, 0x605 /* htimedelta */, 0x606 /* hcounteren */, 0x607 /* hgeie */, 0x608 /* hvien */)  \
    FOUR(X, 0x60a /* henvcfg */, 0x643 /* htval */, 0x644 /* hip */, 0x645 /* hvip */)             \
    FOUR(X, 0x64a /* htinst */, 0x680 /* hgatp */, 0x200 /* vsstatus */, 0x204 /* vsie */)         \
    FOUR(X, 0x205 /* vstvec */, 0x240 /* vsscratch */, 0x241 /* vsepc */, 0x242 /* vscause */)     \
    FOUR(X, 0x243 /* vstval */, 0x244 /* vsip */, 0x24d /* vstimecmp */, 0x280 /* vsatp */)

/* Ours, whatever is written; some are not there. */
#define HOSTILE_OURS(X)                                                                            \
    FOUR(X, sstatus, sie, sip, sscratch)                                                           \
    FOUR(X, sepc, scause, stval, scounteren)                                                       \
    FOUR(X, 0x10a /* senvcfg */, 0x10c /* sstateen0 */, 0x14d /* stimecmp */, 0x15c /* stopei */)  \
    FOUR(X, 0x120 /* scountinhibit */, 0x5a8 /* scontext */, 0x001 /* fflags */, 0x003 /* fcsr */) \
    TWO(X, 0x008 /* vstart */, 0x00f /* vcsr */)

/* Read only. */
#define HOSTILE_READ(X)                                                                            \
    FOUR(X, cycle, time, instret, 0xc03 /* hpmcounter3 */)                                         \
    FOUR(X, 0xc1f /* hpmcounter31 */, 0xc20 /* vl */, 0xc22 /* vlenb */, 0xda0 /* scountovf */)    \
    FOUR(X, 0xdb0 /* stopi */, 0xe12 /* hgeip */, 0xeb0 /* vstopi */, 0xf11 /* mvendorid */)

/* Not ours: the hypervisor's instructions, with a0 as address or operand. */
#define HOSTILE_HYPERVISOR(X)                                                                      \
    TWO(X, 0x60054573 /* hlv.b a0, (a0) */, 0x60154573 /* hlv.bu */)                               \
    TWO(X, 0x64054573 /* hlv.h */, 0x64354573 /* hlvx.hu */)                                       \
    TWO(X, 0x68054573 /* hlv.w */, 0x68354573 /* hlvx.wu */)                                       \
    TWO(X, 0x6c054573 /* hlv.d */, 0x62a54073 /* hsv.b a0, (a0) */)                                \
    TWO(X, 0x66a54073 /* hsv.h */, 0x6aa54073 /* hsv.w */)                                         \
    TWO(X, 0x6ea54073 /* hsv.d */, 0x22050073 /* hfence.vvma a0, zero */)                          \
    TWO(X, 0x22a50073 /* hfence.vvma a0, a0 */, 0x62050073 /* hfence.gvma a0, zero */)             \
    TWO(X, 0x62a50073 /* hfence.gvma a0, a0 */, 0x00000000)                                        \
    X(0xffffffff)

/* Ours, or nobody's. */
#define HOSTILE_INSTRUCTION(X)                                                                     \
    TWO(X, 0x12050073 /* sfence.vma a0, zero */, 0x12a50073 /* sfence.vma a0, a0 */)               \
    TWO(X, 0x0000100f /* fence.i */, 0x0100000f /* pause */)                                       \
    TWO(X, 0x0005200f /* cbo.inval (a0) */, 0x0015200f /* cbo.clean (a0) */)                       \
    TWO(X, 0x0025200f /* cbo.flush (a0) */, 0xf2050053 /* fmv.d.x ft0, a0 */)                      \
    X(0x02007053 /* fadd.d ft0, ft0, ft0 */)                                                       \
    TWO(X, 0x0d0572d7 /* vsetvli t0, a0, e32, m1, ta, ma */, 0x5e054057 /* vmv.v.x v0, a0 */)      \
    X(0x0000000b /* custom-0 */)
