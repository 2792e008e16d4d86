#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ruler and what it is for: `make bench` has all its figures, is exact, and sees a path that got
longer; no path is beyond its reach (reach.toml).

usage: bench_test.py [--build DIR] BOARD...
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))

import bench  # noqa: E402
import performance  # noqa: E402
from emulator import machine  # noqa: E402

# What each board must have, and by how much a path may differ on other cores of the same machine:
# the firmware's masks and the barrier's turn are not the same there.
IPI = ["{}-self", "{}-self-timer", "{}-other", "{}-round-trip"]
ARM64 = ["smccc-version", "psci-version", "own-call", "gicd-typer", "gicd-ipriorityr",
         "gicd-isenabler", "gicd-isenabler-write", "gicd-ispendr", "gicd-isactiver", "uart-flag",
         "uart-data", "timer", "timer-lines", "cpu-on", *(name.format("sgi") for name in IPI)]
RISCV64 = ["unknown-call", "sbi-base", "own-call", "set-timer", "rfence-i-self", "uart-flag",
           "uart-data", "timer", "hart-start", *(name.format("sbi-ipi") for name in IPI)]
MSI = [name.format("msi") for name in IPI]
PATHS = {"qemu-arm64": ARM64, "qemu-riscv64": [*RISCV64, "timer-lines"],
         "qemu-riscv64-aia": RISCV64 + MSI}
BOOT = [*(f"boot {memory} {part}" for memory in bench.BOOT_MEMORY
          for part in [*bench.BOOT_PARTS, "rest"]), "line-clear", "line-checksum"]
RESTART = ["stop", bench.RESTART, "restart MiB",
           *(f"{bench.RESTART} {part}" for part in bench.RESTART_PARTS)]
NOT_BARE = ["own-call", "timer-lines", *BOOT, *RESTART]
ELSEWHERE = 0.01
LONGEST = 100000  # no path comes near it, unless a clock ran backwards
# Delivered by the hardware, so the hypervisor adds nothing to them.
DIRECT = {"qemu-arm64": [], "qemu-riscv64": ["timer"], "qemu-riscv64-aia": ["timer", *MSI]}


def figures(build, board, *more):
    """What the script prints, and its exit code."""
    result = subprocess.run([sys.executable, ROOT / "scripts" / "bench.py", "--build", str(build),
                             "--json", *more, board],
                            capture_output=True, text=True)
    return result.stdout or result.stderr, result.returncode


def complete(board, rows):
    """Every row is there and says something; what the bare machine has too stands beside it."""
    wanted = PATHS[board] + BOOT + RESTART
    if sorted(rows) != sorted(wanted):
        return f"rows missing or too many: {sorted(set(rows) ^ set(wanted))}"
    for name, row in rows.items():
        if row["bulkhead"] <= 0 or row.get("bare", 1) <= 0:
            return f"{name} is nothing: {row}"
        if name in PATHS[board] and max(row.values()) > LONGEST:
            return f"{name} can't be: {row}"
        if ("bare" in row) == (name in NOT_BARE):
            return f"{name}: on the bare machine, or not there, against expectation"
    for name in DIRECT[board]:
        if rows[name]["bulkhead"] != rows[name]["bare"]:
            return f"{name} costs something: {rows[name]}"
    return None


def sees_changes(board, rows):
    """A path longer by more than the limit, or gone, fails; one by less, and a new one, do not."""
    path, value = "own-call", rows["own-call"]["bulkhead"]

    def verdict(before):
        return bench.compared({board: before}, {board: rows})[1]

    less = {**rows, path: {"bulkhead": value * 100 // (100 + bench.LIMIT) - 1}}
    nearly = {**rows, path: {"bulkhead": value * 100 // (100 + bench.LIMIT) + 1}}
    fewer = {name: row for name, row in rows.items() if name != path}
    if [verdict(rows), verdict(nearly), verdict(fewer)] != [True] * 3:
        return "an unchanged, a slightly longer or a new path fails"
    if [verdict(less), verdict({**rows, "gone": {"bulkhead": 1}})] != [False] * 2:
        return "a path that is too long, or gone, passes"
    return None


def too_long(board, rows):
    """Each path that has a reach is there, and within it."""
    reach = bench.reaches()[board]
    at = {"bulkhead": 100 + bench.BEYOND}
    if bench.is_beyond(at, 100) or not bench.is_beyond({"bulkhead": at["bulkhead"] + 1}, 100):
        return "a path may be longer than its reach by another part than was said"
    if unknown := set(reach) - set(rows):
        return f"a reach of what isn't measured: {sorted(unknown)}"
    beyond = [f"{name} takes {rows[name]['bulkhead']}, more than {most}"
              for name, most in reach.items() if bench.is_beyond(rows[name], most)]
    memory = sum(rows[f"{bench.RESTART} {part}"]["bulkhead"] for part in bench.RESTART_MEMORY)
    if 100 * rows[bench.RESTART]["bulkhead"] > bench.RESTART_LIMIT * memory:
        beyond.append(f"{bench.RESTART} takes more than {bench.RESTART_LIMIT} % of {memory}")
    return "beyond their reach: " + "; ".join(beyond) if beyond else None


def page_is_wrong(board, rows):
    """docs/performance.md says the same; and it is seen where it doesn't."""
    rows = bench.documented(board, rows)
    other = {**rows, "own-call": [None, 1, None]}
    if performance.stale(board, other) is None:
        return "a wrong docs/performance.md passes"
    return performance.stale(board, rows)


def problem(build, board):
    first, code = figures(build, board)
    if code != 0:
        return first
    rows = json.loads(first)[board]
    if why := complete(board, rows) or sees_changes(board, rows):
        return why
    old = build / "bench" / f"{board}-test.json"
    old.write_text(first)
    again, code = figures(build, board, "--against", str(old))
    if (again, code) != (first, 0):
        return f"a second run says something else:\n{first}\n{again}"
    text, code = figures(build, board, "--cpus", "2-3", "--boot-memory", "64 MiB")
    elsewhere = json.loads(text)[board] if code == 0 else {}
    for name in PATHS[board]:
        there = elsewhere.get(name, {"bulkhead": 0})["bulkhead"]
        if abs(there - rows[name]["bulkhead"]) > ELSEWHERE * rows[name]["bulkhead"]:
            return f"on CPUs 2 and 3 {name} takes {there}, not {rows[name]['bulkhead']}\n{text}"
    return too_long(board, rows) or page_is_wrong(board, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("boards", nargs="+")
    options = parser.parse_args()
    failed = 0
    for board in options.boards:
        try:
            why = problem(options.build.resolve(), board)
        except (machine.MachineError, OSError, ValueError) as error:
            why = str(error)
        print(f"bench@{board} {'fail: ' + why if why else 'ok'}", flush=True)
        failed += bool(why)
    print(f"{len(options.boards) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
