#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cppcheck over all C; what isn't wanted is listed in cppcheck.suppress with its reason."""

import subprocess

import common


def run(paths, tree, arch):
    work = common.BUILD / "check" / "cppcheck" / f"{tree}-{arch}"
    work.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(
        ["cppcheck", "--quiet", "--std=c11", "--error-exitcode=1", "--platform=unix64",
         "--enable=warning,style,performance,portability", "-j2",
         f"--suppressions-list={common.ROOT / 'scripts/check/cppcheck.suppress'}",
         f"--cppcheck-build-dir={work}", "--template={file}:{line}: {id}: {message}",
         *common.includes(tree, arch), *map(str, paths)],
        cwd=common.ROOT, capture_output=True, text=True, errors="replace")
    return [] if result.returncode == 0 else (result.stderr + result.stdout).strip().splitlines()


def main():
    findings, count = [], 0
    for tree in ("hypervisor", "tool", "guests"):
        by_arch = {}
        for path in common.c_files("*.c", trees=(tree,)):
            by_arch.setdefault(common.target(path) or "arm64", []).append(path)
        for arch, paths in by_arch.items():
            count += len(paths)
            findings += run(paths, tree, arch)
    common.finish("cppcheck", findings, f"{count} files")


if __name__ == "__main__":
    main()
