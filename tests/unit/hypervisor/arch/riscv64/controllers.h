/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controllers.h - a PLIC and an APLIC domain as their specifications have them, with
 * nothing of the code under test. A test has two of a kind: the machine's, which lies
 * behind fake_mmio.h and imsic.h, and one that is what a VM's should be like.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SOURCES  1024u
#define CONTEXTS 12u
#define HARTS    192u

struct model_plic {
    struct {
        bool exists, line, pending, waits; /* the gateway: for completion */
        uint32_t priority;
    } sources[SOURCES];
    struct {
        bool enabled[SOURCES];
        uint32_t threshold;
    } contexts[CONTEXTS];
    uint32_t context_count;
};

void model_plic_line(struct model_plic *plic, uint32_t source, bool line);
uint32_t model_plic_claim(struct model_plic *plic, uint32_t context);
void model_plic_complete(struct model_plic *plic, uint32_t context, uint32_t source);
bool model_plic_output(const struct model_plic *plic, uint32_t context);
uint32_t model_plic_read(struct model_plic *plic, uint64_t offset);
void model_plic_write(struct model_plic *plic, uint64_t offset, uint32_t value);

struct model_aplic {
    bool msi, enabled;
    struct {
        bool exists, line, pending, enabled;
        uint32_t mode, target;
    } sources[SOURCES];
    struct {
        bool delivery, force;
        uint32_t threshold;
    } idcs[HARTS];
    uint32_t harts[CONTEXTS]; /* hart indices that there are */
    uint32_t hart_count;
    uint32_t guests; /* guest files of each */
    /* MSIs sent: of each hart, file 0 its own, and identity. */
    uint32_t files[HARTS][4][2048];
};

void model_aplic_line(struct model_aplic *aplic, uint32_t source, bool line);
bool model_aplic_output(const struct model_aplic *aplic, uint32_t hart);
uint32_t model_aplic_read(struct model_aplic *aplic, uint64_t offset);
void model_aplic_write(struct model_aplic *aplic, uint64_t offset, uint32_t value);

/* The machine: core n is the PLIC's context context_of(n), and hart index hart_of(n) of the APLIC.
 */
struct machine {
    uint32_t kind; /* enum system_controller */
    uint32_t cpu;  /* that runs hypervisor code now */
    struct model_plic plic;
    struct model_aplic aplic;
    uint64_t pages[48]; /* at SPACE_ARCH: where they are in the controller, plus 1; 0: not mapped */
    bool kicks_lost;    /* of the IMSIC: they go to another file than the board says */
    uint32_t own_identity; /* pending in this core's own file */
    uint32_t guest_resets;
    uint32_t guest_msis_before; /* that had come when the last one was reset */
    uint32_t genmsi_ignored;    /* so many times: another core's is on its way */
    uint32_t msis_on_the_way;   /* to guest file 1 of this core, before what is sent by genmsi */
    bool hvip[CONTEXTS];        /* hvip.VSEIP */
};

extern struct machine machine;

/* M-mode's are between them. */
static inline uint32_t context_of(uint32_t cpu) {
    return 2 * cpu + 1;
}

/* Their IDCs are in two pages. */
static inline uint32_t hart_of(uint32_t cpu) {
    return 40 * cpu + 20;
}

/* As after power-on: what firmware leaves is in it, too. `cpus` cores, each with a guest file. */
void machine_reset(uint32_t kind, uint32_t cpus);
