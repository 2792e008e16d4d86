/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "abi/boot_record.h"
#include "config/config_check.h"
#include "tool/board/machine_reader.h"
#include "tool/board/riscv_imsic.h"
#include "tool/board/riscv_isa.h"

/* Causes of a hart's interrupts: what its interrupt controller is told (Privileged, 10.1.3). */
#define SOFTWARE_S 1u
#define EXTERNAL_S 9u
#define NOWHERE    UINT32_MAX

/* A hart's own interrupt controller; NULL: it has none. */
static const struct tree_node *find_intc(const struct tree_node *cpu) {
    for (const struct tree_node *node = cpu + 1; node < cpu->end; node = node->end)
        if (tree_is_compatible(node, "riscv,cpu-intc"))
            return node;
    return NULL;
}

static bool is_usable(const struct machine_reader *reader, const struct tree_node *node) {
    const char *mmu = tree_string(node, "mmu-type");
    struct riscv_isa isa;

    riscv_isa_read(&isa, node, reader->arena);
    return riscv_isa_has(&isa, "h") && mmu != NULL && strcmp(mmu, "riscv,none") != 0 &&
           find_intc(node) != NULL;
}

/* The position in a controller's interrupts-extended of a hart's interrupt `cause`, or NOWHERE. */
static uint32_t find_context(const struct tree_node *controller, const struct tree_node *intc,
                             uint32_t cause) {
    size_t count = 0;
    const fdt32_t *cells = tree_cells(controller, "interrupts-extended", &count);
    uint32_t phandle = intc == NULL ? 0 : intc->phandle;

    for (size_t i = 0; i + 1 < count && phandle != 0; i += 2)
        if (fdt32_ld(&cells[i]) == phandle && fdt32_ld(&cells[i + 1]) == cause)
            return (uint32_t)(i / 2);
    return NOWHERE;
}

/* Whether a controller interrupts any hart's supervisor. */
static bool is_supervisors(const struct machine *machine, const struct tree_node *controller) {
    for (size_t i = 0; i < machine->cpu_count; i++)
        if (find_context(controller, machine->cpus[i].intc, EXTERNAL_S) != NOWHERE)
            return true;
    return false;
}

/* The next node that has it and that the tree does not disable. */
static const struct tree_node *next_enabled(const struct tree *tree, const struct tree_node *node,
                                            const char *compatible) {
    do
        node = tree_next_compatible(tree, node, compatible);
    while (node != NULL && !tree_is_enabled(node));
    return node;
}

/* --- what the board is told of --- */

/* Features that all harts have, and the block size of their cache operations. */
static void read_isa(struct machine_reader *reader) {
    struct machine *machine = reader->machine;
    struct system_board_riscv64 *board = &machine->board.riscv64;
    uint32_t sizes[2] = {0};
    static const struct {
        const char *property;
        uint32_t feature;
    } blocks[] = {{"riscv,cbom-block-size", SYSTEM_ISA_ZICBOM},
                  {"riscv,cboz-block-size", SYSTEM_ISA_ZICBOZ}};

    board->isa = SYSTEM_ISA_ALL;
    for (size_t i = 0; i < machine->cpu_count; i++) {
        const struct tree_node *node = machine->cpus[i].node;
        struct riscv_isa isa;

        riscv_isa_read(&isa, node, reader->arena);
        board->isa &=
            riscv_isa_features(&isa) | riscv_isa_mmu_features(tree_string(node, "mmu-type"));
        for (size_t b = 0; b < 2; b++) {
            uint32_t size = tree_cell(node, blocks[b].property, 0);

            if (size == 0 || (size & (size - 1)) != 0 || size > SYSTEM_PAGE_SIZE ||
                (i != 0 && size != sizes[b]))
                board->isa &= ~blocks[b].feature;
            sizes[b] = size;
        }
    }
    /* The hypervisor knows one size. */
    if ((board->isa & SYSTEM_ISA_ZICBOM) != 0 && sizes[0] != sizes[1])
        board->isa &= ~SYSTEM_ISA_ZICBOZ;
    board->block_size = (board->isa & SYSTEM_ISA_ZICBOM) != 0   ? sizes[0]
                        : (board->isa & SYSTEM_ISA_ZICBOZ) != 0 ? sizes[1]
                                                                : 0;
}

