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

static enum system_controller kind(void) {
    return (enum system_controller)this_cpu.system.board->riscv64.controller_kind;
}

const struct intc *intc(void) {
    switch (kind()) {
    case SYSTEM_CONTROLLER_PLIC:
        return &intc_plic;
    case SYSTEM_CONTROLLER_APLIC:
        return &intc_aplic;
    default:
        return &intc_aia;
    }
}

/* ---- a VM's controller: vPLIC or vAPLIC --------------------------------------------------------
 */

/* Either begins with them. */
static struct sources *sources_of(struct vm *vm) {
    return &vm->arch.vplic.sources;
}

static void lock(struct vm *vm) {
    spin_lock(&sources_of(vm)->lock);
}

static void unlock(struct vm *vm) {
    spin_unlock(&sources_of(vm)->lock);
}

static void create(struct vm *vm, const struct system *system) {
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
    if (kind() == SYSTEM_CONTROLLER_PLIC)
        return;
    vm->arch.vaplic.msi = kind() == SYSTEM_CONTROLLER_AIA;
    for (uint32_t i = 0; i < vm->vcpu_count; i++)
        vm->arch.vaplic.hart_index[i] = system->cpus[vm->vcpus[i].cpu].controller_index;
}

static void sync_output(struct vcpu *vcpu) {
    if (atomic_load(&sources_of(vcpu->vm)->output[vcpu->index]))
        SET_CSR(HVIP, BIT(IRQ_VSEI));
    else
        CLEAR_CSR(HVIP, BIT(IRQ_VSEI));
}

static void set_level(struct vm *vm, uint32_t number, bool level) {
    lock(vm);
    if (kind() == SYSTEM_CONTROLLER_PLIC)
        vplic_set_level(&vm->arch.vplic, this_cpu.vcpu->index, number, level);
    else
        vaplic_set_level(&vm->arch.vaplic, this_cpu.vcpu->index, number, level);
    unlock(vm);
    intc()->sync(this_cpu.vcpu);
}

/* Registers are words; any other access reads 0 and is ignored. */
static uint64_t read_register(struct vcpu *vcpu, uint64_t offset, unsigned size) {
    struct vm *vm = vcpu->vm;
    uint32_t value;

    if (size != 4)
        return 0;
    lock(vm);
    value = kind() == SYSTEM_CONTROLLER_PLIC ? vplic_read(&vm->arch.vplic, vcpu->index, offset)
                                             : vaplic_read(&vm->arch.vaplic, vcpu->index, offset);
    unlock(vm);
    return value;
}

static void write_register(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value) {
    struct vm *vm = vcpu->vm;

    if (size != 4)
        return;
    lock(vm);
    if (kind() == SYSTEM_CONTROLLER_PLIC)
        vplic_write(&vm->arch.vplic, vcpu->index, offset, (uint32_t)value);
    else
        vaplic_write(&vm->arch.vaplic, vcpu->index, offset, (uint32_t)value);
    unlock(vm);
}

/* Whether there are registers of the controller, in `size` bytes from `start` on. */
static bool covers(const struct vm *vm, uint64_t at, uint64_t start, uint64_t size,
                   uint64_t *offset) {
    *offset = at - vm->arch.vplic.sources.at;
    return range_contains(start, size, *offset);
}

static void no_vcpu_reset(struct vcpu *vcpu) {
    (void)vcpu;
}

static bool no_kick(uint32_t cpu) {
    (void)cpu;
    return false;
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

static void plic_handle(struct vcpu *vcpu) {
    uint32_t source = plic_claim();
    enum exit_cause cause = EXIT_DEVICE;

    if (source == 0) /* a sibling was faster */
        return;
    if (source == this_cpu.system.board->console_irq) {
        cause = EXIT_CONSOLE;
        /* A claim may take it although a threshold keeps it from this core: it comes again there.
         */
        if (plic_console_is_here())
            irq_handlers.console(vcpu);
    }
    lock(vcpu->vm);
    if (cause == EXIT_CONSOLE) {
        plic_complete(source);
    } else if (!vplic_take(&vcpu->vm->arch.vplic, vcpu->index, source)) {
        cause = EXIT_OTHER;
        plic_complete(source);
        plic_enable(vcpu->cpu, source, false);
    }
    unlock(vcpu->vm);
    vcpu->exits[cause]++;
    sync_output(vcpu);
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
    .vm_create = create,
    .vm_reset = plic_vm_reset,
    .vcpu_reset = no_vcpu_reset,
    .handle = plic_handle,
    .sync = sync_output,
    .set_level = set_level,
    .shared = {plic_covers_shared, read_register, write_register},
    .private = {plic_covers_private, read_register, write_register},
};

/* ---- APLIC, alone or with IMSICs ---------------------------------------------------------------
 */

static void aplic_vm_reset(struct vm *vm) {
    vaplic_reset(&vm->arch.vaplic);
}

static void aplic_handle(struct vcpu *vcpu) {
    uint32_t source = aplic_claim();

    if (source == 0)
        return;
    if (source == this_cpu.system.board->console_irq) {
        vcpu->exits[EXIT_CONSOLE]++;
        irq_handlers.console(vcpu);
        return;
    }
    lock(vcpu->vm);
    if (vaplic_take(&vcpu->vm->arch.vaplic, vcpu->index, source)) {
        vcpu->exits[EXIT_DEVICE]++;
    } else {
        vcpu->exits[EXIT_OTHER]++;
        aplic_write(APLIC_CLRIENUM, source);
    }
    unlock(vcpu->vm);
    sync_output(vcpu);
}

static bool aplic_covers_shared(const struct vm *vm, uint64_t at, uint64_t *offset) {
    return covers(vm, at, 0, SYSTEM_APLIC_IDCS_AT, offset);
}

/* In MSI mode there is nothing. */
static bool aplic_covers_private(const struct vm *vm, uint64_t at, uint64_t *offset) {
    uint64_t size = vm->arch.vaplic.msi ? 0 : SYSTEM_APLIC_DIRECT_SIZE - SYSTEM_APLIC_IDCS_AT;

    return covers(vm, at, SYSTEM_APLIC_IDCS_AT, size, offset);
}

const struct intc intc_aplic = {
    .machine_init = aplic_machine_init,
    .cpu_init = aplic_cpu_init,
    .route = aplic_console_route,
    .enable = aplic_console_enable,
    .kick = no_kick,
    .vm_create = create,
    .vm_reset = aplic_vm_reset,
    .vcpu_reset = no_vcpu_reset,
    .handle = aplic_handle,
    .sync = sync_output,
    .set_level = set_level,
    .shared = {aplic_covers_shared, read_register, write_register},
    .private = {aplic_covers_private, read_register, write_register},
};

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

/* What siblings have sent to a vCPU that was off waits for its next start, not for its next life.
 */
static void aia_vcpu_reset(struct vcpu *vcpu) {
    imsic_guest_reset(atomic_load(&vcpu->vm->request) != VM_RUN);
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

/* The guest's file delivers. */
static void aia_sync(struct vcpu *vcpu) {
    (void)vcpu;
}

const struct intc intc_aia = {
    .machine_init = aplic_machine_init,
    .cpu_init = aia_cpu_init,
    .route = aplic_console_route,
    .enable = aplic_console_enable,
    .kick = aia_kick,
    .vm_create = create,
    .vm_reset = aplic_vm_reset,
    .vcpu_reset = aia_vcpu_reset,
    .handle = aia_handle,
    .sync = aia_sync,
    .set_level = set_level,
    .shared = {aplic_covers_shared, read_register, write_register},
    .private = {aplic_covers_private, read_register, write_register},
};
