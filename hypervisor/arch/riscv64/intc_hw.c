/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/intc.h"

#include <stddef.h>

#include "arch/cpu.h"
#include "arch/riscv64/aia/aplic.h"
#include "arch/riscv64/aia/imsic.h"
#include "arch/riscv64/fast_hw.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/plic/plic.h"
#include "arch/trap.h"
#include "arch/vcpu.h"
#include "irq/irq.h"
#include "vm/this_cpu.h"

static bool is_plic(void) {
    return this_cpu.system.board->riscv64.controller_kind == SYSTEM_CONTROLLER_PLIC;
}

static bool is_aia(void) {
    return this_cpu.system.board->riscv64.controller_kind == SYSTEM_CONTROLLER_AIA;
}

const char *arch_machine_init(const struct system *system) {
    return is_plic() ? plic_machine_init(system) : aplic_machine_init(system);
}

const char *intc_cpu_init(const struct system *system, uint32_t cpu) {
    const char *wrong = is_plic() ? plic_cpu_init(system, cpu) : aplic_cpu_init(system, cpu);

    if (wrong == NULL && is_aia()) {
        wrong = imsic_cpu_init(system, cpu);
        /* What this core's file had before is lost: a level that is still high comes again. */
        aplic_write(APLIC_SETIPNUM, system->board->console_irq);
    }
    return wrong;
}

bool intc_kick(uint32_t cpu) {
    if (is_aia())
        imsic_kick(cpu);
    return is_aia();
}

void arch_interrupt_route(uint32_t number, uint32_t cpu) {
    if (is_plic())
        plic_console_route(number, cpu);
    else
        aplic_console_route(number, cpu);
}

void arch_interrupt_enable(uint32_t number) {
    if (is_plic())
        plic_console_enable(number);
    else
        aplic_console_enable(number);
}

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

static void add_source(struct sources *sources, uint32_t array[SOURCE_WORDS], uint32_t source) {
    source_assign(array, source, true);
    if (sources->words <= source / 32)
        sources->words = source / 32 + 1;
}

void arch_vm_create(struct vm *vm, const struct system *system) {
    struct sources *sources = sources_of(vm);
    const struct system_interrupt *interrupt = &system->interrupts[vm->config->interrupts.first];

    sources->at = vm->config->controller_at;
    sources->vcpu_count = vm->vcpu_count;
    sources->msi = is_aia();
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        sources->machine_cpu[i] = vm->vcpus[i].cpu;
        sources->hart_index[i] = system->cpus[vm->vcpus[i].cpu].controller_index;
    }
    for (uint32_t i = 0; i < vm->config->interrupts.count; i++)
        add_source(sources, sources->owned, interrupt[i].phys);
    if (vm->config->console == SYSTEM_VM_CONSOLE_16550)
        add_source(sources, sources->emulated, vm->config->console_irq);
}

void intc_sync(struct vcpu *vcpu) {
    if (is_aia()) /* the guest's file delivers */
        return;
    if (atomic_load(&sources_of(vcpu->vm)->output[vcpu->index]))
        SET_CSR(HVIP, BIT(IRQ_VSEI));
    else
        CLEAR_CSR(HVIP, BIT(IRQ_VSEI));
}

void arch_interrupt_set_level(struct vm *vm, uint32_t number, bool level) {
    lock(vm);
    if (is_plic())
        vplic_set_level(&vm->arch.vplic, this_cpu.vcpu->index, number, level);
    else
        vaplic_set_level(&vm->arch.vaplic, this_cpu.vcpu->index, number, level);
    unlock(vm);
    intc_sync(this_cpu.vcpu);
}

/* Registers are words; any other access reads 0 and is ignored. */
static uint64_t read_register(struct vcpu *vcpu, uint64_t offset, unsigned size) {
    struct vm *vm = vcpu->vm;
    uint32_t value;

    if (size != 4)
        return 0;
    lock(vm);
    value = is_plic() ? vplic_read(&vm->arch.vplic, vcpu->index, offset)
                      : vaplic_read(&vm->arch.vaplic, vcpu->index, offset);
    unlock(vm);
    return value;
}

