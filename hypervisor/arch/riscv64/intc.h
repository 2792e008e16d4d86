/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intc.h - the machine's interrupt controller, and what a VM sees of it. Three
 * kinds, chosen by the board's data (enum system_controller): a PLIC, an APLIC in
 * direct delivery mode, and an APLIC with IMSICs whose guest files deliver to the
 * guest without the hypervisor. Each is one struct intc.
 *
 * Interrupts are sources of PLIC or APLIC by their number. Registers are mapped
 * at SPACE_ARCH.
 */
#ifndef RISCV64_INTC_H
#define RISCV64_INTC_H

#include <stdbool.h>
#include <stdint.h>

#include "trap/mmio.h"
#include "vm/vm.h"

struct intc {
    /* First core, once: every source off. NULL, or what is wrong. Maps registers at SPACE_ARCH. */
    const char *(*machine_init)(const struct system *system);
    /* Each core: its own part to a defined state. NULL, or what is wrong. */
    const char *(*cpu_init)(const struct system *system, uint32_t cpu);
    /* The hypervisor's own source (the console's) goes to `cpu`, and is delivered. */
    void (*route)(uint32_t source, uint32_t cpu);
    void (*enable)(uint32_t source);
    /* Another core is to look at its requests; false if this controller can't tell it. */
    bool (*kick)(uint32_t cpu);
    /* A VM's view: at boot, and before each of its lives; and what each of its cores resets. */
    void (*vm_create)(struct vm *vm, const struct system *system);
    void (*vm_reset)(struct vm *vm);
    void (*vcpu_reset)(struct vcpu *vcpu);
    /* A supervisor external interrupt is pending on this core: takes what there is. Fast path. */
    void (*handle)(struct vcpu *vcpu);
    /* This core's vCPU gets (hvip.VSEIP) what its controller has for it. */
    void (*sync)(struct vcpu *vcpu);
    /* arch_interrupt_set_level(). */
    void (*set_level)(struct vm *vm, uint32_t number, bool level);
    /* What its vCPUs share, and the part that is each one's own. */
    struct mmio_device shared;
    struct mmio_device private;
};

extern const struct intc intc_plic, intc_aplic, intc_aia;

/* The one of this board. Any core, once this_cpu.system is there. */
const struct intc *intc(void);

#endif
