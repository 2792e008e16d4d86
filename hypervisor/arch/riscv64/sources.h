/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sources.h - what vPLIC and vAPLIC have in common: which interrupt sources the VM
 * has, and an output to each of its vCPUs. A source that the VM owns has its number
 * in the machine's controller.
 */
#ifndef RISCV64_SOURCES_H
#define RISCV64_SOURCES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/system_image.h"
#include "lib/spinlock.h"

#define SOURCE_END   1024u /* sources 1 to 1023; there is no source 0 */
#define SOURCE_WORDS (SOURCE_END / 32)

/* What struct vplic and struct vaplic begin with. */
struct sources {
    struct spinlock lock; /* of the controller, all but the outputs */
    uint64_t at;          /* its registers */
    bool msi;             /* APLIC: its delivery mode */
    uint32_t vcpu_count;
    uint32_t machine_cpu[SYSTEM_CPUS_MAX]; /* of each vCPU, and ... */
    uint32_t hart_index[SYSTEM_CPUS_MAX];  /* ... what the machine's controller calls it */
    uint32_t words;                        /* that the VM has any sources in */
    uint32_t owned[SOURCE_WORDS];          /* sources of the machine's controller */
    uint32_t emulated[SOURCE_WORDS];       /* sources that are levels of emulated devices */
    /* From here on state, the controller's behind it included: all 0 after a reset. */
    uint32_t line[SOURCE_WORDS];          /* such a level */
    _Atomic bool output[SYSTEM_CPUS_MAX]; /* each vCPU's VSEIP */
};

static inline uint32_t source_bit(uint32_t source) {
    return 1u << (source % 32);
}

static inline bool source_test(const uint32_t bits[SOURCE_WORDS], uint32_t source) {
    return (bits[source / 32] & source_bit(source)) != 0;
}

static inline void source_assign(uint32_t bits[SOURCE_WORDS], uint32_t source, bool on) {
    bits[source / 32] = (bits[source / 32] & ~source_bit(source)) | (on ? source_bit(source) : 0);
}

/* The sources of a word that the VM has at all. */
static inline uint32_t sources_present(const struct sources *sources, uint32_t word) {
    return sources->owned[word] | sources->emulated[word];
}

/*
 * The output to a vCPU, lock held. A sibling of `self`, who asks, is kicked if it changes; the
 * caller's own is the caller's to look at.
 */
void sources_output(struct sources *sources, uint32_t self, uint32_t vcpu, bool output);

/* Resets the controller of `size` bytes that begins with `sources`. */
void sources_reset(struct sources *sources, size_t size);
#endif
