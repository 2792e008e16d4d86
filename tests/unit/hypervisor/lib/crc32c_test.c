/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers: RFC 3720 B.4, and the check value of every catalogue of CRCs. */
#include "hypervisor/support.h"

#include "lib/crc32c.h"

static uint8_t bytes[256];

TEST(gives_the_known_answers) {
    static const uint8_t read_command[48] = {
        0x01, 0xc0, 0, 0,    0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0,
        0,    0,    0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 2,    0, 0, 0, 0, 0, 0, 0};

    assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283u);
    assert_int_equal(crc32c(0, "", 0), 0);
    memset(bytes, 0, 32);
    assert_int_equal(crc32c(0, bytes, 32), 0x8a9136aau);
    memset(bytes, 0xff, 32);
    assert_int_equal(crc32c(0, bytes, 32), 0x62a8ab43u);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(crc32c(0, bytes, 32), 0x46dd794eu);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(31 - i);
    assert_int_equal(crc32c(0, bytes, 32), 0x113fdb5cu);
    assert_int_equal(crc32c(0, read_command, 48), 0xd9963a56u);
}

TEST(pieces_give_the_same_as_the_whole) {
    struct random random = {1};
    uint32_t whole;

    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)random_next(&random);
    whole = crc32c(0, bytes, sizeof(bytes));
    for (unsigned cut = 0; cut <= sizeof(bytes); cut++)
        assert_int_equal(crc32c(crc32c(0, bytes, cut), bytes + cut, sizeof(bytes) - cut), whole);
}

TEST(every_single_bit_counts) {
    uint32_t whole;

    memset(bytes, 0x5a, sizeof(bytes));
    whole = crc32c(0, bytes, sizeof(bytes));
    for (unsigned bit = 0; bit < sizeof(bytes) * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_not_equal(crc32c(0, bytes, sizeof(bytes)), whole);
        bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
}
