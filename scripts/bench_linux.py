#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make bench-linux`: what Debian's Linux takes more under Bulkhead than on the bare machine.

The same kernel, command line and device tree, with seeds in it, and one CPU; above it one program
(bench/linux/init.S). Counted are the instructions, firmware's and the hypervisor's too, from
the kernel's first to the program's, and those of the program's 20,000 calls of getppid(). The
console has nothing to say.
"""

import argparse
import gzip
import random
import re
import subprocess
import sys
from pathlib import Path

import bench
import performance
from emulator import cache_lines, machine

ROOT = bench.ROOT
BARS = {"boot, init at rest": 1.01, "getppid": 1.05}
SYSTEM = """\
bulkhead: 1
board: {board}
vms:
  linux:
    cpus: 0
    memory: 256 MiB
    image: ${{linux}}/Image
    initrd: {initrd}
    args: "quiet"
"""
CROSS = {"arm64": "aarch64-linux-gnu-", "riscv64": "riscv64-linux-gnu-"}
# Where a kernel begins, on the bare machine and in a VM.
KERNEL = {"arm64": 0x40200000, "riscv64": 0x80200000}
KERNEL_IN_VM = {"arm64": 0x40000000, "riscv64": 0x80200000}


def archive(files):
    """A cpio archive (newc) of name -> program."""
    data = b""
    for number, (name, body) in enumerate([*files.items(), ("TRAILER!!!", b"")], 1):
        name = name.encode() + b"\0"
        fields = [number, 0o100755, 0, 0, 1, 0, len(body), 0, 0, 0, 0, len(name), 0]
        data += b"070701" + b"".join(b"%08x" % field for field in fields) + name
        data += bytes(-len(data) % 4) + body
        data += bytes(-len(data) % 4)
    return data


def programs(options, board):
    """The initial file system, and the addresses of the program's two places."""
    init = options.out / f"init-{board.arch}"
    subprocess.run([CROSS[board.arch] + "gcc", "-nostdlib", "-static", "-Wl,--build-id=none", "-o",
                    init, ROOT / "bench" / "linux" / "init.S"], check=True)
    known = {name: address for name, address, _ in cache_lines.addresses(init)}
    # The symbols have the name of a temporary file among them.
    subprocess.run([CROSS[board.arch] + "strip", init], check=True)
    initrd = options.out / f"init-{board.arch}.cpio.gz"
    initrd.write_bytes(gzip.compress(archive({"init": init.read_bytes()}), mtime=0))
    return initrd, [known["rested"], known["done"]]


def bare_tree(options, board, system):
    """The VM's device tree, with seeds as a boot loader gives them."""
    command = [options.build / "bulkhead", "show", "--dts", "linux", system,
               *board.definitions(options.build)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    text = re.sub(r"linux,initrd-\w+ = .*;", "", text)  # the loader says where
    numbers = random.Random(1)
    text = re.sub(r"(?<=-seed = <).*(?=>;)", lambda found: " ".join(
        hex(numbers.getrandbits(32)) for _ in found[0].split()), text)
    tree = options.out / f"{board.name}-linux.dtb"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree, "-"], input=text, text=True, check=True)
    return tree


def counted(options, board, name, places, arguments):
    """row -> (all, the hypervisor's own) between the last three of these places."""
    blocks = bench.counted(options, board, options.out / f"{board.name}-linux-{name}.counts", places,
                           ["own=0x2000000000+0x200000"], arguments)
    return {row: (sum(block.values()), block["own"]) for row, block in zip(BARS, blocks[-2:])}


def measured(options, board):
    """row -> (bare, all under Bulkhead, Bulkhead's own)."""
    initrd, ends = programs(options, board)
    system = options.out / f"{board.name}-linux.yaml"
    system.write_text(SYSTEM.format(board=board.name, initrd=initrd))
    image = bench.built(options, board, system)
    kernel = machine.cache_dir() / f"linux-{board.arch}" / "Image"
    bare = counted(options, board, "bare", [KERNEL[board.arch], *ends],
                   [*board.bare(), "-smp", "1", "-m", "256M", "-kernel", kernel, "-initrd", initrd,
                    "-dtb", bare_tree(options, board, system)])
    ours = counted(options, board, "bulkhead", [board.home, KERNEL_IN_VM[board.arch], *ends],
                   ["-kernel", image])
    return {row: (bare[row][0], *ours[row]) for row in BARS}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--docs", action="store_true", help="write docs/performance.md")
    parser.add_argument("boards", nargs="*", default=["qemu-arm64", "qemu-riscv64"])
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.out = options.build / "bench"
    options.out.mkdir(parents=True, exist_ok=True)
    passed = failed = 0
    for board in map(machine.read_board, options.boards):
        print(f"{board.name + ', instructions':25}{'bare':>15}{'bulkhead':>15}{'its own':>12}"
              f"{'ratio':>9}{'bar':>7}")
        rows = measured(options, board)
        if options.docs:
            performance.write(f"Linux, {board.name}", ["bare", "Bulkhead", "of it its own"], rows)
        elif why := performance.stale(f"Linux, {board.name}", rows):
            print(why)
            failed += 1
        for row, (bare, ours, own) in rows.items():
            bad = ours > BARS[row] * bare
            passed, failed = passed + (not bad), failed + bad
            print(f"  {row:23}{bare:>15,}{ours:>15,}{own:>12,}{ours / bare:>9.4f}{BARS[row]:>7}"
                  + ("  BEYOND" if bad else ""), flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed and not options.docs else 0


if __name__ == "__main__":
    sys.exit(main())
