/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions that nobody expects are the guest's end. */
#include "runtime/console.h"
#include "runtime/machine.h"
#include "runtime/riscv64/exception.h"

void trap_handle(struct exception *frame);

/* Called by the vectors. */
void trap_handle(struct exception *frame) {
    if (exception_is_expected(frame))
        return;
    console_print("@test unexpected-exception fail: cause %lu pc 0x%lx value 0x%lx\n", frame->cause,
                  frame->pc, frame->value);
    machine_off();
}
