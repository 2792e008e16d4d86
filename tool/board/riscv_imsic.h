/* SPDX-License-Identifier: Apache-2.0 */
/*
 * riscv_imsic.h - where the interrupt files of AIA are (RISC-V AIA 1.0, 3.6; the Linux binding
 * interrupt-controller/riscv,imsics).
 */
#pragma once

#include "abi/system_image.h"
#include "tool/tree/tree.h"

#define IMSIC_REGIONS_MAX 16u

/* All interrupt files of one privilege level. */
struct riscv_imsic {
    struct system_range regions[IMSIC_REGIONS_MAX]; /* one for each group of harts */
    size_t region_count;
    uint32_t guest_bits; /* of an address: which guest's file, */
    uint32_t hart_bits;  /* which hart of the group, */
    uint32_t group_bits; /* and which group */
    uint32_t group_shift;
    uint32_t identities;  /* highest identity of an interrupt file, */
    uint32_t guest_files; /* and the guests' files of each hart */
};

/* The file of the n-th hart in a tree's order. */
struct riscv_imsic_file {
    uint64_t phys;
    uint32_t index; /* the hart as the APLIC's target registers have it (AIA 4.5.16) */
};

/* Reads a node; false: it lacks something, or says what cannot be. */
bool riscv_imsic_read(struct riscv_imsic *imsic, const struct tree_node *node);

/* False: there is no such file. */
bool riscv_imsic_file(const struct riscv_imsic *imsic, uint32_t n, struct riscv_imsic_file *file);
