/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/riscv64/exception.h"

#include <stddef.h>

static exception_hook hook;
static struct fault caught;

void exception_set_hook(exception_hook new_hook) {
    hook = new_hook;
}

bool exception_is_expected(struct exception *frame) {
    return hook != NULL && hook(frame);
}

static bool fault_note(struct exception *frame) {
    caught.count++;
    caught.cause = frame->cause;
    caught.address = frame->value;
    caught.pc = frame->pc;
    if (frame->cause == CAUSE_FETCH_ACCESS || frame->cause == CAUSE_FETCH_PAGE ||
        frame->cause == CAUSE_FETCH_MISALIGNED)
        frame->pc = frame->x[1];
    else
        frame->pc += (*(const uint16_t *)frame->pc & 3) == 3 ? 4 : 2;
    return true;
}

void fault_expect(void) {
    caught = (struct fault){0};
    exception_set_hook(fault_note);
}

struct fault fault_caught(void) {
    /* The caller's accesses must be over; reading `caught` again after the barrier, because
     * the hook changed it behind the compiler's back. */
    __asm__ volatile("fence iorw, iorw" ::: "memory");
    exception_set_hook(NULL);
    return caught;
}
