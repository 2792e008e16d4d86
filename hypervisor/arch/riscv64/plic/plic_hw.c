/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/plic/plic.h"

#include <stddef.h>

#include "arch/memory.h"
#include "arch/riscv64/mmio_hw.h"
#include "config/system.h"
#include "mem/hypervisor_space.h"
#include "vm/this_cpu.h"

/* Offsets of chapter 3, "Memory Map". */
#define PRIORITIES UINT64_C(0x0)
#define PENDING    UINT64_C(0x1000)
#define ENABLES    UINT64_C(0x2000) /* 0x80 bytes for each context */
#define CONTEXTS   UINT64_C(0x200000)
#define THRESHOLD  0u /* in a context's page */
#define CLAIM      4u

/* Pages at SPACE_ARCH: priorities, pending bits, then each core's enable bits and context. */
#define PAGE_AT(page)     (SPACE_ARCH + (uint64_t)(page)*PAGE_SIZE)
#define PAGE_ENABLES(cpu) PAGE_AT(2 + (cpu))
#define PAGE_CONTEXT(cpu) PAGE_AT(10 + (cpu))

#define CONSOLE_PRIORITY 1u
#define VM_PRIORITY      2u

static const struct system *machine; /* this core's own copy */

static uint64_t enables_offset(uint32_t cpu) {
    return ENABLES + 0x80 * (uint64_t)machine->cpus[cpu].controller_index;
}

static uint64_t enable_word(uint32_t cpu, uint32_t source) {
    return PAGE_ENABLES(cpu) + enables_offset(cpu) % PAGE_SIZE + source / 32 * 4;
}

static void map(uint64_t at, uint64_t offset, uint64_t size) {
    space_map(space_tables(), at, phys(machine->board->riscv64.controller.phys + offset), size,
              PAGE_HYPERVISOR_DEVICE);
}

const char *plic_cpu_init(const struct system *system, uint32_t cpu) {
    (void)cpu;
    machine = system;
    map(SPACE_ARCH, PRIORITIES, 2 * PAGE_SIZE);
    for (uint32_t i = 0; i < system->cpu_count; i++) {
        uint64_t context = system->cpus[i].controller_index;

        map(PAGE_ENABLES(i), enables_offset(i) / PAGE_SIZE * PAGE_SIZE, PAGE_SIZE);
        map(PAGE_CONTEXT(i), CONTEXTS + context * PAGE_SIZE, PAGE_SIZE);
    }
    arch_tables_written();
    return NULL;
}

static uint64_t priority(uint32_t source) {
    return SPACE_ARCH + PRIORITIES + 4 * (uint64_t)source;
}

const char *plic_machine_init(const struct system *system) {
    uint32_t sources = system->board->riscv64.sources;

    plic_cpu_init(system, 0);
    for (uint32_t source = 1; source <= sources; source++)
        mmio_write(priority(source), 0);
    for (uint32_t i = 0; i < system->interrupt_count; i++) {
        mmio_write(priority(system->interrupts[i].phys), VM_PRIORITY);
        if (mmio_read(priority(system->interrupts[i].phys)) != VM_PRIORITY)
            return "this interrupt controller does not have two priorities";
        mmio_write(priority(system->interrupts[i].phys), 0);
    }
    for (uint32_t i = 0; i < system->cpu_count; i++) {
        for (uint32_t source = 0; source <= sources; source += 32)
            mmio_write(enable_word(i, source), 0);
        plic_enable(i, system->board->console_irq, system->board->console_irq != 0);
        mmio_write(PAGE_CONTEXT(i) + THRESHOLD, CONSOLE_PRIORITY);
    }
    return NULL;
}

void plic_console_route(uint32_t source, uint32_t cpu) {
    (void)source;
    /* The core that has it now goes first, and the one that gets it last: it may do the same. */
    for (uint32_t i = 0; i < machine->cpu_count; i++) {
        if (i != cpu)
            mmio_write(PAGE_CONTEXT(i) + THRESHOLD, CONSOLE_PRIORITY);
    }
    mmio_write(PAGE_CONTEXT(cpu) + THRESHOLD, 0);
}

void plic_console_enable(uint32_t source) {
    plic_complete(source);
    mmio_write(priority(source), CONSOLE_PRIORITY);
}

bool plic_console_is_here(void) {
    return mmio_read(PAGE_CONTEXT(this_cpu.index) + THRESHOLD) == 0;
}

uint32_t plic_claim(void) {
    return mmio_read(PAGE_CONTEXT(this_cpu.index) + CLAIM);
}

void plic_enable(uint32_t cpu, uint32_t source, bool on) {
    uint64_t word = enable_word(cpu, source);
    uint32_t bit = 1u << (source % 32);

    mmio_write(word, on ? mmio_read(word) | bit : mmio_read(word) & ~bit);
}

void plic_complete(uint32_t source) {
    uint32_t word = mmio_read(enable_word(this_cpu.index, source));
    bool enabled = (word >> (source % 32) & 1) != 0;

    /* Of a source that this context has not enabled it would be ignored. */
    if (!enabled)
        plic_enable(this_cpu.index, source, true);
    mmio_write(PAGE_CONTEXT(this_cpu.index) + CLAIM, source);
    if (!enabled)
        plic_enable(this_cpu.index, source, false);
}

uint32_t plic_pending(uint32_t word) {
    return mmio_read(SPACE_ARCH + PENDING + 4 * (uint64_t)word);
}

void plic_renew(uint32_t source) {
    mmio_write(priority(source), VM_PRIORITY);
    plic_enable(this_cpu.index, source, true);
    plic_complete(source);
    /* This or, if it was not pending, nothing or the console's, which comes again. */
    mmio_write(PAGE_CONTEXT(this_cpu.index) + CLAIM, plic_claim());
    plic_enable(this_cpu.index, source, false);
}
