#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: how many instructions each path through the hypervisor takes, its boot, and a VM's
restart and stop.

The guest bench.elf measures itself (guests/bench), under Bulkhead and on the bare machine; boot is
counted by a plugin (scripts/emulator/count.c), restart and stop too, and another one records what the timer's interrupts
touch (lines.c). All of it is exact: two runs give the same bytes. A figure is the median of the
guest's samples, which are all the same unless least and most are shown.
"""

import argparse
import collections
import json
import random
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))

import performance  # noqa: E402
from emulator import cache_lines, console, machine  # noqa: E402

BOARDS = ["qemu-arm64", "qemu-riscv64", "qemu-riscv64-aia"]
TIMEOUT = 120  # host seconds
CPUS = 4  # of each board
LIMIT = 3  # per cent by which a path may get longer
REACH = ROOT / "bench" / "reach.toml"
BEYOND = 5  # per cent by which a path may be longer than its reach

SYSTEM = """\
bulkhead: 1
board: {board}
vms:
  bench:
    cpus: {cpus}
    memory: {memory}
    image: {image}
"""
GUEST = "${guests}/bench.elf"
DEVICES = "    devices: [ rtc ]\n"  # for paths: an interrupt that is the hardware's
BOOT_MEMORY = ["64 MiB", "1 GiB"]
SMALL = BOOT_MEMORY[0]
SMALL_SIZE = 64 << 20
PAYLOAD_SIZE = 1 << 20
# What the VM's memory costs, by the functions that do it. All else is the rest: what the hypervisor
# clears for itself too.
BOOT_PARTS = {
    "clear": ["arch_memory_clear"],
    "clean": ["clean", "arch_cache_clean"],
    "checksum": ["fletcher"],
    "copy": ["copy", "memcpy"],
}
# A VM of two CPUs that is stopped, started and restarted by another one.
MANAGED = SYSTEM.replace("bench:", "idle:") + """\
  asker:
    cpus: {asker}
    memory: 4 MiB
    image: ${{guests}}/asker.elf
    args: "pause=10"
    manages: [ idle ]
