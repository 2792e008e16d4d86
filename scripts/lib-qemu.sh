# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# lib-qemu.sh - a QEMU that is new enough: the system's, or one unpacked in the cache that runs
# on its own libraries. Either way $BULKHEAD_CACHE/bin/qemu-system-NAME starts it, and finds the
# cache's firmware before its own.

QEMU_NEEDED=10.0
QEMU_DIR=$BULKHEAD_CACHE/qemu

# qemu_program ARCH: what QEMU calls the program that emulates ARCH.
qemu_program()
{
    case $1 in
    arm64) echo qemu-system-aarch64 ;;
    *) echo "qemu-system-$1" ;;
    esac
}

qemu_wrapper()
{
    echo "$BULKHEAD_CACHE/bin/$(qemu_program "$1")"
}

# The version of the system's own QEMU, or "none" if it can't emulate all that is asked for.
qemu_system_version()
{
    local arch version=none
    for arch in "${ARCHES[@]}"; do
        version=$("$(qemu_program "$arch")" --version 2>/dev/null | awk 'NR == 1 { print $4 }') ||
            version=
        [ -n "$version" ] || break
    done
    echo "${version:-none}"
}

qemu_new_enough()
{
    [ "$1" != none ] && dpkg --compare-versions "$1" ge "$QEMU_NEEDED"
}

# A wrapper names what it starts in its second line.
qemu_ready()
{
    local arch wrapper target
    for arch in "${ARCHES[@]}"; do
        wrapper=$(qemu_wrapper "$arch")
        [ -x "$wrapper" ] || return 1
        target=$(sed -n '2s/^# starts //p' "$wrapper")
        [ -n "$target" ] && [ -x "$target" ] || return 1
    done
}

# Writes ARCH's wrapper for $2, a program; the rest of the arguments are the lines that start it.
qemu_write_wrapper()
{
    local wrapper target=$2
    wrapper=$(qemu_wrapper "$1")
    shift 2
    mkdir -p "$BULKHEAD_CACHE/bin"
    printf '%s\n' '#!/bin/sh' "# starts $target" "$@" >"$wrapper.fresh"
    chmod +x "$wrapper.fresh"
    mv "$wrapper.fresh" "$wrapper"
}

# Its own ld.so and libraries, so that nothing of it meets the system's, older or newer.
qemu_wrap_unpacked()
{
    local program loader triplet
    program=$QEMU_DIR/usr/bin/$(qemu_program "$1")
    triplet=$(basename "$(dirname "$(compgen -G "$QEMU_DIR/lib/*/libc.so.6" ||
        compgen -G "$QEMU_DIR/usr/lib/*/libc.so.6")")")
    loader=$(compgen -G "$QEMU_DIR/lib/$triplet/ld-linux*.so.*" ||
        compgen -G "$QEMU_DIR/usr/lib/$triplet/ld-linux*.so.*")
    local libraries=$QEMU_DIR/lib/$triplet:$QEMU_DIR/usr/lib/$triplet
    qemu_write_wrapper "$1" "$program" \
        "export QEMU_MODULE_DIR='$QEMU_DIR/usr/lib/$triplet/qemu'" \
        "export GIO_MODULE_DIR=/nonexistent" \
        "exec '$loader' --inhibit-cache --library-path '$libraries' '$program' \\" \
        "    -L '$FIRMWARE_DIR' -L '$QEMU_DIR/usr/share/qemu' \"\$@\""
}

qemu_wrap_system()
{
    local program
    program=$(command -v "$(qemu_program "$1")")
    qemu_write_wrapper "$1" "$program" "exec '$program' -L '$FIRMWARE_DIR' \"\$@\""
}

qemu_make()
{
    local arch
    if qemu_new_enough "$(qemu_system_version)"; then
        for arch in "${ARCHES[@]}"; do
            qemu_wrap_system "$arch"
        done
    else
        packages_open
        step "fetching QEMU from $PACKAGES_RELEASE-backports ($QEMU_MB MB)" \
            "$PACKAGES_DIR/cache" packages_unpack "$QEMU_DIR" install --download-only \
            -t "$PACKAGES_RELEASE-backports" qemu-system-arm qemu-system-riscv
        for arch in arm64 riscv64; do
            qemu_wrap_unpacked "$arch"
        done
    fi
    for arch in "${ARCHES[@]}"; do
        "$(qemu_wrapper "$arch")" --version >>"$LOG" 2>&1 || {
            rm -f "$(qemu_wrapper "$arch")"
            tail -n 3 "$LOG" >&2
            fail "the QEMU in $QEMU_DIR does not start"
        }
    done
}

qemu_versions()
{
    local arch
    for arch in arm64 riscv64; do
        [ ! -x "$(qemu_wrapper "$arch")" ] ||
            "$(qemu_wrapper "$arch")" --version |
            awk -v name="$(qemu_program "$arch")" 'NR == 1 { print name, $4 }'
    done
}
