/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions that nobody expects are the guest's end. */
#include "runtime/arm64/exception.h"
#include "runtime/console.h"
#include "runtime/machine.h"

void trap_handle(struct exception *frame);

/* Called by the vectors. */
void trap_handle(struct exception *frame) {
    if (exception_is_expected(frame))
        return;
    console_print("@test unexpected-exception fail: kind %lu esr 0x%lx elr 0x%lx far 0x%lx\n",
                  frame->kind, frame->esr, frame->elr, frame->far);
    machine_off();
}
