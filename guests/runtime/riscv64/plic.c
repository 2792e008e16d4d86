/* SPDX-License-Identifier: Apache-2.0 */
#include "arch_mmio.h"
#include "runtime/cpu.h"
#include "runtime/riscv64/controller.h"

#define PRIORITY 1u
#define SOURCES  VIRT_PLIC_SOURCES

/* As many images for `virt` have it, in a VM as on the bare board. */
uint32_t plic_context(uint32_t cpu) {
    return 2 * cpu + 1;
}

static void init(void) {
    for (uint32_t source = 1; source <= SOURCES; source++)
        mmio_write32(PLIC_PRIORITY(source), 0);
}

static void init_cpu(void) {
    uint32_t context = plic_context(cpu_index());

    for (uint32_t source = 0; source <= SOURCES; source += 32)
        mmio_write32(PLIC_ENABLE(context, source), 0);
    mmio_write32(PLIC_THRESHOLD(context), 0);
}

static void enable(uint32_t source) {
    uint64_t word = PLIC_ENABLE(plic_context(cpu_index()), source);

    mmio_write32(PLIC_PRIORITY(source), PRIORITY);
    mmio_write32(word, mmio_read32(word) | 1u << source % 32);
}

static void disable(uint32_t source) {
    uint64_t word = PLIC_ENABLE(plic_context(cpu_index()), source);

    mmio_write32(word, mmio_read32(word) & ~(1u << source % 32));
}

static uint32_t claim(void) {
    uint32_t source = mmio_read32(PLIC_CLAIM(plic_context(cpu_index())));

    return source == 0 ? 0 : source + IRQ_DEVICES;
}

static void complete(uint32_t irq) {
    mmio_write32(PLIC_CLAIM(plic_context(cpu_index())), irq - IRQ_DEVICES);
}

const struct controller plic_controller = {init, init_cpu, enable, disable, claim, complete};
