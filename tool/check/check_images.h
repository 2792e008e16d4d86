/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_images.h - the rules about what a guest boots, and where that lies in its memory.
 */
#pragma once

#include "tool/check/checker.h"

/* Image and initrd, as they are. */
void read_files(struct checker *checker, struct plan_vm *vm);
void check_file_digest(struct checker *checker, const struct plan_vm *vm);
/* What is in the image's file; or image-truncated, -arch. */
void read_image(struct checker *checker, struct plan_vm *vm);
/* An empty one is truncated; else Linux judges, and this only warns; other guests read it as they
 * like. */
void check_initrd_format(struct checker *checker, const struct plan_vm *vm);
/* Where the image goes and starts. */
void settle_entry(struct checker *checker, struct plan_vm *vm);
void check_entry_outside(struct checker *checker, const struct plan_vm *vm);
void check_image_blank(struct checker *checker, const struct plan_vm *vm);
/* An image with a slot takes all of it, in the guest too: so nothing else moves with an update. */
void reserve_slots(struct checker *checker, struct plan_vm *vm);
/* The image, as pieces to load. */
void add_segments(struct checker *checker, struct plan_vm *vm);
void check_args_unread(struct checker *checker, const struct plan_vm *vm);
/* Where the device tree is, if the description does not say it, and where the initrd is. */
void place_tree_and_initrd(struct checker *checker, struct plan_vm *vm);
