/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_show.h - all that can be made of a system image without the description.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Shows an image in all forms. False: it is none that can be shown.
 */
bool fuzz_show(const unsigned char *image, size_t size);
