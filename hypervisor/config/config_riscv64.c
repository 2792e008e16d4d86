/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_riscv64.c - "PLIC" is the RISC-V Platform-Level Interrupt Controller Specification 1.0,
 * "AIA" the RISC-V Advanced Interrupt Architecture 1.0.
 */
#include "abi/boot_record.h"
#include "config/config_check.h"

#define SOURCES_MAX    1023u               /* PLIC 1, AIA 4.5 */
#define CONTEXTS_MAX   15872u              /* PLIC 1 */
#define HART_INDEX_END 0x4000u             /* AIA 4.5.16: 14 bits of a target register */
#define IDENTITIES_MAX 2047u               /* AIA 3.1 */
#define IMSIC_SIZE     UINT64_C(0x1000)    /* AIA 3.5: one interrupt file */
#define ADDRESS_END    (UINT64_C(1) << 56) /* Privileged Architecture 1.13, 12.4: a PPN's end */
#define SSWI_SIZE      0x4000u             /* ACLINT 4: one register for each of 4095 harts */

/* Sources keep their numbers. */
static bool interrupt_ok(const struct system_board *board, uint32_t number, uint32_t phys) {
    return number == phys && number != 0 && number <= board->riscv64.sources;
}

/* Registers of a PLIC with `contexts` contexts, or of an APLIC with as many IDCs. */
static uint64_t controller_size(uint32_t kind, uint32_t contexts) {
    if (kind == SYSTEM_CONTROLLER_PLIC)
        return SYSTEM_PLIC_CONTEXTS_AT + contexts * UINT64_C(0x1000);
    return SYSTEM_APLIC_IDCS_AT + (kind == SYSTEM_CONTROLLER_APLIC ? contexts * UINT64_C(32) : 0);
}

static void check_controller(struct config_run *check) {
    const struct system_board_riscv64 *board = &check->system.board->riscv64;
    uint32_t guest_files = board->guest_files, ids = board->identities;
    uint32_t kind = board->controller_kind, sources = board->sources;
    bool aia = kind == SYSTEM_CONTROLLER_AIA;

    REFUSE_IF(kind == 0 || kind > SYSTEM_CONTROLLER_AIA, BOARD_CONTROLLER, kind);
    REFUSE_IF(board->controller.size < controller_size(kind, 1), BOARD_CONTROLLER, kind);
    REFUSE_IF(sources == 0 || sources > SOURCES_MAX, BOARD_CONTROLLER, sources);
    REFUSE_IF(guest_files > 63 || (guest_files != 0) != aia, BOARD_CONTROLLER, guest_files);
    REFUSE_IF(aia ? ids % 64 != 63 || ids > IDENTITIES_MAX : ids != 0, BOARD_CONTROLLER, ids);
    REFUSE_IF(board->swi.size > SSWI_SIZE, BOARD_CONTROLLER, board->swi.size);
}

/* Eight registers, inside a page. */
static bool layout_ok(uint32_t layout) {
    uint32_t shift = layout & 0xff, width = layout >> 8;

    return (width == 1 || width == 2 || width == 4) && shift <= 9 && width <= 1u << shift;
}

static void check_board(struct config_run *check) {
    const struct system_board *common = check->system.board;
    const struct system_board_riscv64 *board = &common->riscv64;
    uint32_t size = board->block_size;
    bool blocks = (board->isa & (SYSTEM_ISA_ZICBOM | SYSTEM_ISA_ZICBOZ)) != 0;
    bool console = common->console_kind != CONSOLE_KIND_NONE;

    REFUSE_IF(console && !layout_ok(common->console_layout), BOARD_CONSOLE, common->console_layout);
    REFUSE_IF(common->pmu_irq != 0, RESERVED, common->pmu_irq);
    REFUSE_IF(board->timebase == 0, BOARD_ISA, board->timebase);
    REFUSE_IF((board->isa & ~SYSTEM_ISA_ALL) != 0, BOARD_ISA, board->isa);
    REFUSE_IF((size & (size - 1)) != 0 || size > SYSTEM_PAGE_SIZE, BOARD_ISA, size);
    REFUSE_IF((size != 0) != blocks, BOARD_ISA, size);
    for (uint32_t i = 0; i < sizeof(board->reserved) / sizeof(board->reserved[0]); i++)
        REFUSE_IF(board->reserved[i] != 0, RESERVED, board->reserved[i]);
    check_controller(check);
}

