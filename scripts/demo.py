#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make demo`: Linux and a 1 kHz control loop side by side, each walled in.

On a terminal this is `bulkhead run` with its consoles. Without one it runs the control loop alone
on the bare machine, then the whole system, both under the emulator's deterministic clock; has
Linux work, panic and come back; and judges the loop's own record. Exit code 0: all was as it must
be. The last lines are `metric<TAB>value`.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))

from emulator import console, machine  # noqa: E402

LINUX, CONTROL = "linux", "control"
LINUX_CPUS = 3
RELEASES = 10000  # at least so many, with and without Linux
BARE_TIMEOUT = 60  # host seconds
SYSTEM_TIMEOUT = 300

# The story: speaker, line, what it shows. What one speaker says must come in this order; who
# of several speaks first is the run's own business.
STORY = [
    (console.HYPERVISOR, r".*\bisolation on.*", "all isolation is on before any guest runs"),
    (CONTROL, r"@control .*\bmisses=0\b.*", "the control loop runs"),
    (LINUX, rf"@linux up cpus={LINUX_CPUS} restarts=0\b.*", "Linux is up on all its CPUs"),
    (LINUX, rf"@linux work cpus={LINUX_CPUS} ok\b.*", "Linux did real work on all its CPUs"),
    (LINUX, r".*Kernel panic - not syncing.*", "Linux panicked"),
    (console.HYPERVISOR, rf"vm {LINUX}: restarting \(1\).*", "Bulkhead restarts Linux alone"),
    (LINUX, rf"@linux up cpus={LINUX_CPUS} restarts=1\b.*", "Linux is back"),
    (LINUX, rf"@linux work cpus={LINUX_CPUS} ok\b.*", "Linux works again"),
    (CONTROL, r"@control .*\breleases=\d{5,}\b.*", "the control loop has seen it all"),
]
# What must not happen to whom, whenever.
NEVER = [
    (console.HYPERVISOR, rf"vm {CONTROL}: (stopped|off|restarting).*"),
    (console.HYPERVISOR, rf"vm {LINUX}: (stopped|off).*"),
    (console.HYPERVISOR, rf"vm {LINUX}: restarting \((?!1\)).*"),
    (console.HYPERVISOR, r".*\bpanic\b.*"),
    (CONTROL, r"@test .* fail.*"),
    (LINUX, r"@linux .*\bfail.*"),
]


class Story:
    """Follows a run: what has happened, what went wrong, what the loop recorded. Pure."""

    def __init__(self, steps=STORY, never=NEVER):
        self.steps = list(steps)  # those still to come
        self.never = never
        self.wrong = []
        self.records = []  # the control loop's, oldest first
        self.last_word = False  # the loop has reported since all others came to their end

    def line(self, speaker, line):
        """Takes in one line; returns what it shows, if it is the next step, else None."""
        for who, pattern in self.never:
            if who == speaker and re.fullmatch(pattern, line):
                self.wrong.append(f"{speaker} said: {line}")
        fields = console.record(line, CONTROL) if speaker == CONTROL else None
        if fields and "releases" in fields:
            self._record(fields)
        step = next((step for step in self.steps if step[0] == speaker), None)
        if step is None or not re.fullmatch(step[1], line):
            return None
        self.steps.remove(step)
        return step[2]

    def _record(self, fields):
        for key in ("releases", "misses", "worst_ns"):
            if number(fields, key) is None:
                self.wrong.append(f"the control loop's record has no number for '{key}'")
                return
        if fields["misses"] != "0":
            self.wrong.append(f"the control loop missed {fields['misses']} of "
                              f"{fields['releases']} releases")
        if self.records and int(fields["releases"]) <= int(self.records[-1]["releases"]):
            self.wrong.append("the control loop started over, or stands still")
        if "fallen" in fields:
            self.wrong.append("the pendulum that the control loop balances has fallen")
        self.records.append(fields)
        self.last_word = all(who == CONTROL for who, _, _ in self.steps)

    def complete(self):
        return not self.steps and self.last_word

    def problems(self):
        owed = [f"it never came to: {step[2]}" for step in self.steps[:1]]
        if not self.steps and not self.last_word:
            owed = ["the control loop did not report at the end"]
        return list(dict.fromkeys(self.wrong)) + owed


def say(text=""):
    print(text, flush=True)


def follow(command, story, timeout, *, first_speaker, show):
    """Runs a machine until the story is complete, goes wrong or takes too long."""
    demux = console.Demux(first_speaker)
    run = machine.Run(command)
    try:
        for _, data in run.watch(timeout):
            for speaker, line in demux.feed(data):
                if show and speaker != console.FIRMWARE:
                    say(f"{speaker:>9}| {line}")
                shows = story.line(speaker, line)
                if shows and show:
                    say(f"{'':>9}  -> {shows}")
                if story.complete():
                    return []
            if story.wrong:
                return story.problems()
    finally:
        _, errors = run.stop()
    why = [f"not done within {timeout} s"] if run.timed_out else ["the machine switched itself off"]
    if errors.strip():
        why.append(f"QEMU said: {errors.strip()}")
    return story.problems() + why


