# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# lib-packages.sh - Debian packages into the project's cache, never into the system.
#
# A private apt: its own lists, its own archive folder, an empty package status and the sources
# below. Proxy, credentials and Acquire settings stay the host's, and so apt's own signature check
# stands between the mirror and us. Sourced by setup.sh, which gives `note`, `fail`, `step` and
# `wants`.

PACKAGES_RELEASE=bookworm
# The first release of Debian that has riscv64; read only if that is asked for, and used only for
# what is asked of it by name.
PACKAGES_NEWER=trixie
PACKAGES_KEYS=/usr/share/keyrings
PACKAGES_KEYRING=$PACKAGES_KEYS/debian-archive-keyring.gpg
PACKAGES_DIR=$BULKHEAD_CACHE/apt

# What of the newer release was tested: name, SHA-256, file on the mirror. It is fetched as it is, with
# no list of that release read; only when the mirror has it no more do the lists tell of a successor.
PACKAGES_TESTED="
linux-image-6.12.107+deb13-riscv64 abe9f65d74b434692149482b031db7a2aaf832921e09f69f775293c0e0c5799c pool/main/l/linux/linux-image-6.12.107+deb13-riscv64_6.12.107-1_riscv64.deb
linux-headers-6.12.107+deb13-riscv64 aac824a77f6e91407f5fe0b592a491b026ec7fe4cbb4c053a2f9afeed3981445 pool/main/l/linux/linux-headers-6.12.107+deb13-riscv64_6.12.107-1_riscv64.deb
linux-headers-6.12.107+deb13-common 12dc292d7c238928fbcb7eebbe79208758fe263a4e2ea0e9b6734e6df12020a5 pool/main/l/linux/linux-headers-6.12.107+deb13-common_6.12.107-1_all.deb
busybox-static 4add476d2b185c5b487c285b38d790f0881a7e4a8e2ddde835f917e770eb8633 pool/main/b/busybox/busybox-static_1.37.0-6+b9_riscv64.deb
opensbi dc4a43bd21a0ca11771ed8b19ee6fa8476d1d0f4976bd0b27c0357c699d27e1e pool/main/o/opensbi/opensbi_1.6-1_all.deb
u-boot-qemu a3751b5d36a411457b2e7a2834cdce0e5d40493e6588a65d51c5603740a0c71c pool/main/u/u-boot/u-boot-qemu_2025.01-3+deb13u1_all.deb
"

# The mirror that the host's own apt uses for Debian, if that can be told.
packages_mirror()
{
    local mirror=
    if [ -n "${BULKHEAD_MIRROR:-}" ]; then
        echo "$BULKHEAD_MIRROR"
        return
    fi
    if [ "$(. /etc/os-release && echo "$ID")" = debian ]; then
        # shellcheck disable=SC2016  # $(REPO_URI) is apt's own notation
        mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
            "Created-By: Packages" 2>/dev/null |
            awk -v name="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" \
                '$2 == name && $3 == "main" { sub(/\/$/, "", $1); print $1; exit }')
    fi
    echo "${mirror:-http://deb.debian.org/debian}"
}

# Writes apt's configuration and fetches the lists, at most once in a run.
packages_open()
{
    local mirror suite
    [ -n "${PACKAGES_OPEN:-}" ] && return
    [ -r "$PACKAGES_KEYRING" ] ||
        fail "$PACKAGES_KEYRING is missing: install the package debian-archive-keyring"
    mirror=$(packages_mirror)
    mkdir -p "$PACKAGES_DIR/state/lists/partial" "$PACKAGES_DIR/cache/archives/partial" \
        "$PACKAGES_DIR/none"
    : >"$PACKAGES_DIR/status"
    packages_configure
    for suite in "$PACKAGES_RELEASE" "$PACKAGES_RELEASE-backports"; do
        echo "deb [arch=$HOST_ARCH,arm64 signed-by=$PACKAGES_KEYRING] $mirror $suite main"
    done >"$PACKAGES_DIR/sources.list"
    step "reading Debian's package lists from $mirror" "$PACKAGES_DIR/state/lists" \
        packages_update "$PACKAGES_RELEASE" "$PACKAGES_RELEASE-backports"
    PACKAGES_OPEN=1
}

# The newer release's lists as well, at most once in a run. An older release's keyring may lack the
# newer one's keys; then its own update brings them.
packages_open_newer()
{
    local keyring=$PACKAGES_KEYRING
    [ -n "${PACKAGES_NEWER_OPEN:-}" ] && return
    if ! compgen -G "$PACKAGES_KEYS/debian-archive-$PACKAGES_NEWER-*" >/dev/null; then
        step "fetching Debian's newer keys" "$PACKAGES_DIR/cache" \
            packages_unpack "$PACKAGES_DIR/keys" download debian-archive-keyring
        keyring=$PACKAGES_DIR/keys/usr/share/keyrings/debian-archive-keyring.gpg
    fi
    echo "deb [arch=riscv64 signed-by=$keyring] $(packages_mirror) $PACKAGES_NEWER main" \
        >>"$PACKAGES_DIR/sources.list"
    step "reading the lists of Debian $PACKAGES_NEWER for riscv64" "$PACKAGES_DIR/state/lists" \
        packages_update "$PACKAGES_NEWER"
    PACKAGES_NEWER_OPEN=1
}

