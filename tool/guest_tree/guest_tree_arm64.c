/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/guest_tree/guest_tree_writer.h"

#define IRQ_SPI   0
#define IRQ_PPI   1
#define IRQ_LEVEL 4
#define PPI_BASE  16u
#define SPI_BASE  32u

static void put_cpu(struct tree_writer *writer, const struct machine_cpu *cpu) {
    (void)cpu;
    writer_text(writer, "enable-method", "psci");
}

static void put_psci(struct tree_writer *writer) {
    static const char *const compatible[] = {"arm,psci-1.0", "arm,psci-0.2"};

    writer_begin(writer, "psci");
    writer_texts(writer, "compatible", compatible, 2);
    writer_text(writer, "method", "hvc");
    writer_end(writer);
}

static void put_controller(struct tree_writer *writer) {
    struct system_range gicd = writer_controller_range(writer, 0);
    struct system_range gicr = writer_controller_range(writer, 1);

    writer_begin(writer, "interrupt-controller@%llx", (unsigned long long)gicd.phys);
    writer_text(writer, "compatible", "arm,gic-v3");
    writer_flag(writer, "interrupt-controller");
    writer_cell(writer, "#interrupt-cells", 3);
    writer_cell(writer, "#address-cells", 0);
    WRITER_RANGES(writer, "reg", gicd.phys, gicd.size, gicr.phys, gicr.size);
    writer_cell(writer, "phandle", writer_controller(writer));
    writer_end(writer);
}

/* The guest's timers: the secure one (which no guest uses, but the binding wants it), physical
 * and virtual; the hypervisor keeps its own. */
static void put_timer(struct tree_writer *writer) {
    const struct machine *machine = writer->machine;
    const uint32_t physical = machine->board.arm64.timer_physical_irq - PPI_BASE;
    const uint32_t virtual = machine->board.arm64.timer_virtual_irq - PPI_BASE;
    struct tree_interrupt secure = {.number = machine->board.arm64.timer_physical_irq};

    tree_interrupt(machine->timer_node, 0, &secure);
    writer_begin(writer, "timer");
    writer_copy(writer, machine->timer_node, "compatible");
    WRITER_CELLS(writer, "interrupts", IRQ_PPI, secure.number - PPI_BASE, IRQ_LEVEL, IRQ_PPI,
                 physical, IRQ_LEVEL, IRQ_PPI, virtual, IRQ_LEVEL);
    writer_copy(writer, machine->timer_node, "always-on");
    writer_copy(writer, machine->timer_node, "clock-frequency");
    writer_end(writer);
}

/* Cores' counters are the guest's, their overflow is an interrupt of each core's own. */
static void put_pmu(struct tree_writer *writer) {
    const struct machine *machine = writer->machine;

    if (machine->board.pmu_irq == 0)
        return;
    writer_begin(writer, "pmu");
    if (machine->pmu_node != NULL)
        writer_copy(writer, machine->pmu_node, "compatible");
    else
        writer_text(writer, "compatible", "arm,armv8-pmuv3");
    WRITER_CELLS(writer, "interrupts", IRQ_PPI, machine->board.pmu_irq - PPI_BASE, IRQ_LEVEL);
    writer_end(writer);
}

/* Arm SBSA's: its pages of control and of refresh. */
static void put_watchdog(struct tree_writer *writer) {
    const struct system_vm *life = &writer->vm->life;
    const uint64_t refresh = life->watchdog_at + SYSTEM_PAGE_SIZE;

    if (life->watchdog_at == 0)
        return;
    writer_begin(writer, "watchdog@%llx", (unsigned long long)life->watchdog_at);
    writer_text(writer, "compatible", "arm,sbsa-gwdt");
    WRITER_RANGES(writer, "reg", life->watchdog_at, SYSTEM_PAGE_SIZE, refresh, SYSTEM_PAGE_SIZE);
    WRITER_CELLS(writer, "interrupts", IRQ_SPI, life->watchdog_irq - SPI_BASE, IRQ_LEVEL);
    writer_cell(writer, "timeout-sec", life->watchdog < 2000 ? 1 : life->watchdog / 1000);
    writer_end(writer);
}

void guest_tree_arm64(struct tree_writer *writer) {
    writer_cpus(writer, put_cpu, NULL);
    put_psci(writer);
    put_controller(writer);
    put_timer(writer);
    put_pmu(writer);
    put_watchdog(writer);
}
