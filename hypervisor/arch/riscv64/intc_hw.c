/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/hart.h"

#include "arch/cpu.h"
#include "arch/riscv64/aia/aplic.h"
#include "arch/riscv64/aia/imsic.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/mmio_hw.h"
#include "arch/riscv64/plic/plic.h"
#include "arch/riscv64/probe_hw.h"
#include "arch/trap.h"
#include "arch/vcpu.h"
#include "config/config_check.h"
#include "irq/irq.h"
#include "lib/string.h"

/* The board's, and what a VM sees of it: each core finds it out at boot. */
static struct kind {
    const struct intc_ops *machine;
    const struct vm_intc_ops *of_vm;
} intc;

static void attach(const struct system *system) {
    static const struct kind kinds[] = {
        [SYSTEM_CONTROLLER_PLIC] = {&plic_ops, &vplic_ops},
        [SYSTEM_CONTROLLER_APLIC] = {&aplic_direct_ops, &vaplic_ops},
        [SYSTEM_CONTROLLER_AIA] = {&aplic_msi_ops, &vaplic_ops}};

    intc = kinds[system->board->riscv64.controller_kind];
    mmio_map(SPACE_ARCH, system->board->riscv64.controller.phys, INTC_COMMON_SIZE);
}

const char *arch_machine_init(const struct system *system) {
    const char *wrong = NULL;

    attach(system);
    return PROBE(wrong = intc.machine->machine_init(system))
               ? wrong
               : "it is not where the board's tree has it";
}

const char *intc_cpu_init(const struct system *system) {
    attach(system);
    return intc.machine->cpu_init(system);
}

void arch_interrupt_route(uint32_t number, uint32_t cpu) {
    intc.machine->route(number, cpu);
}

void arch_interrupt_enable(uint32_t number) {
    intc.machine->enable(number);
}

static void add_source(struct arch_vm *arch, uint32_t source, bool owned) {
    source_assign(arch->present, source, true);
    source_assign(arch->owned, source, owned);
    if (arch->words <= source / 32)
        arch->words = source / 32 + 1;
}

void arch_vm_create(struct vm *vm, const struct system *system) {
    const struct system_interrupt *interrupt = &system->interrupts[vm->config->interrupts.first];

    vm->arch.msi = system->board->riscv64.controller_kind == SYSTEM_CONTROLLER_AIA;
    vm->ranges[VM_CONTROLLER] = (struct mmio_range){
        vm->config->controller_at, ARCH_CONFIG.guest_controller(system, vm->config, 0).size,
        &arch_interrupts, 0};
    for (uint32_t i = 0; i < vm->config->interrupts.count; i++)
        add_source(&vm->arch, interrupt[i].phys, true);
    if (vm->config->console == SYSTEM_VM_CONSOLE_16550)
        add_source(&vm->arch, vm->config->console_irq, false);
}

void intc_sync(struct vcpu *vcpu) {
    if (atomic_load(&vcpu->vm->arch.output[vcpu->index]))
        SET_CSR(hvip, BIT(IRQ_VSEI));
    else
        CLEAR_CSR(hvip, BIT(IRQ_VSEI));
}

/* The outputs that may have changed follow, in their vCPUs' time; the lock is let go. */
static void settle(struct vm *vm) {
    uint32_t stale = vm->arch.stale;

    vm->arch.stale = 0;
    for (uint32_t i = 0; i < vm->vcpu_count && stale != 0; i++, stale >>= 1) {
        bool output = (stale & 1) != 0 ? intc.of_vm->output(vm, i) : vm->arch.output[i];

        if (output == vm->arch.output[i])
            continue;
        vm->arch.output[i] = output;
        atomic_fetch_or(&vm->vcpus[i].work, VCPU_OUTPUT);
        if (&vm->vcpus[i] != this_cpu.vcpu)
            arch_cpu_kick(vm->vcpus[i].cpu);
    }
    spin_unlock(&vm->arch.lock);
}

void arch_interrupt_set_level(struct vm *vm, uint32_t number, bool level) {
    spin_lock(&vm->arch.lock);
    if (level != source_test(vm->arch.line, number)) {
        source_assign(vm->arch.line, number, level);
        intc.of_vm->look_at_line(vm, number);
    }
    settle(vm);
}

/* Registers are words; any other access reads 0 and is ignored. */
static uint64_t read_register(struct vcpu *vcpu, uint64_t offset, unsigned size) {
    struct vm *vm = vcpu->vm;
    uint32_t value;

    if (size != 4)
        return 0;
    spin_lock(&vm->arch.lock);
    value = intc.of_vm->read(vm, (uint32_t)offset);
    settle(vm);
    return value;
}

static void write_register(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value) {
    struct vm *vm = vcpu->vm;

    if (size != 4)
        return;
    spin_lock(&vm->arch.lock);
    intc.of_vm->write(vm, (uint32_t)offset, (uint32_t)value);
    settle(vm);
}

const struct mmio_device arch_interrupts = {read_register, write_register};

void arch_interrupts_off(struct vcpu *vcpu) {
    struct vm *vm = vcpu->vm;
    const struct system_slice *own = &vm->config->interrupts;
    const struct system_interrupt *interrupt = &vm->system->interrupts[own->first];

    for (uint32_t i = 0; i < own->count && vcpu->index == 0; i++)
        intc.machine->turn_off(vm, interrupt[i].phys);
    for (uint32_t i = 0; i < own->count && vcpu->index == 0 && intc.machine->renew != NULL; i++)
        intc.machine->renew(interrupt[i].phys);
    /* What was written is there when a register, here source 1's, was read; and the fence behind.
     */
    (void)mmio_read(SPACE_ARCH + 4);
}

void arch_vm_reset(struct vm *vm) {
    size_t constant = offsetof(struct arch_vm, line);
    size_t end = offsetof(struct arch_vm, target) + vm->arch.words * 32 * sizeof(uint32_t);

    memset((uint8_t *)&vm->arch + constant, 0, end - constant);
}

void intc_vcpu_reset(struct vcpu *vcpu) {
    bool begins = vm_life(vcpu->vm->index) != VM_RUN;

    if (!vcpu->vm->arch.msi)
        return;
    /*
     * The sources are off, but what they have sent may not have come yet. An APLIC that keeps its
     * MSIs for longer than a millisecond, which it did not at boot, is not waited for.
     */
    if (begins)
        (void)aplic_msis_arrive(IMSIC_SYNC);
    /* What siblings have sent to a vCPU that was off waits for its start, not for its next life. */
    imsic_guest_reset(begins);
}

static void handle_source(struct vcpu *vcpu, uint32_t source) {
    struct vm *vm = vcpu->vm;

    spin_lock(&vm->arch.lock);
    if (source_test(vm->arch.owned, source)) {
        vcpu->exits[EXIT_DEVICE]++;
        intc.of_vm->pend(vm, source, true);
    } else { /* nobody's: off */
        vcpu->exits[EXIT_OTHER]++;
        intc.machine->turn_off(vm, source);
    }
    settle(vm);
}

bool intc_handle(struct vcpu *vcpu) {
    uint32_t source = intc.machine->claim();

    if (source == SOURCE_END)
        return true;
    if (source == 0) /* a sibling was faster */
        return false;
    if (source == this_cpu.system.board->console_irq) {
        vcpu->exits[EXIT_CONSOLE]++;
        irq_handle_console(vcpu);
        intc.machine->enable(source);
    } else {
        handle_source(vcpu, source);
    }
    return false;
}
