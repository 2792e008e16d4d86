# SPDX-License-Identifier: Apache-2.0
"""RAM in pieces: trees with 1 to 8 banks and 0 to 16 holes reserved in them, three `reserve:` entries,
and a first bank that is all reserved. `bulkhead init` has to make boards of them of whose systems
neither it, which checks what it has written, nor `check` has anything to say.
"""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MIB = 1 << 20
BANK, BANKS_APART = 128 * MIB, 256 * MIB
HOLE, HOLES_APART = 0x1000, 1 * MIB
BASES = {"arm64": 0x40000000, "riscv64": 0x80000000}
PAD = 0x1000_0000 - 2 * MIB  # of a scratchpad below all RAM, where neither board has anything


def cells(*numbers):
    return "<" + " ".join(f"0x{number >> 32:x} 0x{number & 0xffffffff:x}" for number in numbers) + ">"


def node(name, at, *ranges, more=""):
    return f"{name}@{at:x} {{ reg = {cells(*(ranges or (at, HOLE)))}; {more} }}; "


def reserved(nodes):
    return f"reserved-memory {{ #address-cells = <2>; #size-cells = <2>; ranges; {nodes} }}; "


def pieces(base, banks, holes):
    """RAM of so many banks; a hole each in turn, every other one in the tree's list of reservations."""
    starts = [base + n * BANKS_APART for n in range(banks)]
    at = [starts[n % banks] + BANK // 2 + n * HOLES_APART for n in range(holes)]
    listed = "".join(f"/memreserve/ {hole:#x} {HOLE:#x}; " for hole in at[1::2])
    return listed, (node("memory", base, *(number for start in starts for number in (start, BANK)))
                    + reserved("".join(node("hole", hole, more="no-map;") for hole in at[::2])))


def scratchpad(base):
    """A bank below the board's RAM, all of it reserved."""
    return "", (node("memory", PAD, PAD, MIB, more='device_type = "memory";')
                + reserved(node("pad", PAD, PAD, MIB, more="no-map;")))


class Holes:
    """The cases of one architecture, on a tree of boards/."""

    def __init__(self, program, work, arch, fill_in):
        self.program, self.work, self.arch, self.fill_in = program, work, arch, fill_in
        tree = ROOT / f"boards/qemu-{arch}/board.dtb"
        text = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", tree], check=True,
                              capture_output=True, text=True).stdout
        self.source = text.removeprefix("/dts-v1/;")
        self.problems = []

    def run(self, name, *arguments, said=""):
        """Has the command say nothing that is wrong, or as one error or warning what it has to."""
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True)
        wrong = re.findall(r": (?:error|warning): .*", done.stderr)
        good = done.returncode == 0 and not wrong and said in done.stdout + done.stderr
        self.problems.append("" if good else
                             f"{self.arch}, {name}: exit code {done.returncode}\n{done.stderr}")

    def init(self, name, listed, root, said=""):
        """A board; what init says of its system is what check would, as the guests are there."""
        folder = self.work / f"{self.arch}-{name}"
        folder.mkdir()
        self.fill_in(folder, self.arch)
        tree = folder / "virt.dtb"
        subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree], check=True, text=True,
                       input=f"/dts-v1/; {listed} {self.source} / {{ {root} }};")
        self.run(name, "init", "-o", str(folder), str(tree), said=said)
        return folder

    def all(self):
        base = BASES[self.arch]
        for banks in range(1, 9):
            for holes in range(17):
                self.init(f"{banks}-banks-{holes}-holes", *pieces(base, banks, holes),
                          said=f", {number_of(banks * BANK)} of RAM\n")
        folder = self.init("reserve", *pieces(base, 2, 0))
        board = folder / "board.yaml"
        three = ", ".join(f"{{ phys: {base + n * 32 * MIB:#x}, size: 1 MiB }}" for n in (1, 2, 3))
        board.write_text(re.sub("(?m)^(# )?reserve: .*", f"reserve: [ {three} ]", board.read_text()))
        self.run("three reserves", "check", str(folder / "system.yaml"))
        folder = self.init("scratchpad", *scratchpad(base))
        self.run("a guest's RAM is not at a scratchpad", "show", "--no-images", "--vm", "linux",
                 str(folder / "system.yaml"), said=f"  0x{base:010x} - ")
        return self.problems


def number_of(size):
    return f"{size >> 30} GiB" if size % (1 << 30) == 0 else f"{size >> 20} MiB"


def test(program, work, arch, fill_in):
    """What is wrong, case by case; empty where nothing is."""
    return Holes(program, work, arch, fill_in).all()
