/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_linux.h - the rules about what a Linux needs until it runs its init: a tree, memory, an
 * initrd that is all there, and args that mean what they say. Other guests are not looked at.
 */
#pragma once

#include "tool/check/checker.h"

/* What its initrd unpacks to; or image-truncated, or initrd-format, of what gzip holds. */
void unpack_initrd(struct checker *checker, struct plan_vm *vm);
void check_linux_tree(struct checker *checker, const struct plan_vm *vm);
/* Also initrd-too-large: what is certain does not fit. */
void check_linux_memory(struct checker *checker, const struct plan_vm *vm);
void check_args_too_long(struct checker *checker, const struct plan_vm *vm);
void check_args_console(struct checker *checker, const struct plan_vm *vm);
