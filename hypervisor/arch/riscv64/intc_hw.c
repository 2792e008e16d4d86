/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/intc.h"

#include "arch/cpu.h"
#include "arch/riscv64/aia/aplic.h"
#include "arch/riscv64/aia/imsic.h"
#include "arch/riscv64/include/csr_hw.h"
#include "arch/riscv64/plic/plic.h"
#include "arch/riscv64/probe_hw.h"
#include "arch/trap.h"
#include "arch/vcpu.h"
#include "config/config_arch.h"
#include "irq/irq.h"
#include "lib/string.h"
#include "vm/this_cpu.h"

static bool is_plic(void) {
    return this_cpu.system.board->riscv64.controller_kind == SYSTEM_CONTROLLER_PLIC;
}

static bool is_aia(void) {
    return this_cpu.system.board->riscv64.controller_kind == SYSTEM_CONTROLLER_AIA;
}

const char *arch_machine_init(const struct system *system) {
    const char *wrong = NULL;
    bool there = PROBE(wrong = is_plic() ? plic_machine_init(system) : aplic_machine_init(system));

    return there ? wrong : "it is not where the board's tree has it";
}

/*
 * Whether MSIs come to this core: its own kick or, by `genmsi`, the APLIC's. When that one has, all
 * that were sent before have, too: AIA 4.9.3, but for the lock. While another core's is on its way
 * ours is ignored, so it is sent again.
 */
static bool msis_arrive(uint32_t cpu, uint32_t identity) {
    uint32_t hart = this_cpu.system.cpus[cpu].controller_index;
    uint64_t start = arch_clock();
    bool here = false;

    (void)imsic_take(identity);
    while (!here && arch_clock() - start < arch_clock_frequency() / 1000) {
        if (identity == IMSIC_KICK)
            imsic_kick(cpu);
        else
            aplic_write(APLIC_GENMSI, hart << APLIC_TARGET_HART | identity);
        here = imsic_take(identity);
    }
    return here;
}

const char *intc_cpu_init(const struct system *system, uint32_t cpu) {
    const char *wrong = is_aia() ? imsic_cpu_init(system, cpu) : NULL;
    bool here = false;

    is_plic() ? plic_cpu_init(system) : aplic_cpu_init(system);
    if (!is_aia() || wrong != NULL)
        return wrong;
    if (!PROBE(here = msis_arrive(cpu, IMSIC_KICK)) || !here)
        return "its interrupt file is not where the board's tree has it";
    return msis_arrive(cpu, IMSIC_SYNC) ? NULL
                                        : "the APLIC's MSIs do not come to its interrupt file";
}

void arch_interrupt_route(uint32_t number, uint32_t cpu) {
    is_plic() ? plic_console_route(number, cpu) : aplic_console_route(number, cpu);
}

/* It is, where it is routed to, unless it is claimed or, in MSI mode, has been sent: once more. */
void arch_interrupt_enable(uint32_t number) {
    is_plic() ? plic_complete(this_cpu.index, number) : aplic_write(APLIC_SETIPNUM, number);
}

static void add_source(struct arch_vm *arch, uint32_t source, bool owned) {
    source_assign(arch->present, source, true);
    source_assign(arch->owned, source, owned);
    if (arch->words <= source / 32)
        arch->words = source / 32 + 1;
}

void arch_vm_create(struct vm *vm, const struct system *system) {
    const struct system_interrupt *interrupt = &system->interrupts[vm->config->interrupts.first];

    vm->arch.msi = is_aia();
    vm->ranges[VM_CONTROLLER] = (struct mmio_range){
        vm->config->controller_at, ARCH_CONFIG.guest_controller(system, vm->config, 0).size,
        &arch_interrupts, 0};
    for (uint32_t i = 0; i < vm->config->interrupts.count; i++)
        add_source(&vm->arch, interrupt[i].phys, true);
    if (vm->config->console == SYSTEM_VM_CONSOLE_16550)
        add_source(&vm->arch, vm->config->console_irq, false);
}

void intc_sync(struct vcpu *vcpu) {
    if (is_aia()) /* the guest's file delivers */
        return;
    if (atomic_load(&vcpu->vm->arch.output[vcpu->index]))
        SET_CSR(HVIP, BIT(IRQ_VSEI));
    else
        CLEAR_CSR(HVIP, BIT(IRQ_VSEI));
}

/* Something may have changed: outputs follow, siblings are kicked, the lock is let go. */
static void settle(struct vcpu *vcpu) {
    struct vm *vm = vcpu->vm;

    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        bool output = is_plic() ? vplic_output(vm, i) : vaplic_output(vm, i);

        if (output == atomic_load(&vm->arch.output[i]))
            continue;
        atomic_store(&vm->arch.output[i], output);
        if (i != vcpu->index)
            arch_cpu_kick(vm->vcpus[i].cpu);
    }
    spin_unlock(&vm->arch.lock);
    intc_sync(vcpu);
}

