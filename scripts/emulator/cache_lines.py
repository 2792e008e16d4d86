# SPDX-License-Identifier: Apache-2.0
"""Which cache lines the timer's interrupt touches in the hypervisor, as lines.c records them; and the
symbols of a program."""

import re
import subprocess

from emulator import machine

# Where the guest's interrupts come in, and what the timer's alone pass, where others come in too.
INTERRUPTS = {"arm64": ("vectors", 0x480, None), "riscv64": ("vectors", 0, "timer_fired")}
SIZE = 64


def addresses(path):
    """(name, address, nm's kind) of a program's symbols, in their order."""
    text = subprocess.run(["nm", "-n", str(path)], capture_output=True, text=True, check=True).stdout
    return [(name, int(address, 16), kind) for address, kind, name in
            re.findall(r"^([0-9a-f]+) (\w) (\w+)$", text, re.M)]


def symbols(path, kinds="tT"):
    """(name, address, size up to the next one) of a program's functions and labels, or others."""
    found = [(name, address) for name, address, kind in addresses(path) if kind in kinds]
    return [(name, address, following - address)
            for (name, address), (_, following) in zip(found, found[1:]) if following != address]


def plugin(build, board, record):
    """What makes a run of QEMU's record them, in this file."""
    known = {name: address for name, address, _ in
             addresses(build / board.arch / "hypervisor.elf")}
    vector, offset, through = INTERRUPTS[board.arch]
    if missing := {vector, through or vector} - known.keys():
        raise machine.MachineError(f"the hypervisor has no {', '.join(missing)} any more: INTERRUPTS of"
                                   " scripts/emulator/cache_lines.py has to be told")
    base = known["link_text_start"]
    record.unlink(missing_ok=True)
    words = [str(build / "bulkhead-lines.so"), f"out={record}",
             f"begin={known[vector] + offset:#x}",
             f"text={base:#x}+{known['link_const_start'] - base}"]
    words += [f"through={known[through]:#x}"] if through else []
    return ["-plugin", ",".join(words)]


def steady(record):
    """(line, the instruction that touched it first), of the interrupt that is the median by how many
    it touches."""
    interrupts = sorted(map(str.split, record.read_text().splitlines()), key=len)
    if not interrupts:
        raise machine.MachineError("there was no interrupt")
    median = interrupts[len(interrupts) // 2]
    return sorted(tuple(int(word, 16) for word in line.split("@")) for line in median)


def text(build, board, touched):
    """The same for a reader who wants fewer of them."""
    known = symbols(build / board.arch / "hypervisor.elf", "tTrRbBdD")

    def names(begin, size):
        found = [(name, begin - address) for name, address, length in known
                 if address < begin + size and begin < address + length]
        return " ".join(name + (f"+{offset:#x}" if offset > 0 else "") for name, offset in found)

    out = [f"{board.name}: the timer's interrupt touches {len(touched)} lines"]
    for line, first in touched:
        kind, line = ("data", "code")[line & 1], line & ~1
        out.append(f"  {kind} {line:#x}  first by {names(first, 1):26} {names(line, SIZE)}")
    return "\n".join(out) + "\n"
