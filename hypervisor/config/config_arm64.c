/* SPDX-License-Identifier: Apache-2.0 */
#include "abi/boot_record.h"
#include "config/config_check.h"

#define AFFINITY_MASK UINT64_C(0xff00ffffff)
#define ADDRESS_END   (UINT64_C(1) << 39) /* what three levels of stage 2 reach */

/* GICv3 interrupt numbers: private peripherals (PPI), then shared ones (SPI). */
static bool is_ppi(uint32_t number) {
    return number >= 16 && number < 32;
}

static bool interrupt_ok(const struct system_board *board, uint32_t number, uint32_t phys) {
    (void)board;
    return number >= 32 && number < 1020 && phys >= 32 && phys < 1020;
}

static struct system_range controller(const struct system *system, uint32_t n) {
    const struct system_board_arm64 *board = &system->board->arm64;

    if (n == 0)
        return board->gicd;
    return n <= SYSTEM_GICR_MAX ? board->gicr[n - 1] : config_range(0, 0);
}

static void check_board(struct config_run *check) {
    const struct system_board_arm64 *board = &check->system.board->arm64;
    uint32_t pmu = check->system.board->pmu_irq;
    const uint32_t ppis[] = {board->gic_maintenance_irq, board->timer_virtual_irq,
                             board->timer_physical_irq, board->timer_hypervisor_irq};
    uint64_t frames = 0;

    REFUSE_IF(board->gicd.size == 0, BOARD_CONTROLLER, board->gicd.phys);
    for (uint32_t n = 0; n <= SYSTEM_GICR_MAX; n++) {
        struct system_range one = controller(&check->system, n);

        REFUSE_IF((one.phys | one.size) % SYSTEM_GICD_SIZE != 0, RANGE, one.phys);
        frames += n > 0 ? one.size / SYSTEM_GICR_SIZE : 0;
    }
    REFUSE_IF(frames < check->system.cpu_count, BOARD_CONTROLLER, frames);
    for (uint32_t i = 0; i < sizeof(ppis) / sizeof(ppis[0]); i++)
        REFUSE_IF(!is_ppi(ppis[i]) || ppis[i] == pmu, INTERRUPT_RANGE, ppis[i]);
    REFUSE_IF(pmu != 0 && !is_ppi(pmu), INTERRUPT_RANGE, pmu);
}

static uint64_t guest_end(const struct system_board *board, uint32_t levels) {
    (void)board;
    return levels == SYSTEM_LEVELS_MIN ? ADDRESS_END : 0;
}

static void check_cpu(struct config_run *check, const struct system_cpu *cpu) {
    REFUSE_IF((cpu->hwid & ~AFFINITY_MASK) != 0, CPU_ID, cpu->hwid);
    REFUSE_IF(cpu->controller_index != 0, CPU_ID, cpu->controller_index);
    REFUSE_IF(cpu->controller_phys != 0, CPU_ID, cpu->controller_phys);
}

static struct system_range guest_controller(const struct system *system, const struct system_vm *vm,
                                            uint32_t n) {
    (void)system;
    if (n == 0)
        return config_range(vm->controller_at, SYSTEM_GICD_SIZE);
    return config_range(vm->controller_cpus_at, system_vm_vcpu_count(vm) * SYSTEM_GICR_SIZE);
}

const struct config_arch config_arm64 = {
    .arch = SYSTEM_ARCH_ARM64,
    .console = CONSOLE_KIND_PL011,
    .console_end = SYSTEM_VM_CONSOLE_PL011 + 1,
    .guest_align = SYSTEM_GICD_SIZE,
    .address_end = ADDRESS_END,
    .watchdog_size = 2 * SYSTEM_PAGE_SIZE,
    .check_board = check_board,
    .check_cpu = check_cpu,
    .guest_end = guest_end,
    .interrupt_ok = interrupt_ok,
    .controller = controller,
    .guest_controller = guest_controller,
};
