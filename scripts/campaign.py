#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The hostile campaign (guests/campaign/): one machine after the other, each with the seeds
behind the last one's, until a number of operations is reached or something is found.

How far each board is stands in a file, from which the next call goes on. A finding ends on the
first seed of its machine: `--seed N` runs that one again, and all of it is the same.
"""

import argparse
import concurrent.futures
import json
import re
import socket
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "system"))

import run as runner  # noqa: E402
from emulator import console, machine  # noqa: E402

CAUSES = re.findall(r"EXIT_(\w+) =", (ROOT / "abi" / "counters.h").read_text())[:-1]
LIFE = re.compile(r"@life seed=(\d+)")
PROGRESS = re.compile(r"@campaign seed=(\d+) ops=(\d+) seen=0x([0-9a-f]+) exits=((?:\d+,){%d}\d+)"
                      % (len(CAUSES) - 1))
WITNESS = re.compile(r"@witness releases=(\d+) rounds=\d+ worst_ns=(\d+) worst_of_all_ns=(\d+)")
WRONG = [re.compile(pattern) for pattern in (
    r"bulkhead: .*\bpanic\b.*", r"bulkhead: .*halting.*", r"bulkhead: vm witness: (?!started).*",
    r"bulkhead: vm campaign: (stopped|off).*", r"witness: @test .* fail.*", r"campaign: @escape .*")]
SILENCE = 60  # host seconds; ten times what a busy host takes for a line of the witness


class Watch:
    """What one machine has said."""

    def __init__(self, seed):
        self.seeds, self.ops, self.seen, self.exits = {seed}, {}, 0, [0] * len(CAUSES)
        self.releases = 0
        self.worst = [0, 0]
        self.finding = None
        self.last = {"witness": time.monotonic(), "campaign": time.monotonic()}

    def line(self, speaker, line):
        if match := LIFE.fullmatch(line):
            self.seeds.add(int(match[1]))
        elif match := PROGRESS.fullmatch(line):
            seed, ops = int(match[1]), int(match[2])
            self.ops[seed] = max(ops, self.ops.get(seed, 0))
            self.seen |= int(match[3], 16)
            self.exits = [int(count) for count in match[4].split(",")]
        elif match := WITNESS.fullmatch(line):
            self.releases, self.worst = int(match[1]), [int(match[2]), int(match[3])]
        if any(pattern.fullmatch(f"{speaker}: {line}") for pattern in WRONG):
            self.finding = f"{speaker}: {line}"
        self.last[speaker] = time.monotonic()

    def silent(self):
        """Who has said nothing for too long."""
        return [who for who, at in self.last.items()
                if who in ("witness", "campaign") and time.monotonic() - at > SILENCE]


def registers(path):
    """All CPUs' registers, of a machine that runs."""
    with socket.socket(socket.AF_UNIX) as monitor:
        monitor.connect(str(path))
        monitor.settimeout(2)
        monitor.sendall(b"info registers -a\n")
        answer = b""
        try:
            while answer.count(b"(qemu)") < 2:
                answer += monitor.recv(65536)
        except TimeoutError:
            pass
    return answer


def is_at_its_vector(text):
    """Whether a hart is to execute its exception vector, after the fetch of just that has failed."""
    return any(hart[0] == hart[1] and hart[2] in ("1", "c") for hart in re.findall(
        r"^ pc +0*(\w+)\s.*?^ stvec +0*(\w+)\s.*?^ scause +0*(\w+)\s", text, re.S | re.M))


def stands_still(path):
    """Whether the emulator's time does: a guest whose exception vector cannot be fetched takes none
    of it (a real core's interrupts end that). Whatever else stands still is a finding."""
    before = registers(path)
    path.with_name("registers").write_bytes(before)
    time.sleep(1)
    return before == registers(path) and is_at_its_vector(before.decode().replace("\r", ""))


