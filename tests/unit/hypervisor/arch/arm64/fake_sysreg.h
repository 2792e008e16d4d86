/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_sysreg.h - in place of sysreg_hw.h: a file that is included behind this one
 * reads and writes the registers of machine.h.
 */
#ifndef ARM64_SYSREG_HW_H
#define ARM64_SYSREG_HW_H

#include "arch/host/host.h"
#include "hypervisor/arch/arm64/machine.h"

#define READ_SYSREG(name)         machine_sysreg_read(#name)
#define WRITE_SYSREG(name, value) machine_sysreg_write(#name, (uint64_t)(value))
#define ISB()                     machine_isb()
#define DSB(domain)               machine_dsb(#domain)
#define INSTRUCTION(text)         record("%s", text)
#define DC(operation, at)         machine_dc(operation, at)

static inline uint32_t id_field(uint64_t value, unsigned shift) {
    return (uint32_t)(value >> shift) & 0xf;
}

/* As a test reads and writes them. */
static inline uint64_t get(const char *name) {
    return machine_sysreg_read(name);
}

static inline void set(const char *name, uint64_t value) {
    machine_sysreg_write(name, value);
}
#endif
