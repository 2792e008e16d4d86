#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sizes as `metric<TAB>value` lines: lines that the compiler read, bytes, memory when running."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts" / "check")]

import common  # noqa: E402
from emulator import console, machine  # noqa: E402

MEMORY_SYSTEM = ROOT / "tests" / "system" / "hello-1" / "system.yaml"
MEMORY_LINE = re.compile(r"(\d+) KiB for the hypervisor\b.*")
TIMEOUT = 30


def compiled_files(build):
    """Files of the project that the compiler read for the hypervisor, by its own account."""
    found = set()
    for listing in build.rglob("*.d"):
        if not (ROOT / listing.relative_to(build).with_suffix("")).exists():
            continue  # of a source that is no more
        text = listing.read_text().replace("\\\n", " ")
        for rule in text.splitlines():
            for name in rule.partition(":")[2].split():
                path = (ROOT / name).resolve()
                if path.is_relative_to(ROOT) and path.is_file():
                    found.add(path.relative_to(ROOT))
    return found


def hypervisor_files(build):
    """The same with the linker's script, which no compiler lists, and without what is generated."""
    scripts = set(common.files("hypervisor/arch/arm64/*.ld", "hypervisor/arch/arm64/*.lds",
                               "hypervisor/arch/arm64/*.ld.S", "hypervisor/*.ld"))
    return {path for path in compiled_files(build) | scripts if path.parts[0] != "build"}


def running_kib(options):
    """What the hypervisor says it uses with one CPU and one VM; None if it could not be asked."""
    image = options.build / "size.img"
    built = subprocess.run([str(options.build / "bulkhead"), "build", str(MEMORY_SYSTEM), "-o",
                            str(image), *machine.definitions(options.build)],
                           capture_output=True, text=True, cwd=ROOT)
    if built.returncode != 0:
        print(f"size: {built.stderr.strip()}", file=sys.stderr)
        return None
    board = machine.board_arguments(ROOT / "boards" / options.board)
    run = machine.Run(machine.command_line(board, extra=["-kernel", str(image)]))
    demux = console.Demux()
    try:
        for data in run.watch(TIMEOUT):
            for speaker, line in demux.feed(data):
                match = MEMORY_LINE.fullmatch(line)
                if match and speaker == console.HYPERVISOR:
                    return int(match.group(1))
    finally:
        run.stop()
    print("size: the hypervisor did not tell its memory", file=sys.stderr)
    return None


def sloc(paths):
    return sum(common.source_lines(path) for path in paths)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--board", default="qemu-arm64")
    options = parser.parse_args()
    options.build = options.build.resolve()
    built = options.build / "arm64"
    binary = built / "hypervisor.bin"
    if not binary.exists():
        print(f"size: no {binary}; run `make hypervisor`", file=sys.stderr)
        return 1
    mine = hypervisor_files(built)
    metrics = {"arm64.sloc": sloc(mine)}
    for top in ("abi", "hypervisor"):
        metrics[f"arm64.sloc.{top}"] = sloc(path for path in mine if path.parts[0] == top)
    metrics["arm64.sloc.assembly"] = sloc(path for path in mine if path.suffix == ".S")
    metrics["arm64.image_bytes"] = binary.stat().st_size
    try:
        kib = running_kib(options)
    except machine.MachineError as error:
        print(f"size: {error}", file=sys.stderr)
        kib = None
    if kib is not None:
        metrics["arm64.ram_bytes.1cpu"] = kib * 1024
    metrics["tool.sloc"] = sloc(common.c_files(trees=("tool",)))
    metrics["guests.sloc"] = sloc(common.files("guests/**/*.[chS]"))
    metrics["tests.sloc"] = sloc(path for path in common.files("*.c", "*.h", "*.py", "*.toml",
                                                               "*.yaml", "*.sh")
                                 if path.parts[0] == "tests")
    for name, value in metrics.items():
        print(f"{name}\t{value}")
    return 0 if kib is not None else 1


if __name__ == "__main__":
    sys.exit(main())
