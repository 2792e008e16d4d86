# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# lib-boards.sh - device trees of real boards, for `make board-test`: all that Debian's kernel
# packages have, over a thousand for arm64. Nothing else of the packages is kept. Those of riscv64
# are part of the Linux guest's package already (lib-linux.sh).

BOARDS_DIR=$BULKHEAD_CACHE/boards

boards_ready()
{
    [ -r "$BOARDS_DIR/.packages" ]
}

# The newest kernel of the release's backports: it knows more boards than the release's own.
boards_package()
{
    packages_cache pkgnames linux-image- | grep -E '^linux-image-[0-9.]+\+deb[0-9]+-arm64$' |
        sort -V | tail -n 1
}

boards_fetch()
{
    local package
    packages_open
    package=$(boards_package)
    [ -n "$package" ] || fail "$PACKAGES_RELEASE-backports has no Linux for arm64"
    step "fetching the device trees of $package ($BOARDS_MB MB)" "$PACKAGES_DIR/cache" \
        packages_unpack "$BOARDS_DIR" download "$package:arm64"
    find "$BOARDS_DIR" -type f ! -name '*.dtb' ! -name .packages -delete
    find "$BOARDS_DIR" -type d -empty -delete
}

boards_versions()
{
    awk '{ print $1, $2, "(device trees)" }' "$BOARDS_DIR/.packages"
}