"""
RESTART = f"restart {SMALL}"
RESTART_MEMORY = ["clear", "clean", "copy"]
RESTART_PARTS = [*RESTART_MEMORY, "rest"]
RESTART_LIMIT = 115  # per cent of what its memory costs that a restart may take
LINE_SIZE = cache_lines.SIZE
# The core with which timer-lines and line-clear are measured, where the board's own sets a guest's
# timer and clears a line by one instruction.
PLAIN_CORES = {"qemu-riscv64": "rv64,sstc=off,zicboz=off"}


class BenchError(Exception):
    """There is no figure, or none that could be trusted."""


def build_image(options, board, name, cpus, memory=SMALL, devices="", guest=GUEST, form=SYSTEM):
    system = options.out / f"{board.directory.name}-{name}.yaml"
    text = form.format(board=board.directory.name, cpus=cpus, memory=memory, image=guest,
                       asker=(int(cpus[-1]) + 1) % CPUS)
    system.write_text(text + devices)
    return built(options, board, system)


def built(options, board, system):
    image = system.with_suffix(".img")
    command = [str(options.build / "bulkhead"), "build", str(system), "-o", str(image),
               *board.definitions(options.build)]
    if subprocess.run(command, cwd=ROOT).returncode != 0:
        raise BenchError(f"{system} could not be built")
    return image


def run(command):
    """All lines of a run that has to end by itself, whoever said them."""
    machine_run, demux, lines = machine.Run(command), console.Demux(), []
    try:
        for _, data in machine_run.watch(TIMEOUT):
            lines += [line for _, line in demux.feed(data)]
    finally:
        code, errors = machine_run.stop()
    if machine_run.timed_out or code != 0 or errors.strip():
        last = "\n".join([*lines[-5:], errors.strip()])
        raise BenchError(f"the run did not end well ({code}):\n{last}\n"
                         f"{machine.printable(command)}")
    return lines


def measured(command):
    """row -> (median, least, most), as the guest has them."""
    rows, lines = {}, run(command)
    for line in lines:
        match = re.fullmatch(r"@bench (\S+) median=(\d+) least=(\d+) most=(\d+)", line)
        if match:
            rows[match.group(1)] = tuple(map(int, match.group(2, 3, 4)))
    if "@done" not in lines or rows.pop("nothing", None) != (0, 0, 0):
        raise BenchError("the guest did not come to its end, or its clock isn't exact:\n"
                         + "\n".join(lines[-5:]))
    return rows


def paths(options, board):
    image = build_image(options, board, "paths", options.cpus, devices=DEVICES)
    ours = measured(machine.command_line(board, options.build, extra=["-kernel", str(image)]))
    program = board.guest(options.build, "bench.elf")
    bare = measured(machine.command_line(board, options.build,
                                         extra=[*board.bare(), "-kernel", str(program)]))
    rows = {}
    for name, (median, least, most) in ours.items():
        rows[name] = {"bulkhead": median}
        if least != most:
            rows[name] |= {"least": least, "most": most}
        if name in bare:
            rows[name]["bare"] = bare[name][0]
    if touched := timer_lines(options, board):
        rows["timer-lines"] = {"bulkhead": len(touched)}
    return rows


def timer_lines(options, board):
    """As cache_lines.steady() has them; none where no timer goes through the hypervisor."""
    mediated = board if board.arch == "arm64" else plain_board(options, board)
    if mediated is None:
        return []
    image = build_image(options, mediated, "timer", first_cpu(options), guest="${guests}/timer.elf")
    record = image.with_suffix(".lines")
    run(machine.command_line(mediated, options.build, extra=[
        "-kernel", str(image), *cache_lines.plugin(options.build, board, record)]))
    return cache_lines.steady(record)


def plain_board(options, board):
    core = PLAIN_CORES.get(board.name)
    return machine.with_core(board, core, options.out / f"{board.name}-plain") if core else None


def first_cpu(options):
    return re.match(r"\d+", options.cpus)[0]


def ranges(board, options, more={}):
    """Those of BOOT_PARTS and more, as the plugin takes them: where they were linked, and where they run
    before there is any translation."""
    known = cache_lines.symbols(options.build / board.arch / "hypervisor.elf")
    base = min(address for _, address, _ in known)
    out = []
    for part, names in (BOOT_PARTS | more).items():
        found = [(address, size) for name, address, size in known if name in names]
        if not found:
            raise BenchError(f"the hypervisor has no function called {' or '.join(names)} any more:"
                             " BOOT_PARTS of scripts/bench.py has to be told")
        for address, size in found:
            out += [f"{part}={address:#x}+{size}", f"{part}={address - base + board.home:#x}+{size}"]
    return out


def entry(elf):
    return int.from_bytes(elf.read_bytes()[24:32], "little")


def counted(options, board, record, places, parts, arguments):
    """What CPUs execute between each two of these places, which they pass one after the other: for
    each, part -> instructions, all other ones as `rest`."""
    record.unlink(missing_ok=True)
    begin, *ends = map(hex, places)
    plugin = ",".join([str(options.build / "bulkhead-count.so"), f"out={record}", f"begin={begin}",
                       *(f"end={end}" for end in ends), *parts])
    run(machine.command_line(board, options.build,
                             extra=[*map(str, arguments), "-plugin", plugin]))
    blocks = [collections.Counter()]
    for part, count in map(str.split, record.read_text().splitlines()):
        blocks[-1][part] += int(count)
        if part == "rest":
            blocks.append(collections.Counter())
    if len(blocks) != len(places):
        raise BenchError(f"the run ended before it came to {ends[len(blocks) - 1]}")
    return blocks[:-1]


def counted_boot(options, board, image):
    """From the hypervisor's first instruction to the guest's, by parts."""
    places = [board.home, entry(board.guest(options.build, "bench.elf"))]
    return counted(options, board, image.with_suffix(".counts"), places, ranges(board, options),
                   ["-kernel", image])[0]


def boot(options, board):
    """By the VM's memory; and what a line of memory costs, and of payload."""
    rows, cpu = {}, first_cpu(options)
    for memory in dict.fromkeys([SMALL, *(options.boot_memory or BOOT_MEMORY)]):
        image = build_image(options, board, f"boot-{memory.replace(' ', '')}", cpu, memory)
        parts = counted_boot(options, board, image)
        for part in [*BOOT_PARTS, "rest"]:
            rows[f"boot {memory} {part}"] = {"bulkhead": parts[part]}
        if memory == SMALL:
            small, clear = parts, parts["clear"]
    if plain := plain_board(options, board):  # whichever function clears there
        parts = counted_boot(options, plain, build_image(options, plain, "boot", cpu))
        clear += sum(parts.values()) - parts["clean"] - (sum(small.values()) - small["clean"])
    payload = options.out / "payload.bin"
    payload.write_bytes(random.Random(1).randbytes(PAYLOAD_SIZE))
    load = entry(board.guest(options.build, "bench.elf"))
    image = build_image(options, board, "payload", cpu,
                        guest=f"{{ file: {payload}, load: {load:#x} }}")
    checksum = counted_boot(options, board, image)["checksum"]
    rows["line-clear"] = {"bulkhead": round(clear * LINE_SIZE / SMALL_SIZE)}
    rows["line-checksum"] = {"bulkhead": round(checksum * LINE_SIZE / PAYLOAD_SIZE)}
    return rows


