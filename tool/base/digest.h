/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.h - SHA-256, for manifests and for files that must be the ones meant.
 */
#pragma once

#include "tool/base/arena.h"

/* The SHA-256 of `size` bytes as 64 lower-case hex digits. */
const char *digest_sha256(struct arena *arena, const void *bytes, size_t size);
