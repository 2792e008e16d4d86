/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_intc.h - intc_hw.c compiled here, between the machine of controllers.h and a
 * VM of three vCPUs on the cores 2, 0 and 3. For one test program's main file.
 */
#ifndef UNIT_RISCV64_NATIVE_INTC_H
#define UNIT_RISCV64_NATIVE_INTC_H

/* In place of csr_hw.h. */
#define RISCV64_CSR_HW_H
#define BIT(n)               (UINT64_C(1) << (n))
#define IRQ_VSEI             10
#define SET_CSR(csr, bits)   (machine.hvip[machine.cpu] = (bits) == BIT(IRQ_VSEI))
#define CLEAR_CSR(csr, bits) (machine.hvip[machine.cpu] = (bits) != BIT(IRQ_VSEI))

#include "hypervisor/support.h"

#include "hypervisor/arch/riscv64/controllers.h"
#include "hypervisor/arch/riscv64/fake_mmio.h"

/* Beside those of arch/host. */
#define arch_vm_create           intc_vm_create
#define arch_interrupt_set_level intc_set_level
#define arch_interrupt_route     intc_route
#define arch_interrupt_enable    intc_enable
#define arch_machine_init        intc_machine_init
#define arch_vm_reset            intc_vm_reset
#define arch_interrupts_off      intc_interrupts_off

/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "arch/riscv64/intc_hw.c"

#include "hypervisor/small_system.h"

#define VCPUS         3u
#define CPUS          5u /* core 1 is another VM's, core 4 nobody's */
#define AT            UINT64_C(0x0c000000)
#define CONSOLE       10u   /* emulated, and the hypervisor's own source */
#define FOREIGN_FIRST 60u   /* sources of others, up to ... */
#define FOREIGN_END   1000u /* ... below the last that is the VM's */

static const uint32_t vm_cpus[VCPUS] = {2, 0, 3};
static const uint32_t owned[] = {33, 1, 2, 11, 31, 32, 40, 1023}; /* in no order */
static uint32_t console_calls;

/* In controllers of both kinds: one of them counts. */
static void set_line(struct model_plic *plic, struct model_aplic *aplic, uint32_t source,
                     bool level) {
    model_plic_line(plic, source, level);
    model_aplic_line(aplic, source, level);
}

/* The device's line falls as soon as it is looked at. */
void irq_handle_console(struct vcpu *vcpu) {
    (void)vcpu;
    console_calls++;
    set_line(&machine.plic, &machine.aplic, CONSOLE, false);
}

volatile bool probe_running, probe_failed;

static void on_core(uint32_t vcpu) {
    if (this_cpu.vcpu == &vm.vcpus[vcpu])
        return;
    machine.cpu = vm_cpus[vcpu];
    this_cpu.index = machine.cpu;
    this_cpu.vcpu = &vm.vcpus[vcpu];
    /* What the core has for itself. */
    if (machine.kind == SYSTEM_CONTROLLER_APLIC)
        aplic_direct_ops.cpu_init(&this_cpu.system);
}

/* What a firmware does that starts a hart, and then the hart. */
static void start_core(uint32_t cpu) {
    memset(machine.plic.contexts[context_of(cpu)].enabled, 0, SOURCES * sizeof(bool));
    machine.plic.contexts[context_of(cpu)].threshold = 7;
    machine.cpu = cpu;
    this_cpu.index = cpu;
    assert_null(intc_cpu_init(&this_cpu.system));
}

