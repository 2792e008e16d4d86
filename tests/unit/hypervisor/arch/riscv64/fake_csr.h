/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_csr.h - in place of csr_hw.h, whose numbers it has: a file that is included behind this one
 * reads and writes the registers of a hart that the test describes. What is not there fails: to be
 * found out by PROBE(), else the test.
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
#undef HFENCE_VVMA
#undef INSTRUCTION

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
/* Operands in hexadecimal, or x0 where 0 is written. */
void fake_hfence(const char *at_text, uint64_t at, const char *asid_text, uint64_t asid);

#define READ_CSR(number)         fake_csr_read(number)
#define WRITE_CSR(number, value) fake_csr_write(number, value)
#define SWAP_CSR(number, value)                                                                    \
    __extension__({                                                                                \
        uint64_t value_ = fake_csr_read(number);                                                   \
        fake_csr_write(number, value);                                                             \
        value_;                                                                                    \
    })
#define SET_CSR(number, bits)   fake_csr_write(number, fake_csr_read(number) | (bits))
#define CLEAR_CSR(number, bits) fake_csr_write(number, fake_csr_read(number) & ~(bits))
#define CBO(operation, at)      fake_cbo(*(operation), (uintptr_t)(at))
#define HLV_BU(value, at)       ((void)(value), fake_guest_load(at))
#define HFENCE_VVMA(at, asid)   fake_hfence(#at, at, #asid, asid)
#define INSTRUCTION(text)       record("%s", text)
#endif
