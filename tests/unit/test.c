/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#define TESTS_MAX 64u

struct test {
    void (*run)(void);
};

void (*test_before_each)(void);
void (*test_after_each)(void);

static struct test tests[TESTS_MAX];
static struct CMUnitTest units[TESTS_MAX];
static size_t test_count;

static void run(void **state) {
    const struct test *test = *state;

    if (test_before_each != NULL)
        test_before_each();
    test->run();
}

/* After a test that failed, too. */
static int end(void **state) {
    (void)state;
    if (test_after_each != NULL)
        test_after_each();
    return 0;
}

void test_add(const char *name, void (*test)(void)) {
    if (test_count == TESTS_MAX)
        abort();
    tests[test_count].run = test;
    units[test_count] = (struct CMUnitTest){name, run, NULL, end, &tests[test_count]};
    test_count++;
}

int main(void) {
    return _cmocka_run_group_tests("tests", units, test_count, NULL, NULL);
}
