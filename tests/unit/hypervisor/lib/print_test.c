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

TEST(knows_each_conversion) {
    assert_int_equal(print(sizeof(out), "plain"), 5);
    assert_string_equal(out, "plain");
    print(sizeof(out), "%s|%s|", "text", "");
    assert_string_equal(out, "text||");
    print(sizeof(out), "%u %u %u", 0u, 10u, UINT32_MAX);
    assert_string_equal(out, "0 10 4294967295");
    print(sizeof(out), "%lu %lu", 0ul, UINT64_MAX);
    assert_string_equal(out, "0 18446744073709551615");
    print(sizeof(out), "%lx %lx %lx", 0ul, 0x1234567890abcdeful, UINT64_MAX);
    assert_string_equal(out, "0x0 0x1234567890abcdef 0xffffffffffffffff");
    print(sizeof(out), "%s", "");
    assert_string_equal(out, "");
}

TEST(takes_arguments_in_order) {
    print(sizeof(out), "vm %s: vcpu %u pc %lx address %lx cause: %s (%lu)", "linux", 3u, 0x80ul,
          0xffful, "fault", 7ul);
    assert_string_equal(out, "vm linux: vcpu 3 pc 0x80 address 0xfff cause: fault (7)");
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