/* The VM as it is in its first life. */
static void begin(uint32_t kind) {
    small_begin();
    host_space_open();
    machine_reset(kind, CPUS);
    small.table.board.console_irq = CONSOLE;
    small.table.board.riscv64 =
        (struct system_board_riscv64){.controller_kind = kind, .sources = SOURCES - 1};
    small.vms[LINUX].console = SYSTEM_VM_CONSOLE_16550;
    small.vms[LINUX].console_irq = CONSOLE;
    small.vms[LINUX].controller_at = AT;
    small.vms[LINUX].interrupts = (struct system_slice){1, COUNT_OF(owned)};
    for (uint32_t i = 0; i < COUNT_OF(owned); i++)
        small.interrupts[1 + i] = (struct system_interrupt){owned[i], owned[i], 0};
    small.interrupts[0] = (struct system_interrupt){FOREIGN_FIRST, FOREIGN_FIRST, 0};
    small_create(&vm, LINUX);
    for (uint32_t v = 0; v < VCPUS; v++)
        vm.vcpus[v].cpu = vm_cpus[v];
    small.system.cpus = small.cpus;
    for (uint32_t i = 0; i < 4; i++)
        small.cpus[i].controller_index =
            kind == SYSTEM_CONTROLLER_PLIC ? context_of(i) : hart_of(i);
    small.system.interrupt_count = 1 + COUNT_OF(owned);
    this_cpu.system = small.system;
    console_calls = 0;
    this_cpu.vcpu = NULL;
    assert_null(intc_machine_init(&small.system));
    for (uint32_t i = 0; i < small.system.cpu_count; i++)
        start_core(i);
    on_core(0);
    intc_vm_create(&vm, &small.system);
    arch_vm_reset(&vm);
}

/* Between two lives, as vCPU 0 has it. */
static void end_life(void) {
    on_core(0);
    arch_interrupts_off(&vm.vcpus[0]);
    arch_vm_reset(&vm);
    for (uint32_t v = 0; v < VCPUS; v++)
        vm.vcpus[v].work = VCPU_OUTPUT; /* by arch_vcpu_reset() */
}

/* As arch_interrupts_sync() has it: on the way to its guest, a core looks at what has changed. */
static void leave(uint32_t vcpu) {
    on_core(vcpu);
    if ((atomic_fetch_and(&vm.vcpus[vcpu].work, ~VCPU_OUTPUT) & VCPU_OUTPUT) != 0)
        intc_sync(&vm.vcpus[vcpu]);
}

static uint32_t guest_read(uint32_t vcpu, uint64_t offset) {
    uint32_t value = 0;

    on_core(vcpu);
    if (mmio_find(&vm, AT + offset) != NULL)
        value = (uint32_t)arch_interrupts.read(&vm.vcpus[vcpu], offset, 4);
    leave(vcpu);
    return value;
}

static void guest_write(uint32_t vcpu, uint64_t offset, uint32_t value) {
    on_core(vcpu);
    if (mmio_find(&vm, AT + offset) != NULL)
        arch_interrupts.write(&vm.vcpus[vcpu], offset, 4, value);
    leave(vcpu);
}

/* The emulated source's line, on the core that is set. */
static void set_console(bool level) {
    intc_set_level(&vm, CONSOLE, level);
    leave(this_cpu.vcpu->index);
}

/* Kicked cores leave their guests and come back; the others have no reason to. */
static void take_kicks(void) {
    for (uint32_t v = 0; v < VCPUS; v++) {
        if (atomic_exchange(&host.kicks[vm_cpus[v]], 0) != 0)
            leave(v);
    }
    assert_int_equal(host.kicks[1], 0);
    assert_int_equal(host.kicks[4], 0);
}

static bool machine_output(uint32_t cpu) {
    return machine.kind == SYSTEM_CONTROLLER_PLIC
               ? model_plic_output(&machine.plic, context_of(cpu))
               : model_aplic_output(&machine.aplic, hart_of(cpu));
}

/* Each core takes what the machine has for it, until there is nothing left. */
static void take_all(void) {
    for (bool again = true; again;) {
        again = false;
        for (uint32_t v = 0; v < VCPUS; v++) {
            while (machine_output(vm_cpus[v])) {
                on_core(v);
                intc_handle(&vm.vcpus[v]);
                leave(v);
                again = true;
            }
        }
        take_kicks();
    }
}

/* Another life, in which each vCPU has looked. */
static void begin_life(void) {
    end_life();
    for (uint32_t v = 0; v < VCPUS; v++)
        leave(v);
}

static struct random random_state;

static uint32_t pick(uint32_t end) {
    return random_below(&random_state, end);
}

static uint32_t some_source(void) {
    return pick(10) == 0 ? pick(SOURCES) : pick(5) == 0 ? CONSOLE : owned[pick(COUNT_OF(owned))];
}

/* Controllers of the VM's own, which the machine's are compared with: one of them, by its kind. */
static struct {
    struct model_plic plic;
    struct model_aplic aplic;
} ideal;

