/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/plic/plic.h"

#include "arch/riscv64/mmio_hw.h"
#include "vm/this_cpu.h"

/* Behind what all have at SPACE_ARCH, of which two pages are in use here, priorities and pending
 * bits: pages of each core's enable bits, and of its context. */
#define PAGE_AT(page)     (SPACE_ARCH + (uint64_t)(page)*PAGE_SIZE)
#define PAGE_ENABLES(cpu) (PAGE_AT(cpu) + INTC_COMMON_SIZE)
#define PAGE_CONTEXT(cpu) PAGE_ENABLES(SYSTEM_CPUS_MAX + (cpu))

#define CONSOLE_PRIORITY 1u
#define VM_PRIORITY      2u

static uint32_t enables(uint32_t cpu) {
    return PLIC_ENABLES + PLIC_ENABLES_SIZE * this_cpu.system.cpus[cpu].controller_index;
}

static uint64_t priority(uint32_t source) {
    return PAGE_AT(0) + 4 * (uint64_t)source;
}

uint32_t plic_pending(uint32_t word) {
    return mmio_read(PAGE_AT(0) + PLIC_PENDING + 4 * (uint64_t)word);
}

void plic_enable(uint32_t cpu, uint32_t word, uint32_t mask, uint32_t bits) {
    uint64_t at = PAGE_ENABLES(cpu) + enables(cpu) % PAGE_SIZE + 4 * (uint64_t)word;

    mmio_write(at, (mmio_read(at) & ~mask) | (bits & mask));
}

static uint32_t claim(void) {
    return mmio_read(PAGE_CONTEXT(this_cpu.index) + PLIC_CLAIM);
}

void plic_complete(uint32_t cpu, uint32_t source) {
    mmio_write(PAGE_CONTEXT(cpu) + PLIC_CLAIM, source);
}

static void enable(uint32_t source) {
    plic_complete(this_cpu.index, source);
}

static const char *cpu_init(const struct system *system) {
    uint64_t registers = system->board->riscv64.controller.phys;
    uint32_t console = system->board->console_irq;

    for (uint32_t i = 0; i < system->cpu_count; i++) {
        uint64_t context = system->cpus[i].controller_index * (uint64_t)PLIC_CONTEXT_SIZE;

        mmio_map(PAGE_ENABLES(i), registers + enables(i) / PAGE_SIZE * PAGE_SIZE, PAGE_SIZE);
        mmio_map(PAGE_CONTEXT(i), registers + PLIC_CONTEXTS + context, PAGE_SIZE);
    }
    for (uint32_t word = 0; word <= system->board->riscv64.sources / 32; word++)
        plic_enable(this_cpu.index, word, UINT32_MAX, 0);
    if (console != 0)
        plic_enable(this_cpu.index, console / 32, source_bit(console), UINT32_MAX);
    mmio_write(PAGE_CONTEXT(this_cpu.index) + PLIC_THRESHOLD, CONSOLE_PRIORITY);
    return NULL;
}

static const char *machine_init(const struct system *system) {
    for (uint32_t i = 0; i < system->interrupt_count; i++) {
        mmio_write(priority(system->interrupts[i].phys), VM_PRIORITY);
        if (mmio_read(priority(system->interrupts[i].phys)) != VM_PRIORITY)
            return "this interrupt controller does not have two priorities";
    }
    return NULL;
}

static void route(uint32_t source, uint32_t cpu) {
    mmio_write(priority(source), CONSOLE_PRIORITY);
    /* The core that has it now goes first, and the one that gets it last: it may do the same. */
    for (uint32_t i = 0; i < this_cpu.system.cpu_count; i++) {
        if (i != cpu)
            mmio_write(PAGE_CONTEXT(i) + PLIC_THRESHOLD, CONSOLE_PRIORITY);
    }
    mmio_write(PAGE_CONTEXT(cpu) + PLIC_THRESHOLD, 0);
}

static void turn_off(const struct vm *vm, uint32_t source) {
    plic_complete(this_cpu.index, source);
    for (uint32_t i = 0; i < vm->vcpu_count; i++)
        plic_enable(vm->vcpus[i].cpu, source / 32, source_bit(source), 0);
}

/* Enabled for the while, as nothing else of the VM is: else neither would be possible. */
static void renew(uint32_t source) {
    plic_enable(this_cpu.index, source / 32, source_bit(source), UINT32_MAX);
    plic_complete(this_cpu.index, source);
    /* This or, if it was not pending, nothing or the console's, which comes again. */
    plic_complete(this_cpu.index, claim());
    plic_enable(this_cpu.index, source / 32, source_bit(source), 0);
}

const struct intc_ops plic_ops = {machine_init, cpu_init, route, enable, claim, turn_off, renew};