packages_configure()
{
    printf '%s\n' "Package: *" "Pin: release n=$PACKAGES_NEWER" "Pin-Priority: 50" \
        >"$PACKAGES_DIR/preferences"
    # Read after the host's own configuration. The host's hooks are not ours to run, and its
    # pins and its architecture's packages not ours to heed.
    cat >"$PACKAGES_DIR/apt.conf" <<CONF
#clear APT::Update;
#clear APT::Architectures;
#clear DPkg;
APT::Architecture "$HOST_ARCH";
APT::Architectures { "$HOST_ARCH"; "arm64"; "riscv64"; };
APT::Default-Release "";
APT::Get::AllowUnauthenticated "false";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::AllowInsecureRepositories "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "$PACKAGES_DIR/state";
Dir::State::status "$PACKAGES_DIR/status";
Dir::State::extended_states "$PACKAGES_DIR/state/extended_states";
Dir::Cache "$PACKAGES_DIR/cache";
Dir::Cache::archives "archives";
Dir::Etc::sourcelist "$PACKAGES_DIR/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "$PACKAGES_DIR/preferences";
Dir::Etc::preferencesparts "$PACKAGES_DIR/none";
Dir::Log "$PACKAGES_DIR";
CONF
}

# packages_update SUITE...: apt-get update calls a mirror that it can't reach a warning; here it
# is an error, as is a SUITE without a list.
packages_update()
{
    local want
    apt-get -c "$PACKAGES_DIR/apt.conf" -q -o APT::Update::Error-Mode=any update || return 1
    for want in "$@"; do
        compgen -G "$PACKAGES_DIR/state/lists/*_dists_${want}_*Packages*" >/dev/null || {
            echo "E: no package list of $want"
            return 1
        }
    done
}

# packages_cache ARGUMENT...: apt-cache on the private lists.
packages_cache()
{
    apt-cache -c "$PACKAGES_DIR/apt.conf" "$@"
}

# packages_unpack FOLDER apt-get-ARGUMENT...: fetches what apt-get decides on and unpacks it.
packages_unpack()
{
    local folder=$1
    shift
    apt-get -c "$PACKAGES_DIR/apt.conf" clean || return 1
    (cd "$PACKAGES_DIR/cache/archives" && apt-get -c "$PACKAGES_DIR/apt.conf" -q -y "$@") ||
        return 1
    packages_install "$folder"
}

# packages_tested FOLDER NAME... [-- apt-get-ARGUMENT...]: the same with the named ones of
# PACKAGES_TESTED, whose digest stands in for the signature of a list.
packages_tested()
{
    local folder=$1 sum path
    shift
    apt-get -c "$PACKAGES_DIR/apt.conf" clean || return 1
    while [ $# != 0 ] && [ "$1" != -- ]; do
        read -r sum path < <(awk -v name="$1" '$1 == name { print $2, $3 }' \
            <<<"$PACKAGES_TESTED") || return 1
        /usr/lib/apt/apt-helper -c "$PACKAGES_DIR/apt.conf" download-file \
            "$(packages_mirror)/$path" "$PACKAGES_DIR/cache/archives/${path##*/}" "SHA256:$sum" ||
            return 1
        shift
    done
    if [ $# != 0 ]; then
        shift
        (cd "$PACKAGES_DIR/cache/archives" && apt-get -c "$PACKAGES_DIR/apt.conf" -q -y "$@") ||
            return 1
    fi
    packages_install "$folder"
}

# packages_install FOLDER: unpacks what has been fetched. FOLDER appears whole or not at all. It
# gets a list of what is in it, `.packages`.
packages_install()
{
    local folder=$1 archives=$PACKAGES_DIR/cache/archives fresh=$1.fresh.$$ deb
    rm -rf "$fresh"
    mkdir -p "$fresh"
    for deb in "$archives"/*.deb; do
        dpkg-deb -x "$deb" "$fresh" || return 1
        # shellcheck disable=SC2016  # ${Package} is dpkg's own notation
        dpkg-deb -W --showformat '${Package} ${Version} ${Architecture}\n' "$deb" || return 1
    done >"$fresh.list" || return 1
    sort -o "$fresh/.packages" "$fresh.list" && rm -f "$fresh.list" || return 1
    rm -rf "$folder"
    mv "$fresh" "$folder" || return 1
    apt-get -c "$PACKAGES_DIR/apt.conf" clean
    rm -f "$archives"/*.deb
}

# packages_version FOLDER NAME: the version of NAME that was unpacked into FOLDER.
packages_version()
{
    awk -v name="$2" '$1 == name { print $2; exit }' "$1/.packages"
}
