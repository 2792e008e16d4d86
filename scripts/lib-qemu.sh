# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# lib-qemu.sh - a QEMU that is new enough: the system's, or one unpacked in the cache that runs
# on its own libraries. Either way $BULKHEAD_CACHE/bin/qemu-system-aarch64 starts it.

QEMU_NEEDED=10.0
QEMU_DIR=$BULKHEAD_CACHE/qemu
QEMU_WRAPPER=$BULKHEAD_CACHE/bin/qemu-system-aarch64

# The version of the system's own QEMU, or "none".
qemu_system_version()
{
    local version=
    if command -v qemu-system-aarch64 >/dev/null; then
        version=$(qemu-system-aarch64 --version 2>/dev/null | awk 'NR == 1 { print $4 }')
    fi
    echo "${version:-none}"
}

qemu_new_enough()
{
    [ "$1" != none ] && dpkg --compare-versions "$1" ge "$QEMU_NEEDED"
}

# The wrapper names what it starts in its second line.
qemu_ready()
{
    local target
    [ -x "$QEMU_WRAPPER" ] || return 1
    target=$(sed -n '2s/^# starts //p' "$QEMU_WRAPPER")
    [ -n "$target" ] && [ -x "$target" ]
}

# Writes the wrapper for $1, a program; the rest of the arguments are the lines that start it.
qemu_write_wrapper()
{
    local target=$1
    shift
    mkdir -p "$BULKHEAD_CACHE/bin"
    printf '%s\n' '#!/bin/sh' "# starts $target" "$@" >"$QEMU_WRAPPER.fresh"
    chmod +x "$QEMU_WRAPPER.fresh"
    mv "$QEMU_WRAPPER.fresh" "$QEMU_WRAPPER"
}

# Its own ld.so and libraries, so that nothing of it meets the system's, older or newer.
qemu_wrap_unpacked()
{
    local program=$QEMU_DIR/usr/bin/qemu-system-aarch64 loader triplet
    triplet=$(basename "$(dirname "$(compgen -G "$QEMU_DIR/lib/*/libc.so.6" ||
        compgen -G "$QEMU_DIR/usr/lib/*/libc.so.6")")")
    loader=$(compgen -G "$QEMU_DIR/lib/$triplet/ld-linux*.so.*" ||
        compgen -G "$QEMU_DIR/usr/lib/$triplet/ld-linux*.so.*")
    local libraries=$QEMU_DIR/lib/$triplet:$QEMU_DIR/usr/lib/$triplet
    qemu_write_wrapper "$program" \
        "export QEMU_MODULE_DIR='$QEMU_DIR/usr/lib/$triplet/qemu'" \
        "export GIO_MODULE_DIR=/nonexistent" \
        "exec '$loader' --inhibit-cache --library-path '$libraries' \\" \
        "    '$program' -L '$QEMU_DIR/usr/share/qemu' \"\$@\""
}

qemu_make()
{
    if qemu_new_enough "$(qemu_system_version)"; then
        qemu_write_wrapper "$(command -v qemu-system-aarch64)" \
            "exec '$(command -v qemu-system-aarch64)' \"\$@\""
    else
        packages_open
        step "fetching QEMU from $PACKAGES_RELEASE-backports ($QEMU_MB MB)" \
            "$PACKAGES_DIR/cache" packages_unpack "$QEMU_DIR" install --download-only \
            -t "$PACKAGES_RELEASE-backports" qemu-system-arm
        qemu_wrap_unpacked
    fi
    "$QEMU_WRAPPER" --version >>"$LOG" 2>&1 || {
        rm -f "$QEMU_WRAPPER"
        tail -n 3 "$LOG" >&2
        fail "the QEMU in $QEMU_DIR does not start"
    }
}

qemu_versions()
{
    "$QEMU_WRAPPER" --version | awk 'NR == 1 { print "qemu-system-aarch64", $4 }'
}
