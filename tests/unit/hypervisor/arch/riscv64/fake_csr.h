/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_csr.h - in place of csr_hw.h, with the numbers of its registers: a file that is included
 * behind this one reads and writes the registers of a hart that the test describes. What is not
 * there fails: to be found out by PROBE(), else the test.
 */
#ifndef UNIT_RISCV64_FAKE_CSR_H
#define UNIT_RISCV64_FAKE_CSR_H

#include "arch/riscv64/include/csr_hw.h"

#include <stdbool.h>

#include "arch/host/host.h"

#undef READ_CSR
#undef WRITE_CSR
#undef SWAP_CSR
#undef SET_CSR
#undef CLEAR_CSR
#undef CBO
#undef HLV_BU
#undef HLVX_HU
#undef HFENCE_VVMA
#undef INSTRUCTION

/* By their names in the assembler and here: Privileged Architecture 1.13, chapter 2. */
#define FAKE_CSRS                                                                                  \
    csr(seed, SEED, 0x015) csr(sstatus, SSTATUS, 0x100) csr(sie, SIE, 0x104) csr(                  \
        sstateen0, SSTATEEN0, 0x10c) csr(sepc, SEPC, 0x141) csr(scause, SCAUSE, 0x142)             \
        csr(stval, STVAL, 0x143) csr(sip, SIP, 0x144) csr(stimecmp, STIMECMP, 0x14d) csr(          \
            satp, SATP, 0x180) csr(time, TIME, 0xc01) csr(vsstatus, VSSTATUS, 0x200)               \
            csr(vsie, VSIE, 0x204) csr(vstvec, VSTVEC, 0x205) csr(vsepc, VSEPC, 0x241) csr(        \
                vscause, VSCAUSE, 0x242) csr(vstval, VSTVAL, 0x243) csr(vsip, VSIP, 0x244)         \
                csr(vstimecmp, VSTIMECMP,                                                          \
                    0x24d) csr(vsatp, VSATP, 0x280) csr(hstatus, HSTATUS, 0x600)                   \
                    csr(hedeleg, HEDELEG, 0x602) csr(hideleg, HIDELEG, 0x603) csr(hie, HIE, 0x604) \
                        csr(htimedelta, HTIMEDELTA, 0x605) csr(hcounteren, HCOUNTEREN, 0x606)      \
                            csr(hgeie, HGEIE, 0x607) csr(henvcfg, HENVCFG, 0x60a) csr(             \
                                hstateen0, HSTATEEN0, 0x60c) csr(hstateen1, HSTATEEN1, 0x60d)      \
                                csr(hstateen2, HSTATEEN2, 0x60e) csr(hstateen3, HSTATEEN3, 0x60f)  \
                                    csr(htval, HTVAL, 0x643) csr(hvip, HVIP, 0x645)                \
                                        csr(htinst, HTINST, 0x64a) csr(hgatp, HGATP, 0x680)        \
                                            csr(SISELECT, FAKE_SISELECT, SISELECT)                 \
                                                csr(SIREG, FAKE_SIREG, SIREG)                      \
                                                    csr(STOPEI, FAKE_STOPEI, STOPEI)               \
                                                        csr(VSISELECT, FAKE_VSISELECT, VSISELECT)  \
                                                            csr(VSIREG, FAKE_VSIREG, VSIREG)       \
                                                                csr(HVICTL, FAKE_HVICTL, HVICTL)

#define csr(name, here, number) here = number, CSR_##name = here,
enum { FAKE_CSRS };
#undef csr

struct fake_hart {
    uint64_t csr[0x1000];
    bool missing[0x1000];
    uint32_t writes[0x1000];
    uint64_t henvcfg; /* its bits that are there */
    uint64_t sstatus; /* and of sstatus */
    uint32_t levels;  /* of the largest stage 2 */
    bool tells;       /* htval */
    uint64_t zeroes;  /* bytes that CBO.ZERO clears; 0: none is there */
    bool may_flush, may_invalidate;
    uint64_t code_at; /* the guest's instructions, where it has them, by 16 bits; else it faults */
    uint16_t code[4];
    uint32_t blocks[5]; /* CBO instructions by operation, ... */
    uintptr_t at, step; /* ... where the last one was, and how far behind the one before */
};

extern struct fake_hart hart;

/* One that has all; all bits of its registers are set. */
void fake_hart_reset(void);

uint64_t fake_csr_read(uint32_t number);
void fake_csr_write(uint32_t number, uint64_t value);
void fake_cbo(char operation, uintptr_t at);
void fake_guest_load(uint64_t at);
uint16_t fake_guest_fetch(uint64_t at);
/* Operands in hexadecimal, or x0 where 0 is written. */
void fake_hfence(const char *at_text, uint64_t at, const char *asid_text, uint64_t asid);

#define READ_CSR(name)         fake_csr_read(CSR_##name)
#define WRITE_CSR(name, value) fake_csr_write(CSR_##name, value)
#define SWAP_CSR(name, value)                                                                      \
    __extension__({                                                                                \
        uint64_t value_ = fake_csr_read(CSR_##name);                                               \
        fake_csr_write(CSR_##name, value);                                                         \
        value_;                                                                                    \
    })
#define SET_CSR(name, bits)   fake_csr_write(CSR_##name, fake_csr_read(CSR_##name) | (bits))
#define CLEAR_CSR(name, bits) fake_csr_write(CSR_##name, fake_csr_read(CSR_##name) & ~(bits))
#define CBO(operation, at)    fake_cbo(*(operation), (uintptr_t)(at))
#define HLV_BU(value, at)     ((void)(value), fake_guest_load(at))
#define HLVX_HU(value, at)    ((value) = fake_guest_fetch(at))
#define HFENCE_VVMA(at, asid) fake_hfence(#at, at, #asid, asid)
#define INSTRUCTION(text)     record("%s", text)
#endif