/* Sv39x4 to Sv57x4 have two bits more than the tables' indices, and an entry's PPN has 44 bits. */
static uint64_t guest_end(const struct system_board *board, uint32_t levels) {
    uint32_t isa = board->riscv64.isa;
    uint32_t most = (isa & SYSTEM_ISA_SV57) != 0 ? 5 : (isa & SYSTEM_ISA_SV48) != 0 ? 4 : 3;

    if (levels < SYSTEM_LEVELS_MIN || levels > most)
        return 0;
    return levels == SYSTEM_LEVELS_MAX ? ADDRESS_END : UINT64_C(1) << (14 + 9 * levels);
}

/* Its hart id may be any number; its place at the interrupt controller is its own. */
static void check_cpu(struct config_run *check, const struct system_cpu *cpu) {
    const struct system *system = &check->system;
    const struct system_board_riscv64 *board = &system->board->riscv64;
    uint32_t kind = board->controller_kind, place = cpu->controller_index;
    bool aia = kind == SYSTEM_CONTROLLER_AIA;

    REFUSE_IF(place >= (aia ? HART_INDEX_END : CONTEXTS_MAX), CPU_ID, place);
    REFUSE_IF(controller_size(kind, place + 1) > board->controller.size, CPU_ID, place);
    REFUSE_IF(!aia && cpu->controller_phys != 0, CPU_ID, cpu->controller_phys);
    for (uint32_t j = 0; j < check->index; j++)
        REFUSE_IF(place == system->cpus[j].controller_index, CPU_ID, place);
}

/* The registers, and of each CPU its interrupt files: its own and its guests'. */
static struct system_range controller(const struct system *system, uint32_t n) {
    const struct system_board_riscv64 *board = &system->board->riscv64;

    if (n < 2)
        return n == 0 ? board->controller : board->swi;
    if (board->controller_kind != SYSTEM_CONTROLLER_AIA || n - 2 >= system->cpu_count)
        return config_range(0, 0);
    return config_range(system->cpus[n - 2].controller_phys, (1 + board->guest_files) * IMSIC_SIZE);
}

static struct system_range guest_controller(const struct system *system, const struct system_vm *vm,
                                            uint32_t n) {
    uint32_t kind = system->board->riscv64.controller_kind;
    uint32_t vcpus = system_vm_vcpu_count(vm), contexts = 0;

    if (n != 0)
        return config_range(vm->controller_cpus_at,
                            kind == SYSTEM_CONTROLLER_AIA ? vcpus * IMSIC_SIZE : 0);
    if (kind == SYSTEM_CONTROLLER_APLIC)
        return config_range(vm->controller_at, SYSTEM_APLIC_DIRECT_SIZE);
    /* A vCPU's context has the number that its hart's has on the board: others may be before it. */
    for (uint32_t i = 0; i < vcpus && i < system->cpu_count; i++) {
        if (contexts <= system->cpus[i].controller_index)
            contexts = system->cpus[i].controller_index + 1;
    }
    return config_range(vm->controller_at, controller_size(kind, contexts));
}

const struct config_arch config_riscv64 = {
    .arch = SYSTEM_ARCH_RISCV64,
    .console = CONSOLE_KIND_16550,
    .console_end = SYSTEM_VM_CONSOLE_SBI + 1,
    .guest_align = SYSTEM_PAGE_SIZE,
    .address_end = ADDRESS_END,
    .check_board = check_board,
    .check_cpu = check_cpu,
    .guest_end = guest_end,
    .interrupt_ok = interrupt_ok,
    .controller = controller,
    .guest_controller = guest_controller,
};
