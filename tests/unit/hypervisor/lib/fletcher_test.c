/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers, pieces, and the damage that abi/system_image.h says is always found. */
#include "hypervisor/support.h"

#include "lib/fletcher.h"

#define WORDS 64u

static uint32_t words[WORDS + 1];
static uint8_t *const bytes = (uint8_t *)words;

static void expect(const void *data, uint64_t size, uint64_t sum, uint64_t sums) {
    uint64_t digest[2] = {0, 0};

    fletcher(digest, data, size);
    assert_int_equal(digest[0], sum);
    assert_int_equal(digest[1], sums);
}

TEST(known_answers) {
    const uint32_t ones[3] = {UINT32_MAX, UINT32_MAX, UINT32_MAX};

    expect(words, 0, 0, 0);
    memcpy(bytes, "abcdefgh", 8); /* 0x64636261, 0x68676665 */
    expect(words, 4, 0x64636261, 0x64636261);
    expect(words, 8, 0xcccac8c6, 0x1312e2b27);
    for (unsigned size = 5; size < 8; size++) { /* behind the rest are zeros, whatever follows */
        uint32_t rest = 0x68676665u & ((1u << 8 * (size - 4)) - 1);

        expect(words, size, 0x64636261 + rest, 2 * UINT64_C(0x64636261) + rest);
    }
    expect(ones, 12, 3 * UINT64_C(0xffffffff), 6 * UINT64_C(0xffffffff)); /* nothing is folded */
}

BEFORE_EACH(begin) {
    struct random random = {3};

    for (unsigned i = 0; i <= WORDS; i++)
        words[i] = (uint32_t)random_next(&random);
}

static void whole(uint64_t digest[2]) {
    digest[0] = digest[1] = 0;
    fletcher(digest, words, sizeof(uint32_t) * WORDS);
}

TEST(pieces_give_the_same_as_the_whole) {
    for (unsigned size = 0; size < 4 * WORDS; size++) {
        uint64_t all[2] = {0, 0};

        fletcher(all, bytes, size);
        for (unsigned cut = 0; cut <= size; cut += 4) {
            uint64_t two[2] = {0, 0};

            fletcher(two, bytes, cut);
            fletcher(two, bytes + cut, size - cut);
            assert_memory_equal(two, all, sizeof(all));
        }
    }
}

static void assert_found(const uint64_t good[2]) {
    uint64_t now[2];

    whole(now);
    assert_memory_not_equal(now, good, sizeof(now));
}

/* Whatever becomes of two words, what one gains the other may lose, or of bits in a row. */
TEST(damage_of_two_words_is_found) {
    uint64_t good[2];

    whole(good);
    for (unsigned i = 0; i < WORDS; i++) {
        for (unsigned j = i + 1; j < WORDS; j++) {
            uint32_t one = words[i], other = words[j];

            words[i] += 1u << (i + j) % 32;
            assert_found(good);
            words[j] -= 1u << (i + j) % 32;
            assert_found(good);
            words[i] = other;
            words[j] = one;
            assert_found(good);
            words[i] = one;
            words[j] = other;
        }
    }
    for (unsigned bit = 0; bit + 33 <= 32 * WORDS; bit++) { /* a burst of 33 bits at most */
        for (unsigned length = 1; length <= 33; length += 4) {
            for (unsigned n = bit; n<bit + length; n += length> 1 ? length - 1 : 1)
                bytes[n / 8] ^= (uint8_t)(1u << n % 8);
            assert_found(good);
            for (unsigned n = bit; n<bit + length; n += length> 1 ? length - 1 : 1)
                bytes[n / 8] ^= (uint8_t)(1u << n % 8);
        }
    }
}

/* What was lost reads as zeros, or as ones. */
TEST(bits_that_are_only_set_or_only_cleared_are_found) {
    static uint32_t copy[WORDS + 1];
    uint64_t good[2];

    whole(good);
    memcpy(copy, words, sizeof(copy));
    for (unsigned at = 0; at < 4 * WORDS; at++) {
        for (unsigned size = 1; at + size <= 4 * WORDS; size++) {
            memset(bytes + at, 0, size);
            if (memcmp(copy, words, sizeof(copy)) != 0)
                assert_found(good);
            memset(bytes + at, 0xff, size);
            if (memcmp(copy, words, sizeof(copy)) != 0)
                assert_found(good);
            memcpy(words, copy, sizeof(copy));
        }
    }
}
