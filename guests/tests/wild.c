/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wild - a fault without an architectural answer: the vectors lie outside the guest's memory,
 * so that the abort's own vector aborts when it is fetched, and so on for ever.
 */
#include "arch_board.h"
#include "arch_mmio.h"
#include "runtime/console.h"
#include "runtime/cpu.h"
#include "runtime/machine.h"

void guest_main(uint64_t tree) {
    console_print("@wild\n");
    cpu_set_vectors(BOARD_NOWHERE);
    (void)mmio_read64(BOARD_NOWHERE);
    console_print("@test wild fail: a load from nowhere did not fault\n");
}
