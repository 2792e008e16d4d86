/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_check.h - what libfdt trusts in a device tree overlay, looked at before it is applied.
 */
#pragma once

/*
 * Whether fdt_overlay_apply() may be given this overlay for this tree, both of which have passed
 * tree_check(): 0, or one of libfdt's errors.
 */
int overlay_check(const void *tree, const void *overlay);
