/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_tree_riscv64.c - vCPU n is hart n. Its interrupt controller has the phandle of that of the
 * CPU that runs it, as the guest's PLIC or APLIC and its IMSIC have the board's.
 */
#include "config/config_check.h"
#include "tool/board/riscv_isa.h"
#include "tool/guest_tree/guest_tree_writer.h"

#define EXTERNAL_S 9u /* cause of a hart's interrupt (Privileged, 10.1.3) */

static const struct system_board_riscv64 *board_of(const struct tree_writer *writer) {
    return &writer->machine->board.riscv64;
}

static void put_isa(struct tree_writer *writer, const struct tree_node *node) {
    struct arena *arena = writer->plan->arena;
    bool aia = board_of(writer)->controller_kind == SYSTEM_CONTROLLER_AIA;
    uint32_t features = board_of(writer)->isa;
    struct riscv_isa isa;
    struct riscv_isa guest;

    riscv_isa_read(&isa, node, arena);
    riscv_isa_for_guest(&guest, &isa, features, aia, arena);
    writer_text(writer, "riscv,isa", riscv_isa_string(&guest, arena));
    writer_text(writer, "riscv,isa-base", "rv64i");
    writer_texts(writer, "riscv,isa-extensions", guest.names, guest.count);
    if ((features & SYSTEM_ISA_ZICBOM) != 0)
        writer_copy(writer, node, "riscv,cbom-block-size");
    if ((features & SYSTEM_ISA_ZICBOZ) != 0)
        writer_copy(writer, node, "riscv,cboz-block-size");
    writer_copy(writer, node, "riscv,cbop-block-size");
}

static void put_cpu(struct tree_writer *writer, const struct machine_cpu *cpu) {
    writer_text(writer, "status", "okay");
    put_isa(writer, cpu->node);
    writer_text(writer, "mmu-type", riscv_isa_mmu_type(board_of(writer)->isa));
}

static void put_intc(struct tree_writer *writer, const struct machine_cpu *cpu) {
    writer_begin(writer, "interrupt-controller");
    writer_text(writer, "compatible", "riscv,cpu-intc");
    writer_flag(writer, "interrupt-controller");
    writer_cell(writer, "#interrupt-cells", 1);
    writer_cell(writer, "phandle", cpu->intc->phandle);
    writer_end(writer);
}

/* Each vCPU's supervisor is interrupted, in their order. */
static void put_contexts(struct tree_writer *writer) {
    uint64_t cells[2 * SYSTEM_CPUS_MAX];
    uint32_t vcpus = plan_vcpu_count(writer->vm);

    for (uint32_t vcpu = 0; vcpu < vcpus; vcpu++) {
        cells[2 * vcpu] = writer_cpu(writer, vcpu)->intc->phandle;
        cells[2 * vcpu + 1] = EXTERNAL_S;
    }
    writer_numbers(writer, "interrupts-extended", cells, 2 * (size_t)vcpus, 1);
}

/*
 * The PLIC's contexts have the board's numbers. Those that are no vCPU's, which M-mode has, are
 * said to be not there, as firmware says it in a machine's tree: by an interrupt -1 of the same
 * hart.
 */
static void put_plic_contexts(struct tree_writer *writer) {
    const struct machine_cpu *cpus = writer->machine->cpus;
    uint32_t vcpus = plan_vcpu_count(writer->vm), phandle = 0;
    uint64_t registers = writer_controller_range(writer, 0).size - SYSTEM_PLIC_CONTEXTS_AT;
    size_t count = registers / SYSTEM_PAGE_SIZE;
    uint64_t *cells = arena_alloc(writer->plan->arena, 2 * count * sizeof(cells[0]));

    for (size_t context = count; context-- > 0;) {
        uint32_t vcpu = 0;

        while (vcpu < vcpus && cpus[vcpu].controller_index != context)
            vcpu++;
        if (vcpu < vcpus)
            phandle = writer_cpu(writer, vcpu)->intc->phandle;
        cells[2 * context] = phandle;
        cells[2 * context + 1] = vcpu < vcpus ? EXTERNAL_S : UINT32_MAX;
    }
    writer_numbers(writer, "interrupts-extended", cells, 2 * count, 1);
}

/* Begins the node of a controller with the n-th range of its registers. */
static void begin_controller(struct tree_writer *writer, const char *name, uint32_t n,
                             uint32_t phandle, uint32_t interrupt_cells) {
    struct system_range range = writer_controller_range(writer, n);

    writer_begin(writer, "%s@%llx", name, (unsigned long long)range.phys);
    WRITER_RANGES(writer, "reg", range.phys, range.size);
    writer_flag(writer, "interrupt-controller");
    writer_cell(writer, "#interrupt-cells", interrupt_cells);
    writer_cell(writer, "phandle", phandle);
}

static void put_plic(struct tree_writer *writer) {
    static const char *const compatible[] = {"sifive,plic-1.0.0", "riscv,plic0"};

    begin_controller(writer, "plic", 0, writer_controller(writer), 1);
    writer_texts(writer, "compatible", compatible, 2);
    writer_cell(writer, "#address-cells", 0);
    writer_cell(writer, "riscv,ndev", board_of(writer)->sources);
    put_plic_contexts(writer);
    writer_end(writer);
}

static void put_imsic(struct tree_writer *writer, uint32_t phandle) {
    begin_controller(writer, "interrupt-controller", 1, phandle, 0);
    writer_text(writer, "compatible", "riscv,imsics");
    writer_flag(writer, "msi-controller");
    writer_cell(writer, "#msi-cells", 0);
    writer_cell(writer, "riscv,num-ids", board_of(writer)->identities);
    put_contexts(writer);
    writer_end(writer);
}

/* It sends MSIs to the IMSIC with a phandle, or (0) interrupts the harts itself. */
static void put_aplic(struct tree_writer *writer, uint32_t imsic) {
    begin_controller(writer, "interrupt-controller", 0, writer_controller(writer), 2);
    writer_text(writer, "compatible", "riscv,aplic");
    writer_cell(writer, "#address-cells", 0);
    writer_cell(writer, "riscv,num-sources", board_of(writer)->sources);
    if (imsic != 0)
        writer_cell(writer, "msi-parent", imsic);
    else
        put_contexts(writer);
    writer_end(writer);
}

void guest_tree_riscv64(struct tree_writer *writer) {
    const struct tree_node *msi_node = writer->machine->msi_node;
    uint32_t imsic = msi_node == NULL ? 0 : msi_node->phandle;

    writer_cpus(writer, put_cpu, put_intc);
    if (board_of(writer)->controller_kind == SYSTEM_CONTROLLER_PLIC)
        put_plic(writer);
    if (imsic != 0)
        put_imsic(writer, imsic);
    if (board_of(writer)->controller_kind != SYSTEM_CONTROLLER_PLIC)
        put_aplic(writer, imsic);
}
