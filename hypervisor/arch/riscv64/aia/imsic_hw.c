/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/aia/imsic.h"

#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/mmio_hw.h"
#include "vm/this_cpu.h"

/* Registers of a file by siselect and vsiselect, 3.8. RV64 has the even ones of the arrays. */
#define EIDELIVERY  0x70u
#define EITHRESHOLD 0x72u
#define EIP0        0x80u
#define EIE0        0xc0u

/* Registers of an array for 32 identities each; those beyond what a file has may be illegal. */
#define ARRAY_END (this_cpu.system.board->riscv64.identities / 32)

/* In a file's page: sets an identity's pending bit; little endian. */
#define SETEIPNUM_LE 0u

/* Pages at SPACE_ARCH. */
#define OWN_FILE(cpu)   (SPACE_ARCH + (24 + (uint64_t)(cpu)) * PAGE_SIZE)
#define GUEST_FILE(cpu) (SPACE_ARCH + (32 + (uint64_t)(cpu)) * PAGE_SIZE)

static void map(const struct system *system, uint32_t cpu) {
    for (uint32_t i = 0; i < system->cpu_count; i++) {
        uint64_t file = system->cpus[i].controller_phys;

        mmio_map(OWN_FILE(i), file, PAGE_SIZE);
        if (system_vm_of_cpu(system, i) == system_vm_of_cpu(system, cpu))
            mmio_map(GUEST_FILE(i), file + IMSIC_GUEST_FILE * PAGE_SIZE, PAGE_SIZE);
    }
}

static void own_write(uint64_t reg, uint64_t value) {
    WRITE_CSR(SISELECT, reg);
    WRITE_CSR(SIREG, value);
}

static void guest_write(uint64_t reg, uint64_t value) {
    WRITE_CSR(VSISELECT, reg);
    WRITE_CSR(VSIREG, value);
}

static void reset(void (*write)(uint64_t reg, uint64_t value), uint64_t enabled, bool pending) {
    write(EIDELIVERY, 0);
    write(EITHRESHOLD, 0);
    for (uint32_t i = 0; i < ARRAY_END; i += 2) {
        write(EIE0 + i, i == 0 ? enabled : 0);
        if (pending)
            write(EIP0 + i, 0);
    }
}

const char *imsic_cpu_init(const struct system *system, uint32_t cpu) {
    uint64_t hgeie = SWAP_CSR(hgeie, ~UINT64_C(0));
    uint64_t files = SWAP_CSR(hgeie, hgeie);

    map(system, cpu);
    if ((files & BIT(IMSIC_GUEST_FILE)) == 0)
        return "this core has no guest interrupt file";
    reset(own_write, BIT(IMSIC_KICK) | BIT(IMSIC_CONSOLE), true);
    own_write(EIDELIVERY, 1);
    return NULL;
}

uint32_t imsic_claim(void) {
    return (uint32_t)SWAP_CSR(STOPEI, 0) >> 16;
}

bool imsic_take(uint32_t identity) {
    WRITE_CSR(SISELECT, EIP0);
    return (CSR_VALUE("csrrc", SIREG, BIT(identity)) & BIT(identity)) != 0;
}

uint64_t imsic_bell(uint32_t cpu) {
    return OWN_FILE(cpu) + SETEIPNUM_LE;
}

void imsic_send(uint32_t cpu, uint32_t identity) {
    mmio_write(GUEST_FILE(cpu) + SETEIPNUM_LE, identity);
}

void imsic_guest_reset(bool pending) {
    reset(guest_write, 0, pending);
    WRITE_CSR(VSISELECT, 0);
}
