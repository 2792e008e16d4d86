/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intc_hw.c - the three kinds of struct intc: the machine's controller put together
 * with what a VM sees of it.
 */
#include "arch/riscv64/intc.h"

#include <stddef.h>

#include "arch/riscv64/aia/aplic.h"
#include "arch/riscv64/aia/imsic.h"
#include "arch/riscv64/fast_hw.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/plic/plic.h"
#include "irq/irq.h"
#include "vm/this_cpu.h"

const struct intc *intc(void) {
    switch (this_cpu.system.board->riscv64.controller_kind) {
    case SYSTEM_CONTROLLER_PLIC:
        return &intc_plic;
    case SYSTEM_CONTROLLER_APLIC:
        return &intc_aplic;
    default:
        return &intc_aia;
    }
}

/* ---- what they have in common --------------------------------------------------------------- */

/* Either controller's begin with them. */
static struct sources *sources_of(struct vm *vm) {
    return &vm->arch.vplic.sources;
}

static void create_sources(struct vm *vm, const struct system *system) {
    struct sources *sources = sources_of(vm);
    const struct system_interrupt *interrupt = &system->interrupts[vm->config->interrupts.first];

    sources->at = vm->config->controller_at;
    sources->vcpu_count = vm->vcpu_count;
    for (uint32_t i = 0; i < vm->vcpu_count; i++)
        sources->machine_cpu[i] = vm->vcpus[i].cpu;
    for (uint32_t i = 0; i < vm->config->interrupts.count; i++)
        source_assign(sources->owned, interrupt[i].phys, true);
    if (vm->config->console == SYSTEM_VM_CONSOLE_16550)
        source_assign(sources->emulated, vm->config->console_irq, true);
}

static void sync_output(struct vcpu *vcpu) {
    if (atomic_load(&sources_of(vcpu->vm)->output[vcpu->index]))
        SET_CSR(HVIP, BIT(IRQ_VSEI));
    else
        CLEAR_CSR(HVIP, BIT(IRQ_VSEI));
}

static void no_vcpu_reset(struct vcpu *vcpu) {
    (void)vcpu;
}

static bool no_kick(uint32_t cpu) {
    (void)cpu;
    return false;
}

/* Where the VM's controller has registers of `size` bytes from `start` on. */
static bool covers(const struct vm *vm, uint64_t at, uint64_t start, uint64_t size,
                   uint64_t *offset) {
    *offset = at - vm->arch.vplic.sources.at;
    return range_contains(start, size, *offset);
}

/* ---- PLIC ------------------------------------------------------------------------------------ */

static void plic_vm_reset(struct vm *vm) {
    const struct system_interrupt *interrupt =
        &vm->system->interrupts[vm->config->interrupts.first];

    for (uint32_t i = 0; i < vm->config->interrupts.count; i++) {
        for (uint32_t n = 0; n < vm->vcpu_count; n++)
            plic_enable(vm->vcpus[n].cpu, interrupt[i].phys, false);
        plic_renew(interrupt[i].phys);
    }
    vplic_reset(&vm->arch.vplic);
}

static void plic_handle_console(struct vcpu *vcpu, uint32_t source) {
    vcpu->exits[EXIT_CONSOLE]++;
    /* A claim may take it although a threshold keeps it from this core: it comes again there. */
    if (plic_console_is_here())
        irq_handlers.console(vcpu);
    spin_lock(&sources_of(vcpu->vm)->lock);
    plic_complete(source);
    spin_unlock(&sources_of(vcpu->vm)->lock);
}

static void plic_handle(struct vcpu *vcpu) {
    struct vplic *vplic = &vcpu->vm->arch.vplic;
    uint32_t source = plic_claim();

    if (source == 0) /* a sibling was faster */
        return;
    if (source == this_cpu.system.board->console_irq) {
        plic_handle_console(vcpu, source);
        return;
    }
    spin_lock(&vplic->sources.lock);
    if (vplic_take(vplic, vcpu->index, source)) {
        vcpu->exits[EXIT_DEVICE]++;
    } else {
        vcpu->exits[EXIT_OTHER]++;
        plic_complete(source);
        plic_enable(vcpu->cpu, source, false);
    }
    spin_unlock(&vplic->sources.lock);
    sync_output(vcpu);
}

