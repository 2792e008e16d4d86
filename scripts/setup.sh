#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# setup.sh - everything that Bulkhead needs on this machine; `make setup` calls it.
#
#   scripts/setup.sh [--yes] [--quiet] [GROUP...]
#
# Groups: arm64, riscv64 (what a demo needs on boards of that architecture; both if neither is
# named), test, check, boards, gdb. No group at all means all but gdb. Ordinary build tools come from
# the system's own packages; all else lives in $BULKHEAD_CACHE. On a terminal it says what it is
# about to do and asks once, unless --yes; without a terminal it goes ahead.
# Where nothing is missing it is done in an instant. Exit code: 0 all there, 1 not.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BULKHEAD_CACHE=${BULKHEAD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bulkhead}
export BULKHEAD_CACHE ROOT
export LC_ALL=C
LOG=$BULKHEAD_CACHE/setup.log
QUIET=
YES=

# What is fetched into the cache, in MB, for the question that is asked before.
QEMU_MB=42
FIRMWARE_MB=3
declare -A LINUX_MB=([arm64]=36 [riscv64]=129)
BOARDS_MB=100
LISTS_MB=28
# The architectures of the boards that are asked for, and whether tests are.
ARCHES=()
TESTS=
# Whether real boards' trees are.
BOARDS=

note()
{
    echo "setup: $*"
}

fail()
{
    echo "setup: error: $*" >&2
    exit 1
}

# Shows on a terminal, until it is killed, that the step $1 lives and how much folder $2 holds.
tick()
{
    while sleep 0.5; do
        printf '\rsetup: %s ... %s MB ' "$1" "$(du -sm "$2" 2>/dev/null | cut -f1)"
    done
}

# step LABEL FOLDER COMMAND...: runs COMMAND, its output into the log, while FOLDER's growth
# tells of progress. Stops the set-up with the last lines if it fails.
step()
{
    local label=$1 folder=$2 from=$SECONDS code=0 start
    shift 2
    printf '== %s\n' "$label" >>"$LOG"
    start=$(wc -l <"$LOG")
    if [ -t 1 ]; then
        tick "$label" "$folder" &
        TICKER=$!
    else
        note "$label"
    fi
    "$@" >>"$LOG" 2>&1 </dev/null || code=$?
    if [ -t 1 ]; then
        stop_ticker
        note "$label ($((SECONDS - from)) s)"
    fi
    [ "$code" = 0 ] && return
    tail -n +"$((start + 1))" "$LOG" | grep -vE '^(Get|Hit|Ign|Reading|Building)' | tail -n 8 >&2
    fail "$label: failed. The whole log is $LOG. Is the network up, the disk full?" \
        "'make setup' goes on where it stopped; BULKHEAD_MIRROR=URL names another Debian mirror."
}

TICKER=
stop_ticker()
{
    [ -n "$TICKER" ] || return 0
    kill "$TICKER" 2>/dev/null || true
    wait "$TICKER" 2>/dev/null || true
    TICKER=
    printf '\r\033[K'
}
trap stop_ticker EXIT

# shellcheck source=scripts/lib-packages.sh
. "$ROOT/scripts/lib-packages.sh"
# shellcheck source=scripts/lib-host.sh
. "$ROOT/scripts/lib-host.sh"
# shellcheck source=scripts/lib-qemu.sh
. "$ROOT/scripts/lib-qemu.sh"
# shellcheck source=scripts/lib-firmware.sh
. "$ROOT/scripts/lib-firmware.sh"
# shellcheck source=scripts/lib-linux.sh
. "$ROOT/scripts/lib-linux.sh"
# shellcheck source=scripts/lib-boards.sh
. "$ROOT/scripts/lib-boards.sh"

# wants ARCH: is it one of those asked for?
wants()
{
    case " ${ARCHES[*]} " in *" $1 "*) ;; *) return 1 ;; esac
}

all_ready()
{
    local arch
    [ "${#HOST_MISSING[@]}" = 0 ] && qemu_ready && firmware_ready || return 1
    [ -z "$BOARDS" ] || boards_ready || return 1
    for arch in "${ARCHES[@]}"; do
        linux_ready "$arch" || return 1
    done
}