def bare_machine(options, board):
    """The same loop with no hypervisor and no neighbours: what there is to lose."""
    program = board.guest(options.build, "control.elf")
    story = Story([(CONTROL, r"@control .*\breleases=\d{5,}\b.*", f"{RELEASES} releases")], [])
    command = machine.command_line(board, options.build,
                                   extra=[*board.bare(), "-kernel", str(program)])
    return follow(command, story, BARE_TIMEOUT, first_speaker=CONTROL, show=False), story


def scripted_description(options):
    """The same system, with Linux told on its command line to play its part."""
    text = options.system.read_text()
    scripted, count = re.subn(rf"^  {LINUX}:\n", rf'\g<0>    args: "bulkhead.demo"\n', text,
                              flags=re.M)
    if count != 1:
        raise machine.MachineError(f"{options.system}: no VM is called {LINUX}")
    path = options.build / "demo.yaml"
    path.write_text(scripted)
    return path


def whole_system(options, board):
    image = options.build / "demo.img"
    description = scripted_description(options)
    build = [str(options.build / "bulkhead"), "build", str(description), "-o", str(image),
             *board.definitions(options.build)]
    if not Path(build[0]).exists():
        raise machine.MachineError(f"no {build[0]}; run `make tool`")
    if subprocess.run(build, cwd=ROOT).returncode != 0:
        raise machine.MachineError("the system could not be built")
    log = options.build / "demo-qemu.log"
    log.unlink(missing_ok=True)
    command = machine.command_line(board, options.build, qemu_log=log,
                                   extra=["-kernel", str(image)])
    story = Story()
    problems = follow(command, story, SYSTEM_TIMEOUT, first_speaker=console.FIRMWARE, show=True)
    if log.exists() and (lines := log.read_text(errors="replace").split("\n")[:-1]):
        problems += [f"QEMU logged: {line}" for line in lines[:5]]
    return problems, story


def number(fields, key):
    text = fields.get(key, "")
    return int(text) if text.isdigit() else None


def exits(records):
    """Exits of the control loop's core per release; each record counts those since the last."""
    out = {}
    for key, name in (("timer_exits", "exits_per_release"), ("other_exits", "other_exits")):
        counts = [number(fields, key) for fields in records]
        if counts and None not in counts:
            share = sum(counts) / number(records[-1], "releases")
            out[name] = f"{share:.3f}".rstrip("0").rstrip(".")
    return out


def metrics(bare, system):
    """metric -> value of the last records; what a record doesn't hold is left out."""
    out = {}
    last = system.records[-1] if system.records else {}
    alone = bare.records[-1] if bare.records else {}
    for prefix, fields in (("", last), ("bare.", alone)):
        for key in ("releases", "misses", "worst_ns", "wake_insns", "wake_typical"):
            if (value := number(fields, key)) is not None:
                out[prefix + key] = value
    for key in ("hv_insns", "hv_typical", "hv_mean"):
        if (value := number(last, key)) is not None:
            out[key] = value
    out |= exits(system.records)
    out["linux.restarts"] = int(all(shows != "Linux is back" for _, _, shows in system.steps))
    return out


def summary(values, problems):
    say()
    say("The control loop's own record, kept by itself:")
    say(f"  {'':24}{'bare machine':>14}{'beside Linux':>14}")
    for key, text in (("releases", "releases at 1 kHz"), ("misses", "deadlines missed"),
                      ("worst_ns", "worst release, ns"),
                      ("wake_typical", "instr. from wake-up"),
                      ("wake_insns", "  at worst")):
        say(f"  {text:24}{values.get('bare.' + key, '-'):>14}{values.get(key, '-'):>14}")
    say(f"  {'exits per release':24}{'none':>14}{values.get('exits_per_release', '-'):>14}")
    say(f"  {'hypervisor instructions':24}{'none':>14}{values.get('hv_typical', '-'):>14}")
    say(f"  {'  at worst':24}{'none':>14}{values.get('hv_insns', '-'):>14}")
    say(f"  Linux panicked and came back {values['linux.restarts']} time(s) meanwhile.")
    say("'At worst' counts neighbours' instructions too where a slice of the emulator's ends there.")
    say("Time is the emulator's: one instruction, one nanosecond. This shows containment and")
    say("counts; it does not show interference in caches or buses, which QEMU has none of.")
    say()
    for problem in problems:
        say(f"FAILED: {problem}")
    for name, value in values.items():
        say(f"{name}\t{value}")
    say(f"verdict\t{'fail' if problems else 'pass'}")


def scripted(options):
    board = machine.read_board(options.board)
    say("The control loop alone on the bare machine, for comparison ...")
    problems, bare = bare_machine(options, board)
    problems = [f"bare machine: {problem}" for problem in problems]
    say("Linux on three CPUs and the control loop on the fourth, under Bulkhead:")
    system_problems, system = whole_system(options, board)
    summary(metrics(bare, system), problems + system_problems)
    return 1 if problems or system_problems else 0


def interactive(options):
    tool = options.build / "bulkhead"
    board = machine.read_board(options.board)
    os.execv(tool, [str(tool), "run", str(options.system), *board.definitions(options.build)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--board", default=machine.DEFAULT_BOARD)
    parser.add_argument("system", type=Path, nargs="?",
                        default=ROOT / "examples" / "demo" / "system.yaml")
    options = parser.parse_args()
    options.build = options.build.resolve()
    try:
        if sys.stdin.isatty() and sys.stdout.isatty():
            interactive(options)
        return scripted(options)
    except (machine.MachineError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
