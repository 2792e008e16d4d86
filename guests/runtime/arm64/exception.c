/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/arm64/exception.h"

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
    if (frame->kind != EXCEPTION_SYNC)
        return false;
    caught.count++;
    caught.cause = frame->esr;
    caught.address = frame->far;
    caught.pc = frame->elr;
    frame->elr = fault_class(&caught) == EXCEPTION_EC_FETCH_ABORT ? frame->x[30] : frame->elr + 4;
    return true;
}

void fault_expect(void) {
    caught = (struct fault){0};
    exception_set_hook(fault_note);
}

struct fault fault_caught(void) {
    /* The caller's accesses must be over; reading `caught` again after the barrier, because
     * the hook changed it behind the compiler's back. */
    __asm__ volatile("dsb sy\n\tisb" ::: "memory");
    exception_set_hook(NULL);
    return caught;
}
