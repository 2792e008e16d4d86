/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/hello.h"

#include "runtime/cpu.h"
#include "runtime/test.h"

const char *hello_level(void) {
    return sysreg_read(currentel) >> 2 == 1 ? "EL1" : "no level of ours";
}

void hello_check_cpu(void) {
    test_begin("level");
    test_equal("CurrentEL", sysreg_read(currentel) >> 2, 1);

    test_begin("affinity");
    test_equal("MPIDR_EL1", cpu_affinity(), 0);
    test_expect(cpu_is_on(0), "AFFINITY_INFO does not say that CPU 0 is on");
}
