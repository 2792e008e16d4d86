/* SPDX-License-Identifier: Apache-2.0 */
/* Two made-up devices: what reaches them, and what their answers become. */
#include "hypervisor/support.h"

#include "arch/vcpu.h"
#include "hypervisor/small_system.h"
#include "trap/mmio.h"

#define FIRST_AT  UINT64_C(0x1000)
#define SECOND_AT UINT64_C(0x2000)
#define THIRD_AT  (UINT64_MAX - 0x1f)

/* A device of one page, and what it was asked last. */
#define DEVICE(name)                                                                               \
    static struct {                                                                                \
        unsigned reads, writes;                                                                    \
        uint64_t offset, written;                                                                  \
        unsigned size;                                                                             \
        uint64_t answer;                                                                           \
    } name;                                                                                        \
    static uint64_t name##_read(struct vcpu *reader, uint64_t offset, unsigned size) {             \
        name.reads++;                                                                              \
        name.offset = offset;                                                                      \
        name.size = size;                                                                          \
        return name.answer;                                                                        \
    }                                                                                              \
    static void name##_write(struct vcpu *writer, uint64_t offset, unsigned size,                  \
                             uint64_t value) {                                                     \
        name.writes++;                                                                             \
        name.offset = offset;                                                                      \
        name.size = size;                                                                          \
        name.written = value;                                                                      \
    }                                                                                              \
    static const struct mmio_device name##_device = {name##_read, name##_write};

DEVICE(first)
DEVICE(second)

static struct vcpu *vcpu = &vm.vcpus[0];

BEFORE_EACH(begin) {
    small_begin_vm(LINUX);
    vm.ranges[VM_CONTROLLER] = (struct mmio_range){FIRST_AT, 0x1000, &first_device, 0};
    vm.ranges[VM_CONTROLLER_CPUS] = (struct mmio_range){SECOND_AT, 0x1000, &second_device, 0};
    vm.ranges[VM_CONSOLE] = (struct mmio_range){THIRD_AT, 0x20, &second_device, 0x1000};
    first.reads = first.writes = second.reads = second.writes = 0;
    for (unsigned i = 0; i < 31; i++)
        host.guests[0].x[i] = UINT64_C(0xeeeeeeeeeeeeee00) + i;
}

static bool emulate(const struct mmio_access *access) {
    return mmio_emulate(vcpu, access, arch_vcpu_register(vcpu, access->reg));
}

static struct mmio_access read_of(uint8_t size, bool sign, uint8_t width, uint8_t reg) {
    return (struct mmio_access){FIRST_AT + 8, size, false, sign, width, reg};
}

static uint64_t read(uint64_t answer, uint8_t size, bool sign, uint8_t width) {
    struct mmio_access access = read_of(size, sign, width, 5);

    first.answer = answer & UINT64_MAX >> (64 - 8 * size); /* no device says more */
    assert_true(emulate(&access));
    assert_int_equal(first.size, size);
    assert_int_equal(first.offset, 8);
    return host.guests[0].x[5];
}

TEST(a_load_is_cut_and_extended) {
    const uint64_t low = UINT64_C(0x1122334455667778), high = UINT64_C(0x8899aabbccddeeff);

    /* size, sign, width: as LDRB, LDRSB Wt, LDRSB Xt ... LDR Xt */
    assert_int_equal(read(high, 1, false, 4), 0xff);
    assert_int_equal(read(high, 1, false, 8), 0xff);
    assert_int_equal(read(high, 1, true, 4), 0xffffffff);
    assert_int_equal(read(high, 1, true, 8), UINT64_MAX);
    assert_int_equal(read(low, 1, true, 8), 0x78);
    assert_int_equal(read(high, 2, false, 8), 0xeeff);
    assert_int_equal(read(high, 2, true, 4), 0xffffeeff);
    assert_int_equal(read(high, 2, true, 8), UINT64_C(0xffffffffffffeeff));
    assert_int_equal(read(low, 2, true, 8), 0x7778);
    assert_int_equal(read(high, 4, false, 4), 0xccddeeff);
    assert_int_equal(read(high, 4, false, 8), 0xccddeeff);
    assert_int_equal(read(high, 4, true, 8), UINT64_C(0xffffffffccddeeff));
    assert_int_equal(read(low, 4, true, 8), 0x55667778);
    assert_int_equal(read(high, 8, false, 8), high);
    assert_int_equal(host.guests[0].skips, 0); /* that is the caller's */
}

