/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_kind.h - files that are often given where a guest's image or initrd belongs, by their first
 * bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Why a file cannot be a guest's image, and what to do, as the rest of a sentence that begins with
 * its name. NULL: it may be one. ELF files and Linux Images are no business of this.
 */
const char *file_kind_of_image(const unsigned char *bytes, size_t size);

/* The same for an initrd that Linux would not understand. */
const char *file_kind_of_initrd(const unsigned char *bytes, size_t size);