static void read_timebase(struct machine_reader *reader) {
    struct machine *machine = reader->machine;
    const struct tree_node *cpus = tree_child(reader->tree->root, "cpus");
    size_t count = 0;
    const fdt32_t *cells = tree_cells(cpus, "timebase-frequency", &count);

    if (count == 0 && machine->cpu_count != 0)
        cells = tree_cells(machine->cpus[0].node, "timebase-frequency", &count);
    machine->board.riscv64.timebase = count == 1 || count == 2 ? tree_number(cells, count) : 0;
    if (machine->board.riscv64.timebase == 0)
        machine_refuse(reader, "the board's tree does not say the timebase-frequency of its CPUs");
}

/* Whoever writes an SSWI's register must find it by the hart's id alone. */
static void read_swi(struct machine_reader *reader) {
    struct machine *machine = reader->machine;
    struct system_range range;
    const struct tree_node *node = next_enabled(reader->tree, NULL, "riscv,aclint-sswi");

    if (node == NULL || !tree_register(node, 0, &range))
        return;
    for (size_t i = 0; i < machine->cpu_count; i++) {
        const struct machine_cpu *cpu = &machine->cpus[i];

        if (find_context(node, cpu->intc, SOFTWARE_S) != cpu->hwid ||
            cpu->hwid >= range.size / sizeof(uint32_t))
            return;
    }
    machine->board.riscv64.swi = range;
}

/* --- interrupt controllers --- */

/* Each CPU's supervisor context in a controller: its controller_index, of which more may have to
 * be made. False, with an error that `otherwise` begins: a CPU is not in it. */
static bool find_contexts(struct machine_reader *reader, const struct tree_node *node,
                          const char *otherwise) {
    struct machine *machine = reader->machine;

    for (size_t i = 0; i < machine->cpu_count; i++) {
        struct machine_cpu *cpu = &machine->cpus[i];

        cpu->controller_index = find_context(node, cpu->intc, EXTERNAL_S);
        if (cpu->controller_index == NOWHERE) {
            machine_refuse(reader, "%s CPU %zu", otherwise, i);
            return false;
        }
    }
    return true;
}

/* A PLIC, or an APLIC without IMSIC. */
static void read_contexts(struct machine_reader *reader, const struct tree_node *node) {
    struct machine *machine = reader->machine;
    size_t count = 0;
    const fdt32_t *indexes = tree_cells(node, "riscv,hart-indexes", &count);

    if (!find_contexts(reader, node,
                       "the board's interrupt controller does not interrupt the supervisor of"))
        return;
    for (size_t i = 0; i < machine->cpu_count; i++)
        if (machine->cpus[i].controller_index < count)
            machine->cpus[i].controller_index =
                fdt32_ld(&indexes[machine->cpus[i].controller_index]);
}

static void read_files(struct machine_reader *reader, const struct tree_node *node) {
    static const char none[] = "the board's IMSIC has no interrupt file for";
    struct machine *machine = reader->machine;
    struct riscv_imsic imsic;

    if (!riscv_imsic_read(&imsic, node)) {
        machine_refuse(reader, "the board's IMSIC node lacks something, or says what cannot be");
        return;
    }
    machine->board.riscv64.guest_files = imsic.guest_files;
    machine->board.riscv64.identities = imsic.identities;
    machine->guest_controller_cpus_at = imsic.regions[0].phys;
    bool complete = find_contexts(reader, node, none);
    for (size_t i = 0; complete && i < machine->cpu_count; i++) {
        struct machine_cpu *cpu = &machine->cpus[i];
        struct riscv_imsic_file file = {0};

        complete = riscv_imsic_file(&imsic, cpu->controller_index, &file);
        if (!complete)
            machine_refuse(reader, "%s CPU %zu", none, i);
        cpu->controller_index = file.index;
        cpu->controller_phys = file.phys;
    }
}

