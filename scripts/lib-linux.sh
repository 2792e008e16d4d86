# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# lib-linux.sh - the Linux guest, of each architecture: Debian's kernel as it is, and an initramfs
# out of busybox and linux/. What is fetched lies in linux-ARCH/packages; what is made of it is
# made again whenever linux/ changes.

linux_dir()
{
    echo "$BULKHEAD_CACHE/linux-$1"
}

linux_packages()
{
    echo "$BULKHEAD_CACHE/linux-$1/packages"
}

# A cache of an earlier version lacks the watchdogs' drivers.
linux_fetched()
{
    [ -r "$(linux_packages "$1")/.packages" ] && linux_drivers "$1" >/dev/null
}

# linux_drivers ARCH: the drivers of watchdogs among the packages' modules.
linux_drivers()
{
    local lib
    for lib in "$(linux_packages "$1")"/{,usr/}lib; do
        compgen -G "$lib/modules/*/kernel/drivers/watchdog" && return
    done
    return 1
}

# What Image and initramfs are made of, as one number.
linux_key()
{
    {
        cat "$(linux_packages "$1")/.packages"
        cd "$ROOT" && find linux abi/hypercall.h abi/counters.h -type f -print0 | sort -z |
            xargs -0 sha256sum
    } | sha256sum | cut -d' ' -f1
}

linux_ready()
{
    local dir
    dir=$(linux_dir "$1")
    linux_fetched "$1" && [ -r "$dir/Image" ] && [ -r "$dir/rootfs.cpio.gz" ] &&
        [ "$(cat "$dir/.key" 2>/dev/null)" = "$(linux_key "$1")" ]
}

# linux_release PACKAGE RELEASE-PATTERN: the release of the kernel that PACKAGE now depends on.
linux_release()
{
    packages_cache depends "$1" | sed -n "s/^ *Depends: linux-[a-z]*-\($2\).*/\1/p" | head -n 1
}

linux_fetch()
{
    local arch=$1 release drivers packages=()
    packages_open
    if [ "$arch" != riscv64 ] || ! (linux_fetch_tested) 2>/dev/null; then
        "linux_choose_$arch"
        step "fetching Linux $release for $arch, its headers and busybox (${LINUX_MB[$arch]} MB)" \
            "$PACKAGES_DIR/cache" packages_unpack "$(linux_packages "$arch")" download \
            "${packages[@]}"
    fi
    # The guest has all that it needs in the kernel itself, but for the watchdog.
    drivers=$(linux_drivers "$arch") || fail "the package of Linux $release has no watchdogs' drivers"
    find "${drivers%/drivers/watchdog}" -type f ! -path "$drivers/*" -delete
}

# The kernel of PACKAGES_TESTED for riscv64, and this release's programs to build its module with.
linux_fetch_tested()
{
    local release
    release=$(awk '/^linux-image-/ { sub(/^linux-image-/, "", $1); print $1 }' <<<"$PACKAGES_TESTED")
    step "fetching Linux $release for riscv64, its headers and busybox (${LINUX_MB[riscv64]} MB)" \
        "$PACKAGES_DIR/cache" packages_tested "$(linux_packages riscv64)" \
        "linux-image-$release" "linux-headers-$release" "linux-headers-${release%-riscv64}-common" \
        busybox-static -- download "$(linux_kbuild "$release"):$HOST_ARCH"
}

# The programs of kbuild must run here, so they come from this release's backport of the same
# Linux; a few fixes lie between the two at most.
linux_kbuild()
{
    packages_cache pkgnames "linux-kbuild-$(expr "$1" : '\([0-9]*\.[0-9]*\)')." |
        while read -r kbuild; do
            packages_cache madison "$kbuild:$HOST_ARCH"
        done | awk -v suite="$PACKAGES_RELEASE-backports" 'index($0, suite) { print $1 }' |
        sort -V | tail -n 1
}

# Fills linux_fetch's `release` and `packages`.
linux_choose_arm64()
{
    release=$(linux_release linux-image-cloud-arm64:arm64 '.*-cloud-arm64')
    [ -n "$release" ] || fail "the package lists name no linux-image-cloud-arm64"
    packages=("linux-image-$release:arm64" "linux-headers-$release:arm64"
        "linux-headers-${release%-cloud-arm64}-common"
        "linux-kbuild-$(expr "$release" : '\([0-9]*\.[0-9]*\)'):$HOST_ARCH"
        busybox-static:arm64)
}

linux_choose_riscv64()
{
    local kbuild newer=$PACKAGES_NEWER
    packages_open_newer
    release=$(linux_release linux-image-riscv64:riscv64 '.*-riscv64')
    [ -n "$release" ] || fail "the package lists name no linux-image-riscv64"
    kbuild=$(linux_kbuild "$release")
    [ -n "$kbuild" ] || fail "$PACKAGES_RELEASE-backports has no linux-kbuild for Linux $release"
    packages=("linux-image-$release:riscv64/$newer" "linux-headers-$release:riscv64/$newer"
        "linux-headers-${release%-riscv64}-common/$newer" "$kbuild:$HOST_ARCH"
        "busybox-static:riscv64/$newer")
}

linux_make()
{
    step "building the Linux guest's module and first files for $1" "$(linux_dir "$1")" \
        "$ROOT/linux/build.sh" "$1" "$(linux_packages "$1")" "$(linux_dir "$1")"
    linux_key "$1" >"$(linux_dir "$1")/.key"
}

linux_versions()
{
    awk '{ print $1, $2 }' "$(linux_packages "$1")/.packages"
}
