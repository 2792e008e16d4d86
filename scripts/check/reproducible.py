#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same sources give the same bytes, in whatever directory they are built: the hypervisor, the
guests, the tool, and the image of a whole system."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import common

OUTPUTS = [f"build/{arch}/{name}" for arch in common.ARCHES
           for name in ("hypervisor.bin", "hypervisor.elf", "system.img")] + ["build/bulkhead"]
SYSTEM = "tests/system/hello-4/system.yaml"


def build(directory):
    """Copies the sources there and builds; returns {output: digest}, or the error as text."""
    for path in common.files():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(common.ROOT / path, target, follow_symlinks=False)
    for arch in common.ARCHES:
        commands = [
            ["make", "-s", "-j2", "hypervisor", "guests", "tool", f"ARCH={arch}", "BUILD=build"],
            ["build/bulkhead", "build", "--board", f"qemu-{arch}", "-D",
             f"guests={directory}/build/guests/{arch}", "-o", f"build/{arch}/system.img", SYSTEM]]
        for command in commands:
            result = subprocess.run(command, cwd=directory, capture_output=True, text=True,
                                    errors="replace", check=False)
            if result.returncode != 0:
                return (result.stderr or result.stdout).strip()[-2000:]
    return {name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in OUTPUTS}


def main():
    with tempfile.TemporaryDirectory() as parent:
        first, second = Path(parent) / "a", Path(parent) / "somewhere" / "else"
        results = [build(first), build(second)]
    broken = [result for result in results if isinstance(result, str)]
    if broken:
        common.finish("reproducible", broken[:1])
    differing = [f"{name} differs between two directories" for name in OUTPUTS
                 if results[0][name] != results[1][name]]
    common.finish("reproducible", differing, ", ".join(f"{arch} {results[0][f'build/{arch}/hypervisor.bin'][:16]}"
                                                   for arch in common.ARCHES))


if __name__ == "__main__":
    main()