def restart(options, board):
    """What the cores of a VM execute from another one's request on, to its guest's first instruction
    or, stopped, at all. Their waits for each other are the emulator's slices, and left out."""
    image = build_image(options, board, "managed", options.cpus, guest="${guests}/idle.elf",
                        form=MANAGED)
    known = {name: address for name, address, _ in
             cache_lines.addresses(options.build / board.arch / "hypervisor.elf")}
    enters, asks = entry(board.guest(options.build, "idle.elf")), known["vm_ask"]
    parts = ranges(board, options, {"wait": ["barrier_wait", "arch_relax", "arch_wait"]})
    # It is stopped, started and restarted, and rests before.
    stop, _, _, again = counted(options, board, image.with_suffix(".counts"),
                                [asks, asks, enters, asks, enters], ["vm=0", *parts],
                                ["-kernel", image])
    del stop["wait"], again["wait"]
    whole = sum(again.values())
    rows = {"stop": sum(stop.values()), RESTART: whole,
            **{f"{RESTART} {part}": again[part] for part in RESTART_PARTS},
            "restart MiB": round(whole / (SMALL_SIZE >> 20))}
    return {name: {"bulkhead": value} for name, value in rows.items()}


def reaches():
    """board -> row -> how long it is to be."""
    return tomllib.loads(REACH.read_text())


def is_beyond(row, reach):
    return 100 * (row["bulkhead"] - reach) > BEYOND * reach


def table(board, rows):
    lines = [f"{board + ', instructions':40}{'bulkhead':>12}{'bare':>10}{'reach':>10}"]
    reach = reaches().get(board, {})
    for name, row in rows.items():
        line = f"  {name:38}{row['bulkhead']:>12,}{row.get('bare', '-'):>10}"
        if name in reach:
            line += f"{reach[name]:>10,}" + ("  BEYOND" if is_beyond(row, reach[name]) else "")
        lines.append(line + (f"   {row['least']} to {row['most']}" if "least" in row else ""))
    return "\n".join(lines) + "\n"


def documented(board, rows):
    """What docs/performance.md has of a board."""
    reach = reaches().get(board, {})
    return {name: [row.get("bare"), row["bulkhead"], reach.get(name)] for name, row in rows.items()}


def compared(before, after):
    """Text, and whether no path got longer or lost."""
    lines, good = [], True
    for board, rows in after.items():
        lines.append(f"{board + ', instructions':40}{'before':>12}{'after':>12}{'':>4}per cent")
        old = before.get(board, {})
        for name in dict.fromkeys([*old, *rows]):
            was, now = (at.get(name, {}).get("bulkhead") for at in (old, rows))
            line = f"  {name:38}{was if was is not None else '-':>12}{now if now is not None else '-':>12}"
            if was and now is not None:
                change = 100 * (now - was) / was
                line += f"{change:>+12.1f}"
            bad = was is not None and (now is None or 100 * (now - was) > LIMIT * was)
            good = good and not bad
            lines.append(line + ("  TOO LONG" if bad and now is not None else "  GONE" if bad else ""))
    return "\n".join(lines) + "\n", good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--cpus", default="0-1", help="of the VM: two of them")
    parser.add_argument("--boot-memory", action="append", metavar="SIZE",
                        help=f"of the VM that is booted ({', '.join(BOOT_MEMORY)})")
    parser.add_argument("--lines", action="store_true",
                        help="only say which cache lines the timer's interrupt touches")
    parser.add_argument("--docs", action="store_true", help="write docs/performance.md")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--against", type=Path, metavar="JSON",
                        help=f"compare; 1 if a path got longer by more than {LIMIT} %%")
    parser.add_argument("boards", nargs="*", default=BOARDS)
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.out = options.build / "bench"
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        before = json.loads(options.against.read_text()) if options.against else None
        figures = {}
        for board in map(machine.read_board, options.boards):
            if options.lines:
                print(cache_lines.text(options.build, board, timer_lines(options, board)), end="")
                continue
            figures[board.name] = (paths(options, board) | boot(options, board) |
                                   restart(options, board))
            if options.docs:
                performance.write(board.name, ["bare", "Bulkhead", "reach"],
                                  documented(board.name, figures[board.name]))
    except (BenchError, machine.MachineError, OSError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    if options.lines:
        return 0
    if options.json:
        print(json.dumps(figures, indent=1))
    if before is not None:
        text, good = compared(before, figures)
        print(text, end="", file=sys.stderr if options.json else sys.stdout)
        return 0 if good else 1
    if not options.json:
        print("\n".join(table(board, rows) for board, rows in figures.items()), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
