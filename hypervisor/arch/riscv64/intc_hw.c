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

/* What differs from kind to kind. */
struct intc_ops {
    /* The machine's, as plic.h and aplic.h have them. */
    const char *(*machine_init)(const struct system *system);
    const char *(*cpu_init)(const struct system *system);
    void (*route)(uint32_t source, uint32_t cpu);
    void (*enable)(uint32_t source);
    uint32_t (*claim)(void); /* SOURCE_END: it is a kick */
    void (*turn_off)(const struct vm *vm, uint32_t source);
    void (*renew)(uint32_t source);
    /* A VM's, as sources.h has them. */
    void (*take)(struct vm *vm, uint32_t source);
    void (*look_at_line)(struct vm *vm, uint32_t source);
    uint32_t (*read)(struct vm *vm, uint32_t offset);
    void (*write)(struct vm *vm, uint32_t offset, uint32_t value);
    bool (*output)(struct vm *vm, uint32_t vcpu);
};

/*
 * Whether MSIs come to this core: its own kick or, by `genmsi`, the APLIC's. When that one has, all
 * that were sent before have, too: AIA 4.9.3, but for the lock. While another core's is on its way
 * ours is ignored, so it is sent again.
 */
static bool msis_arrive(uint32_t identity) {
    uint32_t hart = this_cpu.system.cpus[this_cpu.index].controller_index;
    uint64_t start = arch_clock();
    bool here = false;

    (void)imsic_take(identity);
    while (!here && arch_clock() - start < arch_clock_frequency() / 1000) {
        if (identity == IMSIC_KICK)
            mmio_write(imsic_bell(this_cpu.index), IMSIC_KICK);
        else
            aplic_write(APLIC_GENMSI, hart << APLIC_TARGET_HART | identity);
        here = imsic_take(identity);
    }
    return here;
}

static const char *aia_cpu_init(const struct system *system) {
    const char *wrong = imsic_cpu_init(system, this_cpu.index);
    bool here = false;

    (void)aplic_cpu_init(system);
    if (wrong != NULL)
        return wrong;
    if (!PROBE(here = msis_arrive(IMSIC_KICK)) || !here)
        return "its interrupt file is not where the board's tree has it";
    return msis_arrive(IMSIC_SYNC) ? NULL : "the APLIC's MSIs do not come to its interrupt file";
}

static uint32_t aia_claim(void) {
    uint32_t identity = imsic_claim();

    if (identity == IMSIC_KICK)
        return SOURCE_END;
    if (identity == IMSIC_CONSOLE)
        return this_cpu.system.board->console_irq;
    this_cpu.vcpu->exits[EXIT_OTHER] += identity != 0;
    return 0;
}

static const struct intc_ops kinds[] = {
    [SYSTEM_CONTROLLER_PLIC] = {plic_machine_init, plic_cpu_init, plic_console_route,
                                plic_console_enable, plic_claim, plic_turn_off, plic_renew,
                                vplic_take, vplic_look_at_line, vplic_read, vplic_write,
                                vplic_output},
    [SYSTEM_CONTROLLER_APLIC] = {aplic_machine_init, aplic_cpu_init, aplic_console_route,
                                 aplic_enable, aplic_claim, aplic_turn_off, NULL, vaplic_take,
                                 vaplic_look_at_line, vaplic_read, vaplic_write, vaplic_output},
    [SYSTEM_CONTROLLER_AIA] = {aplic_machine_init, aia_cpu_init, aplic_console_route, aplic_enable,
                               aia_claim, aplic_turn_off, NULL, vaplic_take, vaplic_look_at_line,
                               vaplic_read, vaplic_write, vaplic_output},
};

/* The board's: each core finds it out at boot. */
static const struct intc_ops *intc;

const char *arch_machine_init(const struct system *system) {
    const char *wrong = NULL;
    bool there;

    intc = &kinds[system->board->riscv64.controller_kind];
    there = PROBE(wrong = intc->machine_init(system));
    return there ? wrong : "it is not where the board's tree has it";
}

const char *intc_cpu_init(const struct system *system) {
    intc = &kinds[system->board->riscv64.controller_kind];
    return intc->cpu_init(system);
}

void arch_interrupt_route(uint32_t number, uint32_t cpu) {
    intc->route(number, cpu);
}

void arch_interrupt_enable(uint32_t number) {
    intc->enable(number);
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
        bool output = (stale & 1) != 0 ? intc->output(vm, i) : vm->arch.output[i];

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
        intc->look_at_line(vm, number);
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
    value = intc->read(vm, (uint32_t)offset);
    settle(vm);
    return value;
}

static void write_register(struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value) {
    struct vm *vm = vcpu->vm;

    if (size != 4)
        return;
    spin_lock(&vm->arch.lock);
    intc->write(vm, (uint32_t)offset, (uint32_t)value);
    settle(vm);
}

const struct mmio_device arch_interrupts = {read_register, write_register};

void arch_interrupts_off(struct vcpu *vcpu) {
    struct vm *vm = vcpu->vm;
    const struct system_slice *own = &vm->config->interrupts;
    const struct system_interrupt *interrupt = &vm->system->interrupts[own->first];

    for (uint32_t i = 0; i < own->count && vcpu->index == 0; i++)
        intc->turn_off(vm, interrupt[i].phys);
    for (uint32_t i = 0; i < own->count && vcpu->index == 0 && intc->renew != NULL; i++)
        intc->renew(interrupt[i].phys);
    /* What was written is there when a register, here source 1's, was read; and the fence behind.
     */
    (void)mmio_read(SPACE_ARCH + 4);
}

void arch_vm_reset(struct vm *vm) {
    size_t constant = offsetof(struct arch_vm, line);

    memset((uint8_t *)&vm->arch + constant, 0, sizeof(vm->arch) - constant);
}

void intc_vcpu_reset(struct vcpu *vcpu) {
    bool begins = atomic_load(&vcpu->vm->request) != VM_RUN;

    if (!vcpu->vm->arch.msi)
        return;
    /*
     * The sources are off, but what they have sent may not have come yet. An APLIC that keeps its
     * MSIs for longer than a millisecond, which it did not at boot, is not waited for.
     */
    if (begins)
        (void)msis_arrive(IMSIC_SYNC);
    /* What siblings have sent to a vCPU that was off waits for its start, not for its next life. */
    imsic_guest_reset(begins);
}

static void handle_source(struct vcpu *vcpu, uint32_t source) {
    struct vm *vm = vcpu->vm;

    spin_lock(&vm->arch.lock);
    if (source_test(vm->arch.owned, source)) {
        vcpu->exits[EXIT_DEVICE]++;
        intc->take(vm, source);
    } else { /* nobody's: off */
        vcpu->exits[EXIT_OTHER]++;
        intc->turn_off(vm, source);
    }
    settle(vm);
}

bool intc_handle(struct vcpu *vcpu) {
    uint32_t source = intc->claim();

    if (source == SOURCE_END)
        return true;
    if (source == 0) /* a sibling was faster */
        return false;
    if (source == this_cpu.system.board->console_irq) {
        vcpu->exits[EXIT_CONSOLE]++;
        irq_handle_console(vcpu);
        intc->enable(source);
    } else {
        handle_source(vcpu, source);
    }
    return false;
}