def play(board, options, seed, seconds):
    """One machine; its Watch, and whether the emulator itself was at its end."""
    work = options.build / "tests" / "campaign" / board.name
    work.mkdir(parents=True, exist_ok=True)
    text = (runner.HERE / f"campaign-{board.arch}" / "system.yaml").read_text()
    (work / "system.yaml").write_text(text.replace("seed=1 ", f"seed={seed} "))
    case = runner.cases.Case(name="campaign", directory=work)
    command = runner.command_for(case, board, options, work)
    at = command.index("-d")
    del command[at:at + 4]  # a log of all that is wrong would be long
    monitor = work / "monitor"
    command[command.index("-monitor") + 1] = f"unix:{monitor},server=on,wait=off"
    watch, demux, still = Watch(seed), console.Demux(), False
    machine_run = machine.Run(command)
    with open(work / "serial.log", "w", encoding="utf-8") as log:
        for _, data in machine_run.watch(seconds):
            for speaker, line in demux.feed(data):
                print(f"{speaker}: {line}", file=log)
                watch.line(speaker, line)
            if watch.silent() and not watch.finding:
                still = stands_still(monitor)
                watch.finding = None if still else f"{', '.join(watch.silent())}: says no more"
            if watch.finding or still:
                break
    code, errors = machine_run.stop()
    if machine_run.exited and not watch.finding:
        watch.finding = f"QEMU ended with {code}: {errors.strip()}"
    return watch, still


def add(total, watch, still):
    total["seed"] = max(watch.seeds) + 1
    total["ops"] = total.get("ops", 0) + sum(watch.ops.values())
    total["lives"] = total.get("lives", 0) + len(watch.seeds)
    total["releases"] = total.get("releases", 0) + watch.releases
    total["worst_ns"] = list(map(max, total.get("worst_ns", [0, 0]), watch.worst))
    total["stood_still"] = total.get("stood_still", 0) + still
    total["seen"] = total.get("seen", 0) | watch.seen
    total["exits"] = [a + b for a, b in zip(total.get("exits", [0] * len(CAUSES)), watch.exits)]


def tell(name, total):
    reasons = " ".join(f"{cause.lower()}={count}" for cause, count in zip(CAUSES, total["exits"]))
    seen = ",".join(str(bit) for bit in range(64) if total["seen"] >> bit & 1)
    print(f"{name}: ops={total['ops']} lives={total['lives']} next-seed={total['seed']} "
          f"worst_ns={total['worst_ns'][0]} ({total['worst_ns'][1]} with its own console) of "
          f"{total['releases']} releases, "
          f"stood-still={total['stood_still']}\n  exits: {reasons}\n  exceptions: {seen}", flush=True)


def campaign(name, options, totals):
    """Whether nothing was found."""
    board, total = machine.read_board(name), totals.setdefault(name, {"seed": 1, "ops": 0})
    seed = options.seed or total["seed"]
    goal = time.monotonic() + options.seconds if options.seconds else None
    while options.seconds or options.seed or total["ops"] < options.ops:
        watch, still = play(board, options, seed, options.seconds or options.each)
        if not options.seed:
            add(total, watch, still)
        if not options.seed:
            options.state.write_text(json.dumps(totals, indent=1, sort_keys=True) + "\n")
        if not options.seed:
            tell(name, total)
        if watch.finding:
            print(f"{name}: finding: {watch.finding}\n  again: --seed {seed} {name} (in life "
                  f"{max(watch.seeds)})", flush=True)
            return False
        if options.seed or (goal and time.monotonic() > goal):
            break
        seed = total["seed"]
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--ops", type=int, default=10_000_000, help="of each board, in all")
    parser.add_argument("--each", type=float, default=300, help="seconds for which a machine runs")
    parser.add_argument("--seconds", type=float, help="one machine a board for so long")
    parser.add_argument("--seed", type=int, help="the machine that begins with this seed")
    parser.add_argument("--state", type=Path, help="how far it is (default: beside the logs)")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("boards", nargs="+")
    options = parser.parse_args()
    options.state = options.state or options.build / "tests" / "campaign" / "state.json"
    totals = {}
    if options.state.exists():
        totals = json.loads(options.state.read_text())
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        good = list(pool.map(lambda name: campaign(name, options, totals), options.boards))
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
