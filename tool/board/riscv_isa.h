/* SPDX-License-Identifier: Apache-2.0 */
/*
 * riscv_isa.h - the extensions that a hart has by its tree, and those that a guest is told of.
 */
#pragma once

#include "tool/base/arena.h"
#include "tool/tree/tree.h"

/* Names in lower case, in the tree's order: single letters first. */
struct riscv_isa {
    const char **names;
    size_t count;
};

/*
 * Reads riscv,isa-extensions of a hart's node, or else riscv,isa (the Linux bindings riscv/cpus and
 * riscv/extensions). Empty if it has neither, or
 * far too many, or is no 64-bit hart.
 */
void riscv_isa_read(struct riscv_isa *isa, const struct tree_node *node, struct arena *arena);

/* Whether an extension is among them. */
bool riscv_isa_has(const struct riscv_isa *isa, const char *name);

/* SYSTEM_ISA_* of a hart's mmu-type (NULL: it has none), and the other way round. */
uint32_t riscv_isa_mmu_features(const char *type);
const char *riscv_isa_mmu_type(uint32_t features);

/* SYSTEM_ISA_* of them; without Svadu if Svade is there too: a guest could not choose. */
uint32_t riscv_isa_features(const struct riscv_isa *isa);

/*
 * Those that a guest is told of, on a board with the features SYSTEM_ISA_*: without what is for
 * higher privilege, what the hypervisor would have to switch on, or the board has not in all harts.
 * `aia`: the guest has an interrupt file of its own.
 */
void riscv_isa_for_guest(struct riscv_isa *guest, const struct riscv_isa *isa, uint32_t features,
                         bool aia, struct arena *arena);

/* As the string of riscv,isa: "rv64imac_zicsr". */
const char *riscv_isa_string(const struct riscv_isa *isa, struct arena *arena);
