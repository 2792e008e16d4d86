/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/arch/arm64/fake_firmware.h"

#include "arch/arm64/smccc.h"

struct fake_firmware fake_firmware;

int64_t firmware_call(uint64_t x[4]) {
    fake_firmware.calls++;
    for (unsigned i = 0; i < 4; i++) {
        fake_firmware.asked[i] = x[i];
        x[i] = fake_firmware.answer[i];
    }
    return (int64_t)x[0];
}
