#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""shellcheck over all shell scripts, where it is installed."""

import re
import shutil
import subprocess

import common


def is_shell(path):
    first = (common.ROOT / path).read_bytes()[:80].split(b"\n")[0]
    return path.suffix == ".sh" or re.match(rb"#!.*\b(ba|da|)sh\b", first) is not None


def main():
    if shutil.which("shellcheck") is None:
        common.finish("shell", [], "skipped: shellcheck is not installed")
    paths = [str(path) for path in common.files() if is_shell(path)]
    result = subprocess.run(["shellcheck", "--format=gcc", "--external-sources", *paths],
                            cwd=common.ROOT, capture_output=True, text=True)
    findings = (result.stdout + result.stderr).splitlines() if result.returncode else []
    common.finish("shell", findings, f"{len(paths)} scripts")


if __name__ == "__main__":
    main()
