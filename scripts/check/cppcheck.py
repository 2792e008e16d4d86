#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cppcheck over all C; what isn't wanted is listed in cppcheck.suppress with its reason."""

import subprocess

import common


def run(paths, includes):
    work = common.BUILD / "check" / "cppcheck" / paths[0].parts[0]
    work.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(
        ["cppcheck", "--quiet", "--std=c11", "--error-exitcode=1", "--platform=unix64",
         "--enable=warning,style,performance,portability", "-j2",
         f"--suppressions-list={common.ROOT / 'scripts/check/cppcheck.suppress'}",
         f"--cppcheck-build-dir={work}", "--template={file}:{line}: {id}: {message}",
         *includes, *map(str, paths)],
        cwd=common.ROOT, capture_output=True, text=True, errors="replace")
    return [] if result.returncode == 0 else (result.stderr + result.stdout).strip().splitlines()


def main():
    findings, count = [], 0
    for tree in ("hypervisor", "tool", "guests"):
        paths = common.c_files("*.c", trees=(tree,))
        count += len(paths)
        if paths:
            findings += run(paths, common.INCLUDES[tree])
    common.finish("cppcheck", findings, f"{count} files")


if __name__ == "__main__":
    main()
