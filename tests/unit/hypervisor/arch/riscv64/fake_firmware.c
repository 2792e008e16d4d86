/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/arch/riscv64/fake_firmware.h"

#include "hypervisor/support.h"
#include "vm/vm.h"

struct fake_firmware fake_firmware;

enum { FAILED = -1, NOT_SUPPORTED = -2, INVALID_PARAM = -3 };
enum { ALREADY_STARTED = -7, ALREADY_STOPPED = -8 };

/* As OpenSBI: a mask that reaches past the counters is refused as a whole. */
static bool has_counters(const struct fake_call *call) {
    uint64_t base = call->arguments[0];
    uint64_t mask = call->function == 1 || call->function == 5 ? 1 : call->arguments[1];

    return mask != 0 && base < fake_firmware.counters &&
           base + 63 - (unsigned)__builtin_clzll(mask) < fake_firmware.counters;
}

/*
 * The first free one, the fixed one, or with SKIP_MATCH (1) the first at all; negative: none. Where
 * OpenSBI would write to where no counter is, the test ends: a type of event that is not the
 * counter's, and the firmware's events by a mask with a base.
 */
static int64_t find_counter(const struct fake_call *call) {
    const uint64_t *a = call->arguments;
    bool software_event = (a[3] >> 16 & 0xf) == 0xf;

    if ((a[2] & 1) != 0) {
        assert_int_equal(a[1], 1);
        if (fake_firmware.pmu[a[0]].event == 0)
            return INVALID_PARAM;
        assert_int_equal(software_event, a[0] >= fake_firmware.software);
        return (int64_t)a[0];
    }
    assert_true(!software_event || a[0] == 0);
    if (a[3] == 1 || a[3] == 2)
        return a[3] == 1 ? 0 : 2;
    for (unsigned i = 0; a[0] + i < fake_firmware.counters; i++) {
        const struct fake_counter *counter = &fake_firmware.pmu[a[0] + i];
        bool software = a[0] + i >= fake_firmware.software;

        if ((a[1] >> i & 1) != 0 && a[0] + i > 2 && counter->event == 0 && !counter->runs &&
            software == software_event)
            return (int64_t)a[0] + i;
    }
    return NOT_SUPPORTED;
}

static struct sbi_result configure(const struct fake_call *call) {
    const uint64_t *a = call->arguments;
    int64_t found = find_counter(call);
    struct fake_counter *counter = &fake_firmware.pmu[found < 0 ? 0 : found];

    if (found < 0)
        return (struct sbi_result){found, 0};
    if ((a[2] & 1) == 0) {
        counter->event = a[3];
        counter->inhibits = a[2] & 0xf8;
    }
    /* CLEAR_VALUE, for these two types only. */
    if ((a[2] & 2) != 0 && (a[3] >> 16 == 0 || a[3] >> 16 == 0xf))
        counter->value = 0;
    counter->runs |= (a[2] & 4) != 0; /* AUTO_START */
    return (struct sbi_result){0, (uint64_t)found};
}

static int64_t start_or_stop(const struct fake_call *call) {
    const uint64_t *a = call->arguments;
    bool start = call->function == 3;
    int64_t error = INVALID_PARAM;

    for (uint64_t i = 0; i < 64 && a[0] + i < fake_firmware.counters; i++) {
        struct fake_counter *counter = &fake_firmware.pmu[a[0] + i];

        if ((a[1] >> i & 1) == 0 || counter->event == 0)
            continue;
        error = FAILED;
        if (!start && (fake_firmware.stuck >> (a[0] + i) & 1) != 0)
            continue;
        /* What it counts itself it starts and stops as often as one likes. */
        error = counter->runs != start || a[0] + i >= fake_firmware.software ? 0
                : start                                                      ? ALREADY_STARTED
                                                                             : ALREADY_STOPPED;
        counter->runs = start || (fake_firmware.deaf >> (a[0] + i) & 1) != 0;
        if (start && (a[2] & 1) != 0)
            counter->value = a[3];
        if (!start && (a[2] & 1) != 0 && a[0] + i > 2)
            counter->event = counter->inhibits = 0; /* both are in mhpmevent */
    }
    return error;
}

static struct sbi_result pmu(const struct fake_call *call) {
    uint64_t n = call->arguments[0];

    if (call->function == 0)
        return (struct sbi_result){fake_firmware.counters == 0 ? NOT_SUPPORTED : 0,
                                   fake_firmware.counters};
    if (fake_firmware.counters == 0)
        return (struct sbi_result){NOT_SUPPORTED, 0};
    if (!has_counters(call))
        return (struct sbi_result){INVALID_PARAM, 0};
    if (!fake_firmware.counts)
        return fake_firmware.answer;
    switch (call->function) {
    case 1:
        return (struct sbi_result){(fake_firmware.gaps >> n & 1) != 0 ? INVALID_PARAM : 0,
                                   n < fake_firmware.software ? UINT64_C(63) << 12 | (0xc00 + n)
                                                              : UINT64_C(1) << 63};
    case 2:
        return configure(call);
    case 5:
        return (struct sbi_result){0, fake_firmware.pmu[n].value};
    default:
        return (struct sbi_result){start_or_stop(call), 0};
    }
}

struct sbi_result firmware_call(const uint64_t a[8]) {
    struct fake_call call = {.extension = a[7], .function = a[6]};

    memcpy(call.arguments, a, sizeof(call.arguments));
    if (fake_firmware.count < FAKE_CALLS)
        fake_firmware.calls[fake_firmware.count] = call;
    fake_firmware.count++;
    if (call.extension == SBI_PMU)
        return pmu(&call);
    return fake_firmware.answer;
}

void vcpu_set_timer(struct vcpu *vcpu, uint64_t deadline) {
    fake_firmware.deadline = deadline;
    fake_firmware.deadlines++;
}

void vcpu_send_ipi(struct vcpu *target) {
    fake_firmware.ipis |= 1u << target->index;
}

void guest_fence(uint64_t function, uint64_t start, uint64_t size, uint64_t asid) {
    const uint64_t fence[] = {function, start, size, asid};

    memcpy(fake_firmware.fence, fence, sizeof(fence));
    fake_firmware.fences++;
}

void vcpu_show_counters(bool all) {
    fake_firmware.shows_all = all;
}

void guest_call_again(void) {
    fake_firmware.repeats++;
}

static uint8_t *memory(uint64_t at, uint64_t size) {
    uint64_t offset = at - fake_firmware.memory_at;

    if (offset > FAKE_MEMORY_SIZE || size > FAKE_MEMORY_SIZE - offset)
        return NULL;
    fake_firmware.moved += size;
    return &fake_firmware.memory[offset];
}

bool guest_memory(uint64_t at, uint8_t *bytes, uint64_t size, bool write) {
    uint8_t *own = memory(at, size);

    if (own != NULL)
        memcpy(write ? own : bytes, write ? bytes : own, size);
    return own != NULL;
}
