/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/support.h"

#include "lib/print.h"

static char out[128];

__attribute__((format(printf, 2, 3))) static size_t print(size_t size, const char *format, ...) {
    va_list arguments;
    size_t length;

    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = '#';
    va_start(arguments, format);
    length = format_va(out, size, format, arguments);
    va_end(arguments);
    /* A NUL behind it, and nothing written behind what it was given. */
    assert_int_equal(out[length], '\0');
    for (size_t i = size; i < sizeof(out); i++)
        assert_int_equal(out[i], '#');
    return length;
}

#define EXPECT(expected, ...)                                                                      \
    do {                                                                                           \
        print(sizeof(out), __VA_ARGS__);                                                           \
        assert_string_equal(out, expected);                                                        \
    } while (0)

TEST(knows_each_conversion) {
    assert_int_equal(print(sizeof(out), "plain"), 5);
    assert_string_equal(out, "plain");
    EXPECT("text||", "%s|%s|", "text", "");
    EXPECT("0 10 4294967295", "%u %u %u", 0u, 10u, UINT32_MAX);
    EXPECT("0 18446744073709551615", "%lu %lu", 0ul, UINT64_MAX);
    EXPECT("0x0 0x1234567890abcdef 0xffffffffffffffff", "%lx %lx %lx", 0ul, 0x1234567890abcdeful,
           UINT64_MAX);
    EXPECT("", "%s", "");
}

TEST(takes_arguments_in_order) {
    EXPECT("vm linux: vcpu 3 pc 0x80 address 0xfff cause: fault (7)",
           "vm %s: vcpu %u pc %lx address %lx cause: %s (%lu)", "linux", 3u, 0x80ul, 0xffful,
           "fault", 7ul);
}

TEST(cuts_at_the_end_of_the_buffer) {
    static const char whole[] = "ab0xfff12345cdef";

    for (size_t size = 1; size < sizeof(whole) + 3; size++) {
        size_t length = print(size, "a%s%lx%u%s", "b", 0xffful, 12345u, "cdef");
        size_t fits = size - 1 < sizeof(whole) - 1 ? size - 1 : sizeof(whole) - 1;

        assert_int_equal(length, fits);
        assert_memory_equal(out, whole, fits);
    }
}