/* The APLIC domain that supervisors have, and the IMSIC that it sends to; NULL: there is none. */
static const struct tree_node *find_aplic(const struct machine *machine,
                                          const struct tree_node **imsic) {
    const struct tree_node *node = NULL;

    while ((node = next_enabled(machine->tree, node, "riscv,aplic")) != NULL) {
        *imsic = tree_reference(node, "msi-parent", 0);
        if (!tree_is_compatible(*imsic, "riscv,imsics"))
            *imsic = NULL;
        if (is_supervisors(machine, *imsic != NULL ? *imsic : node))
            return node;
    }
    *imsic = NULL;
    return NULL;
}

static const struct tree_node *find_plic(const struct tree *tree) {
    const struct tree_node *node = next_enabled(tree, NULL, "riscv,plic0");

    return node != NULL ? node : next_enabled(tree, NULL, "sifive,plic-1.0.0");
}

static void read_controller(struct machine_reader *reader) {
    struct machine *machine = reader->machine;
    struct system_board_riscv64 *board = &machine->board.riscv64;
    const struct tree_node *node = find_aplic(machine, &machine->msi_node);
    const char *sources = "riscv,num-sources";

    board->controller_kind =
        machine->msi_node != NULL ? SYSTEM_CONTROLLER_AIA : SYSTEM_CONTROLLER_APLIC;
    if (node == NULL) {
        node = find_plic(reader->tree);
        board->controller_kind = SYSTEM_CONTROLLER_PLIC;
        sources = "riscv,ndev";
    }
    machine->controller_node = node;
    if (node == NULL) {
        machine_refuse(reader, "the board's tree has no interrupt controller that Bulkhead drives "
                               "(riscv,plic0, or riscv,aplic for supervisors)");
        return;
    }
    board->sources = tree_cell(node, sources, 0);
    if (!tree_register(node, 0, &board->controller) || board->sources == 0) {
        machine_refuse(reader, "the board's interrupt controller lacks registers, or %s", sources);
        return;
    }
    machine->guest_controller_at = board->controller.phys;
    if (machine->msi_node != NULL)
        read_files(reader, machine->msi_node);
    else
        read_contexts(reader, node);
}

/* Controllers and timers of any privilege. */
static void read_own(struct machine_reader *reader) {
    static const char *const own[] = {
        "riscv,plic0",       "sifive,plic-1.0.0", "riscv,aplic",
        "riscv,imsics",      "riscv,clint0",      "sifive,clint0",
        "riscv,aclint-mswi", "riscv,aclint-sswi", "riscv,aclint-mtimer",
    };
    const struct tree_node *root = reader->tree->root;

    for (const struct tree_node *node = root; node < root->end; node++)
        if (tree_kind(node, own, COUNT(own)) != NULL)
            machine_own(reader, node);
}

static void read_riscv64(struct machine_reader *reader) {
    struct machine *machine = reader->machine;

    for (size_t i = 0; i < machine->cpu_count; i++)
        machine->cpus[i].intc = find_intc(machine->cpus[i].node);
    read_isa(reader);
    read_timebase(reader);
    read_controller(reader);
    read_swi(reader);
    read_own(reader);
}

static uint32_t console_layout(const struct tree_node *node) {
    uint32_t shift = tree_cell(node, "reg-shift", 0);
    uint32_t width = tree_cell(node, "reg-io-width", 1);

    if (shift > 9 || (width != 1 && width != 2 && width != 4) || width > 1u << shift ||
        tree_cell(node, "reg-offset", 0) != 0)
        return UINT32_MAX;
    return CONSOLE_LAYOUT(shift, width);
}

static const char *const consoles[] = {"ns16550a", "ns16550", "snps,dw-apb-uart", NULL};

const struct machine_arch machine_riscv64 = {
    .name = "riscv64",
    .config = &config_riscv64,
    .is_usable = is_usable,
    .cpu_missing = "the board's tree has no CPU with an MMU and the hypervisor extension (h in its "
                   "riscv,isa)",
    .read = read_riscv64,
    .consoles = consoles,
    .console_name = "a 16550",
    .console_layout = console_layout,
};
