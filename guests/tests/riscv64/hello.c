/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/hello.h"

#include "runtime/cpu.h"
#include "runtime/machine.h"
#include "runtime/riscv64/sbi.h"
#include "runtime/test.h"

const char *hello_level(void) {
    return "S-mode";
}

void hello_check_cpu(void) {
    struct sbi_result version = sbi_call(SBI_BASE, SBI_BASE_SPEC_VERSION, 0, 0, 0);

    test_begin("level");
    test_equal("satp", csr_read(satp), 0);
    test_equal("get_spec_version", (uint64_t)version.error, SBI_SUCCESS);
    test_expect(version.value >= 0x02000000, "the SBI is older than 2.0");

    test_begin("affinity");
    if (machine_is_bulkhead())
        test_equal("hart id", cpu_index(), 0);
    test_expect(cpu_is_on(cpu_index()), "hart_get_status does not say that this CPU is on");
}