void arch_interrupt_set_level(struct vm *vm, uint32_t number, bool level) {
    spin_lock(&vm->arch.lock);
    if (level == source_test(vm->arch.line, number)) {
        spin_unlock(&vm->arch.lock);
        return;
    }
    source_assign(vm->arch.line, number, level);
    is_plic() ? vplic_look_at_line(vm, number) : vaplic_look_at_line(vm, number);
    settle(this_cpu.vcpu);
}

/* Registers are words; any other access reads 0 and is ignored. */
static uint64_t read_register(struct vcpu *vcpu, uint64_t offset, unsigned size) {
    struct vm *vm = vcpu->vm;
    uint32_t value;

    if (size != 4)
        return 0;
    spin_lock(&vm->arch.lock);
    value = is_plic() ? vplic_read(vm, (uint32_t)offset) : vaplic_read(vm, (uint32_t)offset);
    settle(vcpu);
    return value;
}

static void write_register(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value) {
    struct vm *vm = vcpu->vm;

    if (size != 4)
        return;
    spin_lock(&vm->arch.lock);
    is_plic() ? vplic_write(vm, (uint32_t)offset, (uint32_t)value)
              : vaplic_write(vm, (uint32_t)offset, (uint32_t)value);
    settle(vcpu);
}

const struct mmio_device arch_interrupts = {read_register, write_register};

void arch_interrupts_off(struct vcpu *vcpu) {
    struct vm *vm = vcpu->vm;
    const struct system_slice *own = &vm->config->interrupts;
    const struct system_interrupt *interrupt = &vm->system->interrupts[own->first];

    for (uint32_t i = 0; i < own->count && vcpu->index == 0; i++)
        is_plic() ? plic_turn_off(vm, interrupt[i].phys)
                  : aplic_write(APLIC_SOURCECFG + 4 * interrupt[i].phys, APLIC_INACTIVE);
    for (uint32_t i = 0; i < own->count && vcpu->index == 0 && is_plic(); i++)
        plic_renew(interrupt[i].phys);
    /* What was written is there when this has been read; and the fence behind it. */
    (void)(is_plic() ? plic_pending(0) : aplic_read(APLIC_DOMAINCFG));
}

void arch_vm_reset(struct vm *vm) {
    size_t constant = offsetof(struct arch_vm, line);

    memset((uint8_t *)&vm->arch + constant, 0, sizeof(vm->arch) - constant);
}

void intc_vcpu_reset(struct vcpu *vcpu) {
    bool begins = atomic_load(&vcpu->vm->request) != VM_RUN;

    if (!is_aia())
        return;
    /*
     * The sources are off, but what they have sent may not have come yet. An APLIC that keeps its
     * MSIs for longer than a millisecond, which it did not at boot, is not waited for.
     */
    if (begins)
        (void)msis_arrive(vcpu->cpu, IMSIC_SYNC);
    /* What siblings have sent to a vCPU that was off waits for its start, not for its next life. */
    imsic_guest_reset(begins);
}

static void handle_console(struct vcpu *vcpu) {
    vcpu->exits[EXIT_CONSOLE]++;
    irq_handlers.console(vcpu);
    arch_interrupt_enable(this_cpu.system.board->console_irq);
}

static bool handle_identity(struct vcpu *vcpu, uint32_t identity) {
    if (identity == IMSIC_KICK)
        return true;
    if (identity == IMSIC_CONSOLE)
        handle_console(vcpu);
    else if (identity != 0)
        vcpu->exits[EXIT_OTHER]++;
    return false;
}

static void handle_source(struct vcpu *vcpu, uint32_t source) {
    struct vm *vm = vcpu->vm;

    spin_lock(&vm->arch.lock);
    if (source_test(vm->arch.owned, source)) {
        vcpu->exits[EXIT_DEVICE]++;
        is_plic() ? vplic_take(vm, source) : vaplic_take(vm, source);
    } else { /* nobody's: off */
        vcpu->exits[EXIT_OTHER]++;
        is_plic() ? plic_turn_off(vm, source) : aplic_write(APLIC_CLRIENUM, source);
    }
    settle(vcpu);
}

bool intc_handle(struct vcpu *vcpu) {
    uint32_t source;

    if (is_aia())
        return handle_identity(vcpu, imsic_claim());
    source = is_plic() ? plic_claim() : aplic_claim();
    if (source == 0) /* a sibling was faster */
        return false;
    if (source == this_cpu.system.board->console_irq)
        handle_console(vcpu);
    else
        handle_source(vcpu, source);
    return false;
}