static void start_ideal(void) {
    memset(&ideal, 0, sizeof(ideal));
    memset(machine.aplic.files, 0, sizeof(machine.aplic.files));
    ideal.plic.context_count = context_of(VCPUS - 1) + 1;
    ideal.aplic.msi = machine.aplic.msi;
    ideal.aplic.hart_count = VCPUS;
    for (uint32_t v = 0; v < VCPUS; v++)
        ideal.aplic.harts[v] = v;
    ideal.plic.sources[CONSOLE].exists = ideal.aplic.sources[CONSOLE].exists = true;
    for (uint32_t i = 0; i < COUNT_OF(owned); i++) {
        bool level = machine.plic.sources[owned[i]].line;

        ideal.plic.sources[owned[i]].exists = ideal.aplic.sources[owned[i]].exists = true;
        set_line(&ideal.plic, &ideal.aplic, owned[i], level);
    }
}

/* A device's line, or the emulated one's, there and here. */
static void line_changes(void) {
    uint32_t source = pick(5) == 0 ? CONSOLE : owned[pick(COUNT_OF(owned))];
    bool level = pick(2) == 0;

    set_line(&ideal.plic, &ideal.aplic, source, level);
    on_core(pick(VCPUS));
    if (source == CONSOLE)
        set_console(level);
    else
        set_line(&machine.plic, &machine.aplic, source, level);
}

static void guest_accesses(uint64_t offset, uint32_t value) {
    bool plic = machine.kind == SYSTEM_CONTROLLER_PLIC;
    uint32_t vcpu = pick(VCPUS);

    if (pick(5) < 2) {
        assert_int_equal(guest_read(vcpu, offset), plic ? model_plic_read(&ideal.plic, offset)
                                                        : model_aplic_read(&ideal.aplic, offset));
        return;
    }
    guest_write(vcpu, offset, value);
    if (plic)
        model_plic_write(&ideal.plic, offset, value);
    else
        model_aplic_write(&ideal.aplic, offset, value);
}

/* `prepare`: what others have at first; `access`, `compare`: for each step; `check`: at the end. */
static void run_random(uint32_t kind, void (*prepare)(void), void (*access)(void),
                       void (*compare)(void), void (*check)(void)) {
    for (uint64_t seed = 1; seed <= 30; seed++) {
        random_state.state = seed;
        begin(kind);
        prepare();
        start_ideal();
        for (uint32_t step = 0; step < 1500; step++) {
            if (pick(3) == 0)
                line_changes();
            else
                access();
            take_all();
            compare();
            if (pick(500) == 0) {
                begin_life();
                start_ideal();
            }
        }
        check();
    }
}

/* ---- what is the same with each kind ----------------------------------------------------------
 */

static void raise(uint32_t source, bool level) {
    set_line(&machine.plic, &machine.aplic, source, level);
    take_all();
}

/* Of sources 1 and 2: a PLIC's priorities, an APLIC's modes. */
TEST(only_words_are_registers) {
    arch_interrupts.write(&vm.vcpus[0], 4, 1, 1);
    arch_interrupts.write(&vm.vcpus[0], 8, 8, 1);
    assert_int_equal(guest_read(0, 4) | guest_read(0, 8), 0);
    guest_write(0, 4, 1);
    assert_int_equal(guest_read(0, 4), 1);
    assert_int_equal(arch_interrupts.read(&vm.vcpus[0], 4, 1), 0);
    assert_int_equal(arch_interrupts.read(&vm.vcpus[0], 0, 8), 0);
}

TEST(the_consoles_source_goes_where_it_is_routed) {
    for (uint32_t v = 0; v < VCPUS; v++) {
        on_core(v);
        intc_route(CONSOLE, vm_cpus[v]);
        intc_enable(CONSOLE);
        raise(CONSOLE, true);
        assert_int_equal(vm.vcpus[v].exits[EXIT_CONSOLE], 1);
        assert_int_equal(console_calls, v + 1);
        if (machine.kind == SYSTEM_CONTROLLER_PLIC)
            assert_false(machine.plic.sources[CONSOLE].pending ||
                         machine.plic.sources[CONSOLE].waits);
    }
}
#endif
