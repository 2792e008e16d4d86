/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trap.h - why a vCPU is in the hypervisor, in terms that both architectures
 * share. arch/ decodes its syndrome registers into this; trap/ acts on it.
 */
#pragma once

#include "vm/vm.h"

enum trap_reason {
    TRAP_MMIO,      /* an access to an address that stage 2 does not map, fully described */
    TRAP_OUTSIDE,   /* one that can't be emulated: not described, or refused by the machine */
    TRAP_FETCH,     /* an instruction fetch that stage 2 does not allow */
    TRAP_SYSREG,    /* a system register, or CSR */
    TRAP_UNDEFINED, /* an instruction that this machine does not have */
    TRAP_SERROR,    /* an asynchronous external abort, or another hardware error */
};

struct mmio_access {
    uint64_t at;  /* the guest's physical address */
    uint8_t size; /* bytes: 1, 2, 4, 8 */
    bool write;
    bool sign_extend; /* of a load, to ... */
    uint8_t width;    /* ... so many bytes of the register: 4 or 8 */
    uint8_t reg;      /* general register, see arch_vcpu_register() */
};

struct trap {
    enum trap_reason reason;
    uint64_t address;        /* the guest's virtual address, for memory traps */
    uint64_t code;           /* the architecture's own syndrome */
    struct mmio_access mmio; /* TRAP_MMIO */
};

/* Counts the exit and acts on it. The vCPU's own core; vcpu_settle() comes next. */
void trap_handle(struct vcpu *vcpu, const struct trap *trap);
