# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# lib-firmware.sh - firmware of emulated boards, Debian's as it is: for RISC-V OpenSBI, which QEMU
# finds by itself, and U-Boot behind it. Tests also want U-Boot for arm64.

FIRMWARE_DIR=$BULKHEAD_CACHE/firmware

# Name in the folder (the first is the one that QEMU looks for), and where the package has it.
FIRMWARE_FILES="
opensbi-riscv64-generic-fw_dynamic.bin usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin
u-boot-riscv64.bin                     usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin
u-boot-arm64.bin                       usr/lib/u-boot/qemu_arm64/u-boot.bin
"

firmware_ready()
{
    local name
    wants riscv64 || [ -n "$TESTS" ] || return 0
    while read -r name _; do
        [ -z "$name" ] || [ -r "$FIRMWARE_DIR/$name" ] || return 1
    done <<<"$FIRMWARE_FILES"
}

firmware_fetch()
{
    local name path label="fetching OpenSBI and U-Boot ($FIRMWARE_MB MB)"
    packages_open
    if ! (step "$label" "$PACKAGES_DIR/cache" \
        packages_tested "$FIRMWARE_DIR" opensbi u-boot-qemu) 2>/dev/null; then
        packages_open_newer
        step "$label" "$PACKAGES_DIR/cache" \
            packages_unpack "$FIRMWARE_DIR" -t "$PACKAGES_NEWER" download opensbi u-boot-qemu
    fi
    while read -r name path; do
        [ -z "$name" ] || ln -s "$path" "$FIRMWARE_DIR/$name"
    done <<<"$FIRMWARE_FILES"
    firmware_ready || fail "Debian's opensbi or u-boot-qemu has other files than expected"
}

firmware_versions()
{
    awk '{ print $1, $2 }' "$FIRMWARE_DIR/.packages" 2>/dev/null || true
}
