#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# build.sh - makes Image and rootfs.cpio.gz out of Debian's packages, this folder and abi/.
#
#   linux/build.sh ARCH PACKAGES OUT    ARCH: arm64 or riscv64; PACKAGES: the unpacked packages;
#                                       OUT: an existing folder
#
# The same input gives the same bytes.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ARCH=$1
PACKAGES=$(cd "$2" && pwd)
OUT=$(cd "$3" && pwd)
EPOCH=2024-01-01T00:00:00Z
# Linux's own name for the architecture, the second half of an Image's magic, and the compiler's.
case $ARCH in
arm64) KARCH=arm64 MAGIC=ARMd TRIPLET=aarch64-linux-gnu ;;
riscv64) KARCH=riscv MAGIC=$'RSC\005' TRIPLET=riscv64-linux-gnu ;;
*) echo "error: no such architecture: $ARCH" >&2 && exit 2 ;;
esac
CROSS_COMPILE=${CROSS_COMPILE:-$TRIPLET-}

work=$(mktemp -d "$OUT/build.fresh.XXXXXX")
trap 'rm -rf "$work"' EXIT
# Since trixie, /lib and /bin are /usr/lib and /usr/bin in the packages, too.
release=$(basename "$(compgen -G "$PACKAGES/boot/config-*")")
release=${release#config-}

build_image()
{
    local kernel
    kernel=$(compgen -G "$PACKAGES/boot/vmlinu[xz]-$release")
    case $(od -An -tx1 -N2 "$kernel" | tr -d ' ') in
    1f8b) gzip -dc "$kernel" >"$work/Image" ;;
    *) cp "$kernel" "$work/Image" ;;
    esac
    if [ "$(dd if="$work/Image" bs=1 skip=56 count=4 status=none)" != "$MAGIC" ]; then
        echo "error: $kernel is no $ARCH Image" >&2
        return 1
    fi
}

# Debian's headers expect to lie in /usr/src, one include of theirs says so; and a kbuild of their
# very version, for which that of a sister version stands in. No BTF: it needs one more tool.
build_modules()
{
    local headers=$PACKAGES/usr/src/linux-headers-$release source=$work/bulkhead kbuild module
    kbuild=$(readlink "$headers/scripts")
    kbuild=$PACKAGES/usr/src/linux-headers-$release/$(dirname "$kbuild")
    [ -e "$kbuild" ] || ln -s "$(basename "$(compgen -G "$PACKAGES/usr/lib/linux-kbuild-*")")" \
        "$kbuild"
    # shellcheck disable=SC2016  # the inserted $(...) are make's
    sed -i 's#^include /usr/src/#include $(dir $(lastword $(MAKEFILE_LIST)))../#' \
        "$headers/Makefile"
    mkdir -p "$source/abi"
    cp "$HERE/bulkhead/Kbuild" "$HERE"/bulkhead/*.[ch] "$source/"
    cp "$HERE"/../abi/{hypercall,counters}.h "$source/abi/"
    make -s -C "$headers" M="$source" ARCH="$KARCH" CROSS_COMPILE="$CROSS_COMPILE" \
        CC="${CROSS_COMPILE}gcc" CONFIG_DEBUG_INFO_BTF_MODULES= \
        KCFLAGS="-ffile-prefix-map=$source=bulkhead -ffile-prefix-map=$PACKAGES=" modules
    for module in bulkhead bulkhead_watchdog; do
        if ! grep -aq "vermagic=$release " "$source/$module.ko"; then
            echo "error: $module.ko is not for $release" >&2
            return 1
        fi
        "${CROSS_COMPILE}strip" --strip-debug -o "$work/modules/$module.ko" "$source/$module.ko"
    done
}

# Debian's drivers of watchdogs that a VM can have, and what they all need.
take_modules()
{
    local module found
    for module in watchdog $([ "$ARCH" != arm64 ] || echo sbsa_gwdt); do
        found=$(compgen -G "$PACKAGES/lib/modules/$release/kernel/drivers/watchdog/$module.ko*" ||
            compgen -G "$PACKAGES/usr/lib/modules/$release/kernel/drivers/watchdog/$module.ko*")
        case $found in
        *.xz) /usr/bin/python3 -c 'import lzma, sys; sys.stdout.buffer.write(lzma.open(sys.argv[1]).read())' \
            "$found" >"$work/modules/$module.ko" ;;
        *) cp "$found" "$work/modules/$module.ko" ;;
        esac
    done
}

# Without a C library: a few KB, of the sources behind their name.
build_program()
{
    local name=$1
    shift
    local sources=("$@")
    (
        cd "$HERE/.."
        "${CROSS_COMPILE}gcc" -std=gnu11 -Os -Wall -Wextra -Werror -ffreestanding -I. \
            -fno-stack-protector -fno-asynchronous-unwind-tables -fno-pie -no-pie -static \
            -nostdlib -s -Wl,--build-id=none -Wl,--no-relax -Wl,-z,max-page-size=4096 \
            -o "$work/programs/$name" "${sources[@]/#/linux/programs/}"
    )
}

build_rootfs()
{
    local root=$work/root applet
    mkdir -p "$root"/{bin,dev,home,lib,proc,run,sys,tmp}
    cp "$(compgen -G "$PACKAGES/bin/busybox" || compgen -G "$PACKAGES/usr/bin/busybox")" \
        "$root/bin/busybox"
    cp "$work"/modules/*.ko "$root/lib/"
    for applet in awk cat clear cp cttyhack cut date dd devmem dmesg echo free grep halt head \
        hexdump insmod kill less ls lsmod mkdir mount mv nproc poweroff ps reboot reset rm sed \
        seq setsid sh sha256sum sleep sort stty tail taskset time timeout top tr true uname \
        uptime usleep vi watch watchdog wc yes; do
        ln -s busybox "$root/bin/$applet"
    done
    cp "$HERE"/bin/* "$work"/programs/* "$root/bin/"
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

mkdir "$work/modules" "$work/programs"
build_image
build_modules
take_modules
build_program bulkhead-ctl bulkhead-ctl.c ctl.c
build_program rt-spin rt-spin.c
build_rootfs
mv "$work/Image" "$work/rootfs.cpio.gz" "$OUT/"