static void plic_set_level(struct vm *vm, uint32_t number, bool level) {
    spin_lock(&sources_of(vm)->lock);
    vplic_set_level(&vm->arch.vplic, this_cpu.vcpu->index, number, level);
    spin_unlock(&sources_of(vm)->lock);
    sync_output(this_cpu.vcpu);
}

static uint64_t plic_read(struct vcpu *vcpu, uint64_t offset, unsigned size) {
    uint32_t value = 0;

    spin_lock(&sources_of(vcpu->vm)->lock);
    if (size == 4)
        value = vplic_read(&vcpu->vm->arch.vplic, vcpu->index, offset);
    spin_unlock(&sources_of(vcpu->vm)->lock);
    return value;
}

static void plic_write(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value) {
    spin_lock(&sources_of(vcpu->vm)->lock);
    if (size == 4)
        vplic_write(&vcpu->vm->arch.vplic, vcpu->index, offset, (uint32_t)value);
    spin_unlock(&sources_of(vcpu->vm)->lock);
}

static bool plic_covers_shared(const struct vm *vm, uint64_t at, uint64_t *offset) {
    return covers(vm, at, 0, SYSTEM_PLIC_CONTEXTS_AT, offset);
}

static bool plic_covers_private(const struct vm *vm, uint64_t at, uint64_t *offset) {
    return covers(vm, at, SYSTEM_PLIC_CONTEXTS_AT, vm->vcpu_count * PAGE_SIZE, offset);
}

const struct intc intc_plic = {
    .machine_init = plic_machine_init,
    .cpu_init = plic_cpu_init,
    .route = plic_console_route,
    .enable = plic_console_enable,
    .kick = no_kick,
    .vm_create = create_sources,
    .vm_reset = plic_vm_reset,
    .vcpu_reset = no_vcpu_reset,
    .handle = plic_handle,
    .sync = sync_output,
    .set_level = plic_set_level,
    .shared = {plic_covers_shared, plic_read, plic_write},
    .private = {plic_covers_private, plic_read, plic_write},
};

/* ---- APLIC, alone or with IMSICs ---------------------------------------------------------------
 */

static const char *aia_cpu_init(const struct system *system, uint32_t cpu) {
    const char *wrong = aplic_cpu_init(system, cpu);

    if (wrong == NULL)
        wrong = imsic_cpu_init(system, cpu);
    /* What this core's file had before is lost: a level that is still high comes again. */
    aplic_write(APLIC_SETIPNUM, system->board->console_irq);
    return wrong;
}

static bool aia_kick(uint32_t cpu) {
    imsic_kick(cpu);
    return true;
}

static void aplic_vm_create(struct vm *vm, const struct system *system) {
    struct vaplic *vaplic = &vm->arch.vaplic;

    create_sources(vm, system);
    vaplic->msi = system->board->riscv64.controller_kind == SYSTEM_CONTROLLER_AIA;
    for (uint32_t i = 0; i < vm->vcpu_count; i++)
        vaplic->hart_index[i] = system->cpus[vm->vcpus[i].cpu].controller_index;
}

static void aplic_vm_reset(struct vm *vm) {
    vaplic_reset(&vm->arch.vaplic);
}

/* What siblings have sent to a vCPU that was off waits for its next start, not for its next life.
 */
static void aia_vcpu_reset(struct vcpu *vcpu) {
    imsic_guest_reset(atomic_load(&vcpu->vm->request) != VM_RUN);
}

