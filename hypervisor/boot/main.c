/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - the whole boot.
 *
 * start.S has brought the first core here: the image is at its home, the MMU on,
 * nothing but text, constants and private data mapped. The first core checks the
 * table, builds all that the others need, and starts them; then each core, the
 * first one too, becomes its VM's.
 */
#include "arch/cpu.h"
#include "arch/memory.h"
#include "arch/vcpu.h"
#include "boot/build.h"
#include "boot/entry.h"
#include "config/config_check.h"
#include "dev/guest_console.h"
#include "drivers/uart.h"
#include "lib/report.h"
#include "vm/control.h"
#include "vm/loader.h"
#include "vm/this_cpu.h"

#define VERSION "0.1"

/* Seconds from the first core's arrival to the last one's: no VM's memory is in it. */
#define PATIENCE 5u

struct this_cpu this_cpu;

/* One rule broken is enough to refuse the image. */
static void check_table(void) {
    const struct boot_record *record = space_record();
    const struct system_table *table = (const struct system_table *)SPACE_TABLE;
    struct config_error error;

    if (record->table_size > SYSTEM_TABLE_SIZE_MAX)
        refuse("table-size", "the boot record says a table of %lu bytes", record->table_size);
    if (!config_check(table, record->table_size, &ARCH_CONFIG, &error))
        refuse(config_rule_words(error.rule, false), "%s (entry %u, value %lx)",
               config_rule_words(error.rule, true), error.index, error.value);
    if (table->home != record->home || table->image_size != record->image_size ||
        table->size != record->table_size || table->board.console_kind != record->console_kind ||
        table->board.console_phys != record->console_phys)
        refuse("boot-record", "boot record and table are of two images");
    system_open(&this_cpu.system, table);
}

/*
 * Whether a word is kept in memory. A cache would answer for RAM that isn't there: so past it, as
 * far as this core knows how so early (riscv64: Zicbom is found in arch_cpu_init()).
 */
static bool is_kept(volatile uint64_t *word) {
    const uint64_t pattern = UINT64_C(0xb17b0a4d5eed2026);
    uint64_t saved = *word, read;

    *word = pattern;
    arch_cache_clean((const void *)(uintptr_t)word, sizeof(*word));
    read = *word;
    *word = saved;
    arch_cache_clean((const void *)(uintptr_t)word, sizeof(*word));
    return read == pattern;
}

/* The tool planned with RAM that the board's tree promised. */
static void probe(phys_t page) {
    if (!arch_memory_probe(is_kept,
                           space_window(WINDOW_SOURCE, page, PAGE_SIZE, PAGE_HYPERVISOR_DATA)))
        refuse("memory-missing", "there is no RAM at %lx, which the board is said to have",
               page.value);
}

static void probe_memory(const struct system *system) {
    const struct system_table *table = system->table;

    probe(phys(table->pool.phys + table->pool.size - PAGE_SIZE));
    for (uint32_t i = 0; i < system->memory_count; i++) {
        probe(phys(system->memory[i].phys));
        probe(phys(system->memory[i].phys + system->memory[i].size - PAGE_SIZE));
    }
    for (uint32_t i = 0; i < system->channel_count; i++) {
        probe(phys(system->channels[i].phys));
        probe(phys(system->channels[i].phys + system->channels[i].size - PAGE_SIZE));
    }
    space_window_close(WINDOW_SOURCE);
}

static void start_others(const struct system *system, const phys_t *spaces) {
    for (uint32_t i = 0; i < system->cpu_count; i++) {
        if (spaces[i].value != 0 && !arch_cpu_start(system->cpus[i].hwid, spaces[i]))
            refuse("cpu-missing", "the firmware does not start core %u (%lx)", i,
                   system->cpus[i].hwid);
    }
}

/* Waits until the isolation of all cores is on; who does not come is named by the first one. */
static void meet(bool is_first) {
    uint64_t start = arch_clock();
    uint32_t missing, core = 0;

    atomic_fetch_or(&control()->arrived, 1u << this_cpu.index);
    while ((missing = control()->started & ~atomic_load(&control()->arrived)) != 0) {
        if (is_first && arch_clock() - start > PATIENCE * arch_clock_frequency()) {
            while ((missing >> core & 1) == 0)
                core++;
            refuse("cpu-missing", "core %u (%lx) was started and never came", core,
                   this_cpu.system.cpus[core].hwid);
        }
        if (atomic_load(&control()->halt))
            arch_halt();
        arch_relax();
    }
}

/* All cores of the machine come here, each in its own address space. */
static noreturn void run(bool is_first) {
    const struct system *system = &this_cpu.system;
    struct vcpu *vcpu = this_cpu.vcpu;
    const char *wrong = arch_cpu_init(system, this_cpu.index);

    if (wrong != NULL)
        refuse("core", "core %u: %s", this_cpu.index, wrong);
    if (vcpu != NULL) {
        arch_vcpu_attach(vcpu);
        loader_clear_channels(vcpu, true);
    }
    meet(is_first);
    if (is_first) {
        /* Not before: what routes the console to a core, that core's own set-up would undo. */
        guest_console_attach(system);
        report("bulkhead " VERSION " on %u CPUs, %u VMs: isolation on", control()->cores,
               system->vm_count);
    }
    for (uint32_t i = 0; is_first && i < system->vm_count; i++) {
        if ((system->vms[i].flags & SYSTEM_VM_DMA_UNPROTECTED) != 0)
            report("vm %s: its devices' DMA is not contained: NOT isolated", system->vms[i].name);
    }
    if (vcpu == NULL) {
        report_flush();
        arch_halt();
    }
    this_cpu.guests_run = true;
    vcpu_settle(vcpu);
    arch_guest_enter();
}

noreturn void main(uint64_t hwid, uint64_t tree) {
    const struct system *system = &this_cpu.system;
    phys_t spaces[SYSTEM_CPUS_MAX] = {{0}};
    const char *wrong;

    build_common(&own_tables);
    uart_attach(space_record(), SPACE_CONSOLE);
    check_table();
    while (this_cpu.index < system->cpu_count && system->cpus[this_cpu.index].hwid != hwid)
        this_cpu.index++;
    if (this_cpu.index == system->cpu_count)
        refuse("cpu-unknown", "the core that booted is not in the board's tree");
    probe_memory(system);
    build_system(spaces, phys(tree));
    wrong = arch_machine_init(system);
    if (wrong != NULL)
        refuse("interrupt-controller", "%s", wrong);
    start_others(system, spaces);
    this_cpu.has_siblings = true;
    run(true);
}

noreturn void main_secondary(void) {
    uart_attach(space_record(), SPACE_CONSOLE);
    run(false);
}
