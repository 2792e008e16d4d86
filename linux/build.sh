#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# build.sh - makes Image and rootfs.cpio.gz out of Debian's packages and this folder.
#
#   linux/build.sh PACKAGES OUT       PACKAGES: the unpacked packages; OUT: an existing folder
#
# The same input gives the same bytes.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PACKAGES=$(cd "$1" && pwd)
OUT=$(cd "$2" && pwd)
EPOCH=2024-01-01T00:00:00Z
CROSS_COMPILE=${CROSS_COMPILE:-aarch64-linux-gnu-}

work=$(mktemp -d "$OUT/build.fresh.XXXXXX")
trap 'rm -rf "$work"' EXIT
release=$(basename "$PACKAGES"/lib/modules/*)

build_image()
{
    local kernel=$PACKAGES/boot/vmlinuz-$release
    case $(od -An -tx1 -N2 "$kernel" | tr -d ' ') in
    1f8b) gzip -dc "$kernel" >"$work/Image" ;;
    *) cp "$kernel" "$work/Image" ;;
    esac
    if [ "$(dd if="$work/Image" bs=1 skip=56 count=4 status=none)" != "ARMd" ]; then
        echo "error: $kernel is no arm64 Image" >&2
        return 1
    fi
}

# Debian's headers expect to lie in /usr/src; one include of theirs says so.
build_module()
{
    local headers=$PACKAGES/usr/src/linux-headers-$release source=$work/bulkhead
    # shellcheck disable=SC2016  # the inserted $(...) are make's
    sed -i 's#^include /usr/src/#include $(dir $(lastword $(MAKEFILE_LIST)))../#' \
        "$headers/Makefile"
    mkdir -p "$source/abi"
    cp "$HERE/bulkhead/Kbuild" "$HERE"/bulkhead/*.c "$source/"
    cp "$HERE"/../abi/{hypercall,counters}.h "$source/abi/"
    make -s -C "$headers" M="$source" ARCH=arm64 CROSS_COMPILE="$CROSS_COMPILE" \
        CC="${CROSS_COMPILE}gcc" KCFLAGS="-ffile-prefix-map=$source=bulkhead" modules
    if ! grep -aq "vermagic=$release " "$source/bulkhead.ko"; then
        echo "error: the module is not for $release" >&2
        return 1
    fi
    "${CROSS_COMPILE}strip" --strip-debug -o "$work/bulkhead.ko" "$source/bulkhead.ko"
}

build_rootfs()
{
    local root=$work/root applet
    mkdir -p "$root"/{bin,dev,home,lib,proc,run,sys,tmp}
    cp "$PACKAGES/bin/busybox" "$root/bin/busybox"
    cp "$work/bulkhead.ko" "$root/lib/"
    for applet in awk cat clear cp cttyhack cut date dd devmem dmesg echo free grep halt head \
        hexdump insmod kill less ls lsmod mkdir mount mv nproc poweroff ps reboot reset rm sed \
        seq setsid sh sha256sum sleep sort stty tail taskset time timeout top tr true uname \
        uptime usleep vi watch wc yes; do
        ln -s busybox "$root/bin/$applet"
    done
    cp "$HERE"/bin/* "$root/bin/"
    cp "$HERE/init" "$root/init"
    chmod 755 "$root/init" "$root"/bin/*
    find "$root" -exec touch -h -d "$EPOCH" {} +
    (
        cd "$root"
        # The device numbers and inodes of this machine stay out.
        find . -print0 | LC_ALL=C sort -z |
            cpio --null --create --format=newc --owner=0:0 --reproducible --quiet
    ) | gzip -9n >"$work/rootfs.cpio.gz"
}

build_image
build_module
build_rootfs
mv "$work/Image" "$work/rootfs.cpio.gz" "$OUT/"
