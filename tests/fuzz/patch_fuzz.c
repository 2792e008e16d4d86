/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patch_fuzz.c - any bytes as an overlay for a guest's tree, and as a guest's own tree: in a system
 * of two VMs that has everything else.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tool/image/compile.h"

#define RISCV64_OF 4 /* every so many inputs are for that: by their size */

static const char arm64_text[] = "bulkhead: 1\n"
                                 "board: qemu-arm64\n"
                                 "vms:\n"
                                 "  patched: { cpus: 0-1, memory: 64 MiB, image: Image,\n"
                                 "    devices: [ rtc ], patch: fuzzed.dtbo }\n"
                                 "  own: { cpus: 2, memory: 64 MiB, image: guest.elf,\n"
                                 "    initrd: rootfs.cpio.gz, args: \"quiet\",\n"
                                 "    dtb: ./fuzzed.dtbo }\n";
static const char riscv64_text[] = "bulkhead: 1\n"
                                   "board: qemu-riscv64-aia\n"
                                   "vms:\n"
                                   "  patched: { cpus: 0-1, memory: 64 MiB, image: Image.riscv,\n"
                                   "    devices: [ rtc ], patch: fuzzed.dtbo }\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bool riscv64 = size / 4 % RISCV64_OF == 0;
    struct compile_request request = {.path = FUZZ_FOLDER "/system.yaml",
                                      .reading.boards = FUZZ_FOLDER "/boards"};
    const char *text = riscv64 ? riscv64_text : arm64_text;
    bool right = true;

    request.hypervisor =
        riscv64 ? FUZZ_FOLDER "/hypervisor-riscv64.bin" : FUZZ_FOLDER "/hypervisor.bin";
    fuzz_file(FUZZ_FOLDER "/system.yaml", text, strlen(text));
    fuzz_file(FUZZ_FOLDER "/fuzzed.dtbo", data, size);
    struct compiled compiled = {0};
    struct diagnostics diagnostics = {0};

    right = compile(&compiled, &request, &diagnostics);
    FUZZ_MUST(right == (diagnostics.error_count == 0) && !diagnostics.system_error);
    compiled_free(&compiled);
    diagnostics_free(&diagnostics);
    return 0;
}
