# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# lib-linux.sh - the Linux guest: Debian's arm64 cloud kernel as it is, and an initramfs out of
# busybox and linux/. What is fetched lies in linux-arm64/packages; what is made of it is made
# again whenever linux/ changes.

LINUX_DIR=$BULKHEAD_CACHE/linux-arm64
LINUX_PACKAGES=$LINUX_DIR/packages

linux_fetched()
{
    [ -r "$LINUX_PACKAGES/.packages" ]
}

# What Image and initramfs are made of, as one number.
linux_key()
{
    {
        cat "$LINUX_PACKAGES/.packages"
        cd "$ROOT" && find linux abi/hypercall.h abi/counters.h -type f -print0 | sort -z |
            xargs -0 sha256sum
    } | sha256sum | cut -d' ' -f1
}

linux_ready()
{
    linux_fetched && [ -r "$LINUX_DIR/Image" ] && [ -r "$LINUX_DIR/rootfs.cpio.gz" ] &&
        [ "$(cat "$LINUX_DIR/.key" 2>/dev/null)" = "$(linux_key)" ]
}

linux_fetch()
{
    local release
    packages_open
    release=$(packages_cache depends linux-image-cloud-arm64:arm64 |
        sed -n 's/^ *Depends: linux-image-\(.*-cloud-arm64\).*/\1/p' | head -n 1)
    [ -n "$release" ] || fail "the package lists name no linux-image-cloud-arm64"
    step "fetching Linux $release for arm64, its headers and busybox ($LINUX_MB MB)" \
        "$PACKAGES_DIR/cache" packages_unpack "$LINUX_PACKAGES" download \
        "linux-image-$release:arm64" "linux-headers-$release:arm64" \
        "linux-headers-${release%-cloud-arm64}-common" \
        "linux-kbuild-$(expr "$release" : '\([0-9]*\.[0-9]*\)'):$HOST_ARCH" \
        busybox-static:arm64
}

linux_make()
{
    step "building the Linux guest's module and first files" "$LINUX_DIR" \
        "$ROOT/linux/build.sh" "$LINUX_PACKAGES" "$LINUX_DIR"
    linux_key >"$LINUX_DIR/.key"
}

linux_versions()
{
    awk '{ print $1, $2 }' "$LINUX_PACKAGES/.packages"
}