TEST(only_its_register_changes) {
    for (uint8_t reg = 0; reg < 32; reg++) {
        struct mmio_access access = read_of(4, false, 4, reg);

        begin();
        first.answer = 0x55;
        assert_true(emulate(&access));
        for (unsigned i = 0; i < 31; i++)
            assert_int_equal(host.guests[0].x[i],
                             i == reg ? 0x55 : UINT64_C(0xeeeeeeeeeeeeee00) + i);
    }
}

TEST(a_store_passes_its_low_bytes) {
    static const uint64_t expected[] = {0x04, 0xee04, 0xeeeeee04, UINT64_C(0xeeeeeeeeeeeeee04)};

    for (unsigned i = 0; i < 4; i++) {
        struct mmio_access access = {FIRST_AT + 0x10, (uint8_t)(1u << i), true, true, 4, 4};

        assert_true(emulate(&access));
        assert_int_equal(first.written, expected[i]);
        assert_int_equal(first.size, 1u << i);
        assert_int_equal(first.offset, 0x10);
    }
    assert_int_equal(first.writes, 4);
    assert_int_equal(host.guests[0].x[4], UINT64_C(0xeeeeeeeeeeeeee04));
}

TEST(the_zero_register_stores_zero) {
    struct mmio_access access = {FIRST_AT, 8, true, false, 8, 31};

    first.written = 1;
    assert_true(emulate(&access));
    assert_int_equal(first.written, 0);
}

TEST(unaligned_accesses_are_refused) {
    for (uint8_t size = 1; size <= 8; size = (uint8_t)(size * 2)) {
        for (uint64_t offset = 0; offset < 16; offset++) {
            struct mmio_access access = {FIRST_AT + offset, size, offset % 2 == 0, false, 8, 1};

            assert_int_equal(emulate(&access), offset % size == 0);
        }
    }
    assert_int_equal(first.reads + first.writes, 16 + 8 + 4 + 2);
}

/* Which may lie at several places. */
TEST(each_device_gets_its_own) {
    static const struct {
        uint64_t at, offset;
        bool second;
    } cases[] = {{SECOND_AT + 0xff8, 0xff8, true},
                 {SECOND_AT - 8, 0xff8, false},
                 {THIRD_AT + 0x18, 0x1018, true}};

    for (unsigned i = 0; i < 2 * COUNT_OF(cases); i++) {
        struct mmio_access access = {cases[i / 2].at, 8, i % 2 == 0, false, 8, 1};
        bool is_second = cases[i / 2].second;

        begin();
        assert_true(emulate(&access));
        assert_int_equal(access.write ? second.writes : second.reads, is_second);
        assert_int_equal(first.reads + first.writes + second.reads + second.writes, 1);
        assert_int_equal(is_second ? second.offset : first.offset, cases[i / 2].offset);
    }
}

TEST(where_no_device_is_nothing_happens) {
    static const uint64_t nowhere[] = {0, FIRST_AT - 8, SECOND_AT + 0x1000, THIRD_AT - 8};

    for (unsigned i = 0; i < COUNT_OF(nowhere); i++) {
        struct mmio_access access = {nowhere[i], 8, i % 2 == 0, false, 8, 1};

        assert_false(emulate(&access));
    }
    assert_int_equal(host.guests[0].skips, 0);
    assert_int_equal(host.guests[0].x[1], UINT64_C(0xeeeeeeeeeeeeee01));
}
