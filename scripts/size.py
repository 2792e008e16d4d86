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


def hypervisor_files(build, arch):
    """The same with the linker's script, which no compiler lists, and without what is generated."""
    scripts = set(common.files(f"hypervisor/arch/{arch}/*.lds"))
    return {path for path in compiled_files(build) | scripts if path.parts[0] != "build"}


def running_kib(board, options):
    """What the hypervisor says it uses with one CPU and one VM; None if it could not be asked."""
    image = options.build / "size.img"
    built = subprocess.run([str(options.build / "bulkhead"), "build", str(MEMORY_SYSTEM), "-o",
                            str(image), *board.definitions(options.build)],
                           capture_output=True, text=True, cwd=ROOT)
    if built.returncode != 0:
        print(f"size: {built.stderr.strip()}", file=sys.stderr)
        return None
    run = machine.Run(machine.command_line(board, options.build, extra=["-kernel", str(image)]))
    demux = console.Demux()
    try:
        for _, data in run.watch(TIMEOUT):
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


def architecture(arch, options):
    """metric -> value of one architecture's binary; None where it could not be asked."""
    built = options.build / arch
    binary = built / "hypervisor.bin"
    if not binary.exists():
        raise machine.MachineError(f"no {binary}; run `make hypervisor ARCH={arch}`")
    mine = hypervisor_files(built, arch)
    metrics = {"sloc": sloc(mine)}
    for top in ("abi", "hypervisor"):
        metrics[f"sloc.{top}"] = sloc(path for path in mine if path.parts[0] == top)
    metrics["sloc.assembly"] = sloc(path for path in mine if path.suffix == ".S")
    metrics["image_bytes"] = binary.stat().st_size
    kib = running_kib(machine.read_board(f"qemu-{arch}"), options)
    metrics["ram_bytes.1cpu"] = None if kib is None else kib * 1024
    return {f"{arch}.{name}": value for name, value in metrics.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--arch", action="append", help="default: all")
    options = parser.parse_args()
    options.build = options.build.resolve()
    metrics = {}
    try:
        for arch in options.arch or machine.QEMU:
            metrics |= architecture(arch, options)
    except machine.MachineError as error:
        print(f"size: {error}", file=sys.stderr)
        return 1
    metrics["tool.sloc"] = sloc(common.c_files(trees=("tool",)))
    metrics["guests.sloc"] = sloc(common.c_files("*.c", "*.h", "*.S", trees=("guests",)))
    metrics["tests.sloc"] = sloc(path for path in common.files("*.c", "*.h", "*.py", "*.toml",
                                                               "*.yaml", "*.sh")
                                 if path.parts[0] == "tests")
    for name, value in metrics.items():
        if value is not None:
            print(f"{name}\t{value}")
    return 1 if None in metrics.values() else 0


if __name__ == "__main__":
    sys.exit(main())
