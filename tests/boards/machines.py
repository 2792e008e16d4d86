# SPDX-License-Identifier: Apache-2.0
"""The boards of boards/ are what `bulkhead init --qemu` makes of their own arguments: the same tree,
and a system that runs as it was written once it has guests."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from emulator import machine  # noqa: E402

TIMEOUT = 120  # s


def decompile(tree):
    """The tree, in an order of its own, without seeds."""
    text = subprocess.run(["dtc", "-q", "-s", "-I", "dtb", "-O", "dts", str(tree)], check=True,
                          capture_output=True, text=True).stdout
    return re.sub(r"^\s*(rng|kaslr)-seed = .*\n", "", text, flags=re.M)


def written(text, key):
    match = re.search(rf"^{key}: *(.*)$", text, re.M)
    return match.group(1) if match else ""


def same_board(board, folder):
    """What differs between a board of boards/ and the one that init has made."""
    ours = (board.directory / "board.yaml").read_text()
    theirs = (folder / "board.yaml").read_text()
    if decompile(board.directory / "board.dtb") != decompile(folder / "board.dtb"):
        return "another tree; is this QEMU 10.0?"
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


def run_system(program, build, board, folder):
    """What goes wrong with two small guests in the VMs that init has written."""
    for image in ("Image", "control.elf"):
        shutil.copy(board.guest(build, "hello.elf"), folder / image)
    (folder / "rootfs.cpio.gz").write_bytes(b"070701" + bytes(200))
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


def compare(program, build, work, board):
    folder = work / board.name
    command = [machine.qemu_binary(board.arch), *board.arguments]
    done = subprocess.run([program, "init", "-o", str(folder), "--qemu", shlex.join(command)],
                          capture_output=True, text=True, timeout=TIMEOUT)
    if done.returncode != 0 or "warning" in done.stderr:
        return f"init:\n{done.stderr}"
    return same_board(board, folder) or run_system(program, build, board, folder)


def names(arches):
    """All boards of ours, or those of some architectures."""
    found = sorted(path.parent.name for path in (ROOT / "boards").glob("*/board.yaml"))
    return [name for name in found if machine.read_board(name).arch in (arches or machine.QEMU)]
