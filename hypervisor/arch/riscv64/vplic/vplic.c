/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/riscv64/vplic/vplic.h"

#include "arch/riscv64/plic/plic.h"

/* All that a priority or a threshold can be. */
#define PRIORITY_BITS 7u

/* Offsets of chapter 3, "Memory Map"; the priorities are at 0. */
#define PENDING      0x1000u
#define ENABLES      0x2000u
#define ENABLES_SIZE 0x80u /* of each context */
#define CONTEXTS     0x200000u
#define CONTEXT_SIZE 0x1000u
#define THRESHOLD    0u
#define CLAIM        4u

/*
 * The most urgent source that is pending and enabled here, of a priority above
 * `threshold`; of equals the lowest number. 0: none.
 */
static uint32_t most_urgent(const struct vplic *vplic, const struct vplic_context *context,
                            uint32_t threshold) {
    uint32_t best = 0;

    for (uint32_t word = 0; word < vplic->sources.words; word++) {
        uint32_t source = word * 32;

        for (uint32_t bits = vplic->pending[word] & context->enabled[word]; bits != 0;
             bits >>= 1, source++) {
            if ((bits & 1) != 0 && vplic->priority[source] > threshold) {
                threshold = vplic->priority[source];
                best = source;
            }
        }
    }
    return best;
}

/* Something has changed: the outputs follow. */
static void update(struct vplic *vplic, uint32_t self) {
    for (uint32_t i = 0; i < vplic->sources.vcpu_count; i++) {
        const struct vplic_context *context = &vplic->contexts[i];

        sources_output(&vplic->sources, self, i,
                       most_urgent(vplic, context, context->threshold) != 0);
    }
}

bool vplic_take(struct vplic *vplic, uint32_t self, uint32_t source) {
    if (!source_test(vplic->sources.owned, source))
        return false;
    source_assign(vplic->pending, source, true);
    update(vplic, self);
    return true;
}

/* The gateway of an emulated source: sends what its line has, unless it waits for completion. */
static void look_at_line(struct vplic *vplic, uint32_t source) {
    if (source_test(vplic->sources.line, source) && !source_test(vplic->claimed, source))
        source_assign(vplic->pending, source, true);
}

void vplic_set_level(struct vplic *vplic, uint32_t self, uint32_t source, bool level) {
    source_assign(vplic->sources.line, source, level);
    look_at_line(vplic, source);
    update(vplic, self);
}

static uint32_t claim(struct vplic *vplic, uint32_t self, const struct vplic_context *context) {
    uint32_t source = most_urgent(vplic, context, 0); /* whatever the threshold */

    if (source != 0) {
        source_assign(vplic->pending, source, false);
        source_assign(vplic->claimed, source, true);
        update(vplic, self);
    }
    return source;
}

static void complete(struct vplic *vplic, uint32_t self, const struct vplic_context *context,
                     uint32_t source) {
    if (source >= SOURCE_END || !source_test(context->enabled, source) ||
        !source_test(vplic->claimed, source))
        return;
    source_assign(vplic->claimed, source, false);
    if (source_test(vplic->sources.owned, source))
        plic_complete(source);
    look_at_line(vplic, source);
    update(vplic, self);
}

static void set_enabled(struct vplic *vplic, uint32_t self, uint32_t number, uint32_t word,
                        uint32_t value) {
    uint32_t *enabled = &vplic->contexts[number].enabled[word];
    uint32_t source = word * 32;

    value &= sources_present(&vplic->sources, word);
    for (uint32_t changed = (value ^ *enabled) & vplic->sources.owned[word]; changed != 0;
         changed >>= 1, source++) {
        if ((changed & 1) != 0)
            plic_enable(vplic->sources.machine_cpu[number], source,
                        (value & source_bit(source)) != 0);
    }
    *enabled = value;
    update(vplic, self);
}

/* Where in a context an offset is; false if the VM has no such context. */
static bool find_context(const struct vplic *vplic, uint64_t offset, uint32_t *number,
                         uint32_t *rest) {
    bool page = offset >= CONTEXTS;
    uint64_t size = page ? CONTEXT_SIZE : ENABLES_SIZE;

    offset -= page ? CONTEXTS : ENABLES;
    *number = (uint32_t)(offset / size);
    *rest = (uint32_t)(offset % size);
    return offset / size < vplic->sources.vcpu_count;
}

uint32_t vplic_read(struct vplic *vplic, uint32_t self, uint64_t offset) {
    uint32_t number, rest;
    const struct vplic_context *context;

    if (offset < PENDING)
        return vplic->priority[offset / 4];
    if (offset < PENDING + 4 * SOURCE_WORDS) {
        rest = (uint32_t)(offset - PENDING) / 4;
        if (vplic->sources.owned[rest] == 0) /* the machine may not have it at all */
            return vplic->pending[rest];
        return vplic->pending[rest] | (vplic->sources.owned[rest] & plic_pending(rest));
    }
    if (offset < ENABLES || !find_context(vplic, offset, &number, &rest))
        return 0;
    context = &vplic->contexts[number];
    if (offset < CONTEXTS)
        return context->enabled[rest / 4];
    return rest == THRESHOLD ? context->threshold
                             : (rest == CLAIM ? claim(vplic, self, context) : 0);
}

void vplic_write(struct vplic *vplic, uint32_t self, uint64_t offset, uint32_t value) {
    uint32_t source = (uint32_t)(offset / 4);
    uint32_t number, rest;

    if (offset < PENDING) {
        if ((sources_present(&vplic->sources, source / 32) & source_bit(source)) != 0)
            vplic->priority[source] = value & PRIORITY_BITS;
        update(vplic, self);
    } else if (offset < ENABLES || !find_context(vplic, offset, &number, &rest)) {
        return;
    } else if (offset < CONTEXTS) {
        set_enabled(vplic, self, number, rest / 4, value);
    } else if (rest == THRESHOLD) {
        vplic->contexts[number].threshold = value & PRIORITY_BITS;
        update(vplic, self);
    } else if (rest == CLAIM) {
        complete(vplic, self, &vplic->contexts[number], value);
    }
}
