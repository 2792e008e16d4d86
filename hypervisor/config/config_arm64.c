/* SPDX-License-Identifier: Apache-2.0 */
#include "abi/boot_record.h"
#include "config/config_arch.h"

#define AFFINITY_MASK UINT64_C(0xff00ffffff)

static bool is_spi(uint32_t number) {
    return number >= SYSTEM_SPI_FIRST && number < SYSTEM_SPI_END;
}

static bool interrupt_ok(const struct system_board *board, uint32_t number, uint32_t phys) {
    (void)board;
    return is_spi(number) && is_spi(phys);
}

static bool check_machine(struct config_run *check) {
    const struct system_board_arm64 *board = &check->system.board->arm64;
    const uint32_t ppis[] = {board->gic_maintenance_irq, board->timer_virtual_irq,
                             board->timer_physical_irq, board->timer_hypervisor_irq};
    uint64_t frames = 0;

    REFUSE_IF(!range_ok(board->gicd, SYSTEM_GICD_SIZE), BOARD_CONTROLLER, board->gicd.phys);
    for (uint32_t i = 0; i < SYSTEM_GICR_MAX; i++) {
        REFUSE_IF(board->gicr[i].size != 0 && !range_ok(board->gicr[i], SYSTEM_GICD_SIZE),
                  BOARD_CONTROLLER, board->gicr[i].phys);
        frames += board->gicr[i].size / SYSTEM_GICR_SIZE;
    }
    REFUSE_IF(frames < check->system.cpu_count, BOARD_CONTROLLER, frames);
    for (uint32_t i = 0; i < sizeof(ppis) / sizeof(ppis[0]); i++) {
        REFUSE_IF(ppis[i] < SYSTEM_PPI_FIRST || ppis[i] >= SYSTEM_PPI_END, BOARD_INTERRUPT,
                  ppis[i]);
    }
    for (uint32_t i = check->index = 0; i < check->system.cpu_count; check->index = ++i) {
        const struct system_cpu *cpu = &check->system.cpus[i];

        REFUSE_IF((cpu->hwid & ~AFFINITY_MASK) != 0 || cpu->controller_index != 0 ||
                      cpu->controller_phys != 0,
                  CPU_ID, cpu->hwid);
    }
    return true;
}

static bool controller(const struct system *system, uint32_t n, struct system_range *range) {
    *range =
        n == 0 ? system->board->arm64.gicd : system->board->arm64.gicr[(n - 1) % SYSTEM_GICR_MAX];
    return n <= SYSTEM_GICR_MAX;
}

static struct system_range guest_controller(const struct system *system, const struct system_vm *vm,
                                            uint32_t n) {
    (void)system;
    return n == 0 ? (struct system_range){vm->controller_at, SYSTEM_GICD_SIZE}
                  : (struct system_range){vm->controller_cpus_at,
                                          system_vm_vcpu_count(vm) * SYSTEM_GICR_SIZE};
}

const struct config_arch config_arm64 = {
    .arch = SYSTEM_ARCH_ARM64,
    .console = CONSOLE_KIND_PL011,
    .console_end = SYSTEM_VM_CONSOLE_PL011 + 1,
    .guest_align = SYSTEM_GICD_SIZE,
    .check_machine = check_machine,
    .interrupt_ok = interrupt_ok,
    .controller = controller,
    .guest_controller = guest_controller,
};
