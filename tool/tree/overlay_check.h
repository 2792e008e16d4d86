/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay_check.h - overlays that are safe to apply.
 */
#pragma once

#include "tool/tree/tree.h"

/* 0: libfdt may apply the overlay, to a tree that has its labels. Else libfdt's error. */
int overlay_check(const struct tree *overlay);
