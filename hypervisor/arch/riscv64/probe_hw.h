/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_hw.h - what may fail: an instruction that this hart may not have, and accesses to memory.
 * arch_memory_probe() of the contract and guest_memory() of firmware.h are here as well.
 */
#pragma once

#include <stdbool.h>

/* Between PROBE() and own_exception(): an instruction may fail, and has failed. */
extern volatile bool probe_running, probe_failed;

/* Whether this hart carries out the statement: it has the register or the memory that it is about.
 */
#define PROBE(statement)                                                                           \
    __extension__({                                                                                \
        probe_failed = false;                                                                      \
        probe_running = true;                                                                      \
        statement;                                                                                 \
        probe_running = false;                                                                     \
        !probe_failed;                                                                             \
    })

/* The same of an access as the guest does it: a fault leaves the guest's way back as it was. */
#define PROBE_GUEST(statement)                                                                     \
    __extension__({                                                                                \
        uint64_t pc_ = READ_CSR(sepc), status_ = READ_CSR(sstatus), hstatus_ = READ_CSR(hstatus);  \
        bool done_ = PROBE(statement);                                                             \
        WRITE_CSR(sepc, pc_);                                                                      \
        WRITE_CSR(sstatus, status_);                                                               \
        WRITE_CSR(hstatus, hstatus_);                                                              \
        done_;                                                                                     \
    })
