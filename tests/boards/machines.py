#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The boards of boards/ are what `bulkhead init --qemu` makes of their own arguments: the same tree,
byte for byte, and a system that runs as it was written once it has guests. Those that are there for
system tests have such trees as well. Run as a program it writes the trees, and their digests, anew.
"""

import argparse
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from emulator import machine  # noqa: E402

TIMEOUT = 120  # s
# A cpio archive of nothing: only the entry that ends it, whose name has 11 bytes.
INITRD = (b"070701" + b"0" * 88 + b"0000000b" + b"0" * 8 + b"TRAILER!!!\0").ljust(512, b"\0")
READY = "    #   # As they are:\n"


def written(text, key):
    match = re.search(rf"^{key}: *(.*)$", text, re.M)
    return match.group(1) if match else ""


def same_board(board, folder):
    """What differs between a board of boards/ and the one that init has made."""
    ours = (board.directory / "board.yaml").read_text()
    theirs = (folder / "board.yaml").read_text()
    if (board.directory / "board.dtb").read_bytes() != (folder / "board.dtb").read_bytes():
        return "another tree; is this QEMU 10.0? `make boards` writes it anew"
    for key in ("arch", "home"):
        if written(ours, key) != written(theirs, key):
            return f"{key}: {written(theirs, key)}"
    if re.search(r"phys: (\w+), size: \w+ \w+", ours) and \
            written(ours, "reserve") != written(theirs, "reserve"):
        return f"reserve: {written(theirs, 'reserve')}"
    if machine.yaml_list(theirs, "qemu") != list(board.arguments):
        return f"qemu: {machine.yaml_list(theirs, 'qemu')}"
    if set(machine.yaml_list(ours, "no-dma")) != set(machine.yaml_list(theirs, "no-dma")):
        return f"no-dma: {machine.yaml_list(theirs, 'no-dma')}"
    return ""


def pass_through(text):
    """The system with all devices that init calls fit as they are, as a user would have them."""
    head, _, rest = text.partition(READY)
    lines, taken = [], 0
    for line in rest.splitlines():
        if line.startswith("    #   # "):
            break
        lines.append(line.replace("    # ", "    ", 1))
        taken += line.startswith("    #   - ")
    return head.replace("    # devices:\n", "    devices:\n") + "\n".join(lines) + "\n", taken


def run_system(program, build, board, folder):
    """What goes wrong with two small guests in the VMs that init has written, one with the devices
    that it calls fit as they are."""
    system = folder / "system.yaml"
    system.write_text(pass_through(system.read_text())[0])
    for image in ("Image", "control.elf"):
        shutil.copy(board.guest(build, "hello.elf"), folder / image)
    (folder / "rootfs.cpio.gz").write_bytes(INITRD)
    done = subprocess.run([program, "run", str(folder / "system.yaml"), "--plain", "--icount",
                           "--qemu", machine.qemu_binary(board.arch)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=TIMEOUT)
    good = all(f"\n{vm}| @done\n" in done.stdout for vm in ("linux", "control"))
    return "" if done.returncode == 0 and good else f"run:\n{done.stdout}{done.stderr}"


def test(program, build, work, name):
    """What is wrong with board NAME; empty if nothing is."""
    try:
        return compare(program, build, work, machine.read_board(name))
    except (machine.MachineError, subprocess.TimeoutExpired) as error:
        return str(error)


def make(program, work, board):
    """The board as init makes it: (folder, "") or ("", what went wrong)."""
    folder = work / board.name
    command = [machine.qemu_binary(board.arch), *board.arguments]
    done = subprocess.run([program, "init", "-o", str(folder), "--qemu", shlex.join(command)],
                          capture_output=True, text=True, timeout=TIMEOUT)
    if done.returncode != 0 or "warning" in done.stderr:
        return "", f"init:\n{done.stderr}"
    return folder, ""


def compare(program, build, work, board):
    folder, problem = make(program, work, board)
    problem = problem or same_board(board, folder)
    if problem or board.directory.parent != ROOT / "boards":
        return problem
    return run_system(program, build, board, folder)


def write(program, work, name):
    """Writes the tree of board NAME, and its digest; what goes wrong, or empty."""
    board = machine.read_board(name)
    folder, problem = make(program, work, board)
    if not problem:
        shutil.copy(folder / "board.dtb", board.directory / "board.dtb")
        digest = re.search(r"^ *sha256: (\w+)$", (folder / "board.yaml").read_text(), re.M).group(1)
        path = board.directory / "board.yaml"
        path.write_text(re.sub(r"\bsha256: \w+", f"sha256: {digest}", path.read_text()))
    return problem


def names(arches):
    """All boards with a tree of their own, or those of some architectures."""
    found = sorted(path.parent.name for place in machine.BOARDS for path in place.glob("*/board.dtb"))
    return [name for name in found if machine.read_board(name).arch in (arches or machine.QEMU)]


def main():
    parser = argparse.ArgumentParser(description="write the trees of our boards anew")
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--arch", action="append", help="only those of boards of this one")
    parser.add_argument("boards", nargs="*", help="their names; all without one")
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        for name in options.boards or names(options.arch):
            problem = write(str(options.build.resolve() / "bulkhead"), Path(work), name)
            failed += problem != ""
            print(f"{name}: {problem or 'written'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