static void aplic_handle(struct vcpu *vcpu) {
    struct vaplic *vaplic = &vcpu->vm->arch.vaplic;
    uint32_t source = aplic_claim();

    if (source == 0)
        return;
    if (source == this_cpu.system.board->console_irq) {
        vcpu->exits[EXIT_CONSOLE]++;
        irq_handlers.console(vcpu);
        return;
    }
    spin_lock(&vaplic->sources.lock);
    if (vaplic_take(vaplic, vcpu->index, source)) {
        vcpu->exits[EXIT_DEVICE]++;
    } else {
        vcpu->exits[EXIT_OTHER]++;
        aplic_write(APLIC_CLRIENUM, source);
    }
    spin_unlock(&vaplic->sources.lock);
    sync_output(vcpu);
}

static void aia_handle(struct vcpu *vcpu) {
    uint32_t identity = imsic_claim();

    if (identity == IMSIC_KICK) {
        fast_kicked(vcpu);
    } else if (identity == IMSIC_CONSOLE) {
        vcpu->exits[EXIT_CONSOLE]++;
        irq_handlers.console(vcpu);
        aplic_write(APLIC_SETIPNUM, this_cpu.system.board->console_irq);
    } else if (identity != 0) {
        vcpu->exits[EXIT_OTHER]++;
    }
}

/* Guests' files do that; nothing is ever output. */
static void aia_sync(struct vcpu *vcpu) {
    (void)vcpu;
}

static void aplic_set_level(struct vm *vm, uint32_t number, bool level) {
    spin_lock(&sources_of(vm)->lock);
    vaplic_set_level(&vm->arch.vaplic, this_cpu.vcpu->index, number, level);
    spin_unlock(&sources_of(vm)->lock);
    intc()->sync(this_cpu.vcpu);
}

static uint64_t aplic_guest_read(struct vcpu *vcpu, uint64_t offset, unsigned size) {
    uint32_t value = 0;

    spin_lock(&sources_of(vcpu->vm)->lock);
    if (size == 4)
        value = vaplic_read(&vcpu->vm->arch.vaplic, vcpu->index, offset);
    spin_unlock(&sources_of(vcpu->vm)->lock);
    return value;
}

static void aplic_guest_write(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value) {
    spin_lock(&sources_of(vcpu->vm)->lock);
    if (size == 4)
        vaplic_write(&vcpu->vm->arch.vaplic, vcpu->index, offset, (uint32_t)value);
    spin_unlock(&sources_of(vcpu->vm)->lock);
}

static bool aplic_covers_shared(const struct vm *vm, uint64_t at, uint64_t *offset) {
    return covers(vm, at, 0, SYSTEM_APLIC_IDCS_AT, offset);
}

static bool aplic_covers_private(const struct vm *vm, uint64_t at, uint64_t *offset) {
    return !vm->arch.vaplic.msi && covers(vm, at, SYSTEM_APLIC_IDCS_AT,
                                          SYSTEM_APLIC_DIRECT_SIZE - SYSTEM_APLIC_IDCS_AT, offset);
}

const struct intc intc_aplic = {
    .machine_init = aplic_machine_init,
    .cpu_init = aplic_cpu_init,
    .route = aplic_console_route,
    .enable = aplic_console_enable,
    .kick = no_kick,
    .vm_create = aplic_vm_create,
    .vm_reset = aplic_vm_reset,
    .vcpu_reset = no_vcpu_reset,
    .handle = aplic_handle,
    .sync = sync_output,
    .set_level = aplic_set_level,
    .shared = {aplic_covers_shared, aplic_guest_read, aplic_guest_write},
    .private = {aplic_covers_private, aplic_guest_read, aplic_guest_write},
};

const struct intc intc_aia = {
    .machine_init = aplic_machine_init,
    .cpu_init = aia_cpu_init,
    .route = aplic_console_route,
    .enable = aplic_console_enable,
    .kick = aia_kick,
    .vm_create = aplic_vm_create,
    .vm_reset = aplic_vm_reset,
    .vcpu_reset = aia_vcpu_reset,
    .handle = aia_handle,
    .sync = aia_sync,
    .set_level = aplic_set_level,
    .shared = {aplic_covers_shared, aplic_guest_read, aplic_guest_write},
    .private = {aplic_covers_private, aplic_guest_read, aplic_guest_write},
};
