/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest_fuzz.c - any text as a system's manifest. What was read and is written again reads as
 * the same.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tool/system/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = {0};
    struct manifest manifest;
    struct manifest again;
    const char *why = NULL;

    if (manifest_read(&manifest, (const char *)data, size, &arena, &why)) {
        const char *text = manifest_text(&manifest, &arena);

        FUZZ_MUST(manifest_read(&again, text, strlen(text), &arena, &why));
        FUZZ_MUST(again.vm_count == manifest.vm_count && again.file_count == manifest.file_count);
        FUZZ_MUST(strcmp(manifest_text(&again, &arena), text) == 0);
    } else {
        FUZZ_MUST(why != NULL);
    }
    arena_free(&arena);
    return 0;
}