# Says what is missing and asks, once, for all of it.
ask()
{
    local arch cache_mb=0
    qemu_ready || cache_mb=$((cache_mb + QEMU_MB))
    firmware_ready || cache_mb=$((cache_mb + FIRMWARE_MB))
    for arch in "${ARCHES[@]}"; do
        linux_fetched "$arch" || cache_mb=$((cache_mb + LINUX_MB[$arch]))
    done
    [ -z "$BOARDS" ] || boards_ready || cache_mb=$((cache_mb + BOARDS_MB))
    [ "$cache_mb" = 0 ] || cache_mb=$((cache_mb + LISTS_MB))
    [ "${#HOST_MISSING[@]}" = 0 ] && [ "$cache_mb" = 0 ] && return

    host_explain
    if [ "$cache_mb" != 0 ]; then
        note "Into $BULKHEAD_CACHE (about $cache_mb MB to fetch, no root needed):"
        qemu_ready || note "  QEMU 10, as this machine has $(qemu_system_version)"
        firmware_ready || note "  OpenSBI and U-Boot: firmware of boards"
        for arch in "${ARCHES[@]}"; do
            linux_fetched "$arch" ||
                note "  Debian's Linux for $arch, its headers, and busybox: the guest"
        done
        [ -z "$BOARDS" ] || boards_ready ||
            note "  the device trees of Debian's Linux for arm64"
    fi
    [ -z "$YES" ] && [ -t 0 ] && [ -t 1 ] || return 0
    local answer=
    read -r -p "setup: Go ahead? [Y/n] " answer || answer=n
    case $answer in
    '' | y | Y | yes) ;;
    *) fail "nothing was changed" ;;
    esac
}

# versions: all that the cache holds, asked for now or earlier.
versions()
{
    local arch
    qemu_versions
    firmware_versions
    for arch in arm64 riscv64; do
        ! linux_fetched "$arch" || linux_versions "$arch"
    done
    ! boards_ready || boards_versions
}

make_all()
{
    local arch
    ask
    host_install
    qemu_ready || qemu_make
    firmware_ready || firmware_fetch
    for arch in "${ARCHES[@]}"; do
        linux_fetched "$arch" || linux_fetch "$arch"
        linux_ready "$arch" || linux_make "$arch"
    done
    [ -z "$BOARDS" ] || boards_ready || boards_fetch
    versions >"$BULKHEAD_CACHE/VERSIONS"
}

main()
{
    local groups=()
    while [ $# -gt 0 ]; do
        case $1 in
        --quiet) QUIET=1 ;;
        --yes) YES=1 ;;
        arm64 | riscv64) ARCHES+=("$1") ;;
        test)
            TESTS=1
            groups+=("$1")
            ;;
        check | gdb) groups+=("$1") ;;
        boards) BOARDS=1 ;;
        *) fail "no such group: $1 (arm64, riscv64, test, check, boards, gdb)" ;;
        esac
        shift
    done
    if [ "${#groups[@]}" = 0 ] && [ "${#ARCHES[@]}" = 0 ] && [ -z "$BOARDS" ]; then
        TESTS=1
        BOARDS=1
        groups=(test check)
    fi
    [ "${#ARCHES[@]}" -gt 0 ] || ARCHES=(arm64 riscv64)
    groups=("${ARCHES[@]}" "${groups[@]}" ${BOARDS:+boards})

    command -v apt-get >/dev/null ||
        fail "this needs a Debian system (apt-get and dpkg): bookworm or newer"
    mkdir -p "$BULKHEAD_CACHE" ||
        fail "cannot make $BULKHEAD_CACHE: set BULKHEAD_CACHE to a folder that you may write"
    exec 9>"$BULKHEAD_CACHE/lock"
    flock -n 9 || { note "waiting for another set-up of $BULKHEAD_CACHE" && flock 9; }
    HOST_ARCH=$(dpkg --print-architecture)

    host_look any "${groups[@]}"
    if ! all_ready; then
        : >"$LOG"
        # What a run that was cut off has left.
        rm -rf "$BULKHEAD_CACHE"/*.fresh.* "$BULKHEAD_CACHE"/linux-*/*.fresh.*
        make_all
        rm -rf "${PACKAGES_DIR:?}"
    fi
    [ -n "$QUIET" ] || note "ready (${groups[*]}); versions in $BULKHEAD_CACHE/VERSIONS"
}

main "$@"
