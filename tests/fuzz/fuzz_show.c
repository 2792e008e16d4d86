/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz_show.h"

#include "tests/fuzz/fuzz.h"
#include "tool/show/show.h"

bool fuzz_show(const unsigned char *image, size_t size) {
    struct shown shown = {0};
    const char *why = shown_open(&shown, image, size);

    if (why == NULL) {
        FUZZ_MUST(shown.manifest.vm_count != 0 || shown.no_manifest != NULL);
        show_text(fuzz_nowhere, &shown);
        json_print(show_json(&shown, SYSTEM_VMS_MAX), fuzz_nowhere);
        show_svg(fuzz_nowhere, &shown);
        for (uint32_t vm = 0; vm < shown.system.vm_count; vm++) {
            show_text_vm(fuzz_nowhere, &shown, vm);
            json_print(show_json(&shown, vm), fuzz_nowhere);
            show_header(fuzz_nowhere, &shown, vm, "VM");
            show_tree(fuzz_nowhere, &shown, vm);
        }
    }
    shown_close(&shown);
    return why == NULL;
}