static void write_register(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value) {
    struct vm *vm = vcpu->vm;

    if (size != 4)
        return;
    lock(vm);
    if (is_plic())
        vplic_write(&vm->arch.vplic, vcpu->index, offset, (uint32_t)value);
    else
        vaplic_write(&vm->arch.vaplic, vcpu->index, offset, (uint32_t)value);
    unlock(vm);
}

/* What all vCPUs share, and then what is each one's own: in MSI mode nothing. */
static bool covers(const struct vm *vm, uint64_t at, uint64_t *offset) {
    uint64_t size = is_plic()  ? SYSTEM_PLIC_CONTEXTS_AT + vm->vcpu_count * PAGE_SIZE
                    : is_aia() ? SYSTEM_APLIC_IDCS_AT
                               : SYSTEM_APLIC_DIRECT_SIZE;

    *offset = at - vm->arch.vplic.sources.at;
    return *offset < size;
}

const struct mmio_device arch_interrupts = {covers, read_register, write_register};

/* A source of the machine's is off, and nothing of its past is left. */
static void reset_source(const struct vm *vm, uint32_t source) {
    if (!is_plic()) {
        aplic_write(APLIC_SOURCECFG + 4 * source, APLIC_INACTIVE);
        return;
    }
    for (uint32_t i = 0; i < vm->vcpu_count; i++)
        plic_enable(vm->vcpus[i].cpu, source, false);
    plic_renew(source);
}

void arch_vm_reset(struct vm *vm) {
    const struct system_interrupt *interrupt =
        &vm->system->interrupts[vm->config->interrupts.first];

    for (uint32_t i = 0; i < vm->config->interrupts.count; i++)
        reset_source(vm, interrupt[i].phys);
    sources_reset(sources_of(vm), sizeof(vm->arch));
}

void intc_vcpu_reset(struct vcpu *vcpu) {
    /* What siblings have sent to a vCPU that was off waits for its start, not for its next life. */
    if (is_aia())
        imsic_guest_reset(atomic_load(&vcpu->vm->request) != VM_RUN);
}

static void handle_console(struct vcpu *vcpu) {
    vcpu->exits[EXIT_CONSOLE]++;
    irq_handlers.console(vcpu);
}

static void handle_identity(struct vcpu *vcpu, uint32_t identity) {
    if (identity == IMSIC_KICK) {
        fast_kicked(vcpu);
    } else if (identity == IMSIC_CONSOLE) {
        handle_console(vcpu);
        aplic_write(APLIC_SETIPNUM, this_cpu.system.board->console_irq);
    } else if (identity != 0) {
        vcpu->exits[EXIT_OTHER]++;
    }
}

/* A source for the VM; false if it has no such. VM's lock held. */
static bool take(struct vcpu *vcpu, uint32_t source) {
    return is_plic() ? vplic_take(&vcpu->vm->arch.vplic, vcpu->index, source)
                     : vaplic_take(&vcpu->vm->arch.vaplic, vcpu->index, source);
}

/* Nobody's: off. VM's lock held. */
static void turn_off(const struct vcpu *vcpu, uint32_t source) {
    if (is_plic()) {
        plic_complete(source);
        plic_enable(vcpu->cpu, source, false);
    } else {
        aplic_write(APLIC_CLRIENUM, source);
    }
}

static void handle_source(struct vcpu *vcpu, uint32_t source) {
    bool console = source == this_cpu.system.board->console_irq;

    /* A claim may take it although a threshold keeps it from this core: it comes again there. */
    if (console && (!is_plic() || plic_console_is_here()))
        handle_console(vcpu);
    lock(vcpu->vm);
    if (console && is_plic()) {
        plic_complete(source);
    } else if (!console && take(vcpu, source)) {
        vcpu->exits[EXIT_DEVICE]++;
    } else if (!console) {
        vcpu->exits[EXIT_OTHER]++;
        turn_off(vcpu, source);
    }
    unlock(vcpu->vm);
    intc_sync(vcpu);
}

void intc_handle(struct vcpu *vcpu) {
    uint32_t source;

    if (is_aia()) {
        handle_identity(vcpu, imsic_claim());
        return;
    }
    source = is_plic() ? plic_claim() : aplic_claim();
    if (source != 0) /* else a sibling was faster */
        handle_source(vcpu, source);
}
