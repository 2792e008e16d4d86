# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# lib-host.sh - ordinary build tools, through the system's own package manager.

# group package probe: what for. A probe is a command, a file (its name may be a pattern),
# `python` for one that is new enough, or `python:MODULE`; of Debian's own Python, as others in $PATH
# lack Debian's modules. Nothing is asked of a tool that is there by other means.
# Group `any` goes with every other.
HOST_NEEDS="
any     make                  make                             builds
any     gcc                   gcc                              the bulkhead tool
any     libc6-dev             /usr/include/assert.h            the bulkhead tool
any     libyaml-dev           /usr/include/yaml.h              the bulkhead tool: system descriptions
any     libjansson-dev        /usr/include/jansson.h           the bulkhead tool: JSON
any     libfdt-dev            /usr/include/libfdt.h            the bulkhead tool: device trees
any     zlib1g-dev            /usr/include/zlib.h              the bulkhead tool: compressed images
any     nettle-dev            /usr/include/nettle/sha2.h       the bulkhead tool: hashes of its inputs
arm64   gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc            the hypervisor and its guests
arm64   libc6-dev-arm64-cross /usr/aarch64-linux-gnu/include/assert.h the hypervisor and its guests
riscv64 gcc-riscv64-linux-gnu riscv64-linux-gnu-gcc            the hypervisor and its guests
riscv64 libc6-dev-riscv64-cross /usr/riscv64-linux-gnu/include/assert.h the hypervisor and its guests
any     cpio                  cpio                             the Linux guest's first files
any     python3               python                           the demo's verdict, and the tests
test    clang                 clang                            tests by a second compiler
test    libclang-rt-dev       /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a its sanitizers and fuzzer
test    libcmocka-dev         /usr/include/cmocka.h            unit tests
test    device-tree-compiler  dtc                              patches of device trees, and tests
test    dt-schema             dt-validate                      tests of generated device trees
test    python3-yaml          python:yaml                      tests of the JSON Schema
test    python3-jsonschema    python:jsonschema                tests of the JSON Schema
test    python3-pytest        python:pytest                    configuration tests
test    python3-pytest-xdist  python:xdist                     configuration tests
check   clang-format          clang-format                     formatting
check   clang-tidy            clang-tidy                       static analysis
check   cppcheck              cppcheck                         static analysis
check   shellcheck            shellcheck                       static analysis of scripts
gdb     gdb-multiarch         gdb-multiarch                    debugging the hypervisor
"
# For the question, where apt has no lists yet that could tell.
HOST_MB=150

HOST_MISSING=()

# host_has PROBE: is it there?
host_has()
{
    case $1 in
    /*) compgen -G "$1" >/dev/null ;;
    python:*) /usr/bin/python3 -c "import ${1#python:}" 2>/dev/null ;;
    python) /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# host_look GROUP...: fills HOST_MISSING with the packages that these groups lack.
host_look()
{
    local group package probe reason
    HOST_MISSING=()
    while read -r group package probe reason; do
        case " $* " in *" $group "*) ;; *) continue ;; esac
        # For the machine's own architecture the C library's headers are no cross package.
        [ "$package" = "libc6-dev-$HOST_ARCH-cross" ] && continue
        host_has "$probe" || HOST_MISSING+=("$package")
    done <<<"$HOST_NEEDS"
}

host_apt()
{
    $HOST_SUDO env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends "$@"
}

# MB that apt would fetch, or nothing if its lists are missing.
host_download_mb()
{
    apt-get install --print-uris -qq --no-install-recommends "${HOST_MISSING[@]}" 2>/dev/null |
        awk '$1 ~ /^'\''/ { sum += $3 } END { if (NR) printf "%d\n", sum / 1000000 + 1 }'
}

# Says what is missing, what for, and how much it is.
host_explain()
{
    local group package probe reason mb
    [ "${#HOST_MISSING[@]}" != 0 ] || return 0
    mb=$(host_download_mb) || mb=
    note "Into the system, by apt-get (about ${mb:-$HOST_MB} MB to fetch):"
    while read -r group package probe reason; do
        case " ${HOST_MISSING[*]} " in
        *" $package "*) note "  $(printf '%-22s' "$package") $reason" ;;
        esac
    done <<<"$HOST_NEEDS"
}

host_update()
{
    step "reading the system's package lists" /var/lib/apt/lists host_apt update
}

host_install()
{
    local label="installing ${#HOST_MISSING[@]} build tools and what they need"
    [ "${#HOST_MISSING[@]}" != 0 ] || return 0
    HOST_SUDO=
    if [ "$(id -u)" != 0 ]; then
        # In front of a terminal sudo may ask for the password, now and not in mid-work.
        if [ -t 0 ] && [ -t 1 ]; then
            HOST_SUDO=sudo
            sudo -v || HOST_SUDO=none
        else
            HOST_SUDO="sudo -n"
            sudo -n true 2>/dev/null || HOST_SUDO=none
        fi
    fi
    [ "$HOST_SUDO" != none ] || fail "these packages are missing and need root to install." \
        "As root: apt-get update && apt-get install --no-install-recommends ${HOST_MISSING[*]}"
    # Old lists name versions that the mirror has no more; then they are read anew.
    [ -n "$(host_download_mb)" ] || host_update
    if ! (step "$label" /var/cache/apt/archives host_apt install "${HOST_MISSING[@]}") \
        2>/dev/null; then
        host_update
        step "$label" /var/cache/apt/archives host_apt install "${HOST_MISSING[@]}"
    fi
}
