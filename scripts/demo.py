#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make demo`: Linux and a 1 kHz control loop side by side, each walled in.

On a terminal this is `bulkhead run` with its consoles. Without one it runs the control loop alone
on the bare machine, then beside a Linux that breaks in six ways, a life each, and comes back; both
under the emulator's deterministic clock. It judges the loop's own record. Exit code 0: all was as
it must be. The last lines are `metric<TAB>value`.
"""

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))

import release_times  # noqa: E402
from emulator import cache_lines, console, machine  # noqa: E402

LINUX, KEEPER, CONTROL = "linux", "keeper", "control"
LINUX_CPUS = 2  # of the scripted system
RELEASES = 10000  # at least so many, with and without Linux
BARE_TIMEOUT = 60  # host seconds
SYSTEM_TIMEOUT = 900
# QEMU looks at the reserved bits of RISC-V's page table entries before it looks whether they are valid;
# where Linux's are not, they are its own to use.
QEMU_KNOWN = re.compile(r".*reserved bits set in PTE: .* pte: 0x[0-9a-f]*[02468ace]")
# Where the hypervisor's part in a restart begins and ends.
RESTART = {"vm_ask": "ask", "arch_vcpu_set_entry": "enter"}


@dataclass(frozen=True)
class Way:
    """One of break-linux: what it is, what is expected of it, and what then is said by whom."""
    name: str
    what: str
    expected: str
    end: str  # in the keeper's words
    signs: tuple = ()
    cause: str = ""


def ways():
    """In the order of linux/bin/demo."""
    panic = r".*Kernel panic - not syncing.*"
    asked = (KEEPER, r"@keeper linux life=\d+ ends after its limit", "the keeper has seen enough")
    reset, watchdog = r": reset", r": watchdog.*"
    return [
        Way("crash", "a crash by sysrq", "its own reset", "reset",
            ((LINUX, panic, "Linux panicked"),), reset),
        Way("oops", "a store outside its memory", "the architecture's fault, and its own reset",
            "reset", ((LINUX, r".*(external abort|access fault).*", "the store is Linux's own fault"),
                      (LINUX, panic, "which it does not survive")), reset),
        Way("irqs-off", "interrupts off on all CPUs", "its watchdog", "watchdog", (), watchdog),
        Way("rt-spin", "real-time spinners on all CPUs", "its watchdog", "watchdog", (), watchdog),
        Way("fork-bomb", "a fork bomb", "it lives on, until its manager ends it", "request",
            (asked,)),
        Way("ipi-storm", "all CPUs interrupt each other", "it lives on, until its manager ends it",
            "request", (asked,)),
    ]


WAYS = ways()


def life(number):
    """How each of Linux's lives begins."""
    return [
        (LINUX, rf"@linux up cpus={LINUX_CPUS} restarts={number}\b.*",
         "Linux is back" if number else "Linux is up on all its CPUs"),
        (LINUX, rf"@linux work cpus={LINUX_CPUS} ok\b.*", "and does real work on all its CPUs"),
    ]


def breaking(number, way):
    """How it ends."""
    cause = (rf"vm {LINUX}: restarting \({number}\){way.cause}" if way.cause else
             rf"vm {LINUX}: restarted by vm {KEEPER}")
    return [
        (LINUX, rf"@linux breaks how={way.name}", f"{number}. {way.what}; expected: {way.expected}"),
        *way.signs,
        (console.HYPERVISOR, cause, "Bulkhead restarts Linux alone"),
        (KEEPER, rf"@keeper {LINUX} restarts={number} end={way.end} .*", "the keeper saw it"),
    ]


# The story: speaker, line, what it shows. What one speaker says must come in this order; who
# of several speaks first is the run's own business.
STORY = [
    (console.HYPERVISOR, r".*\bisolation on.*", "all isolation is on before any guest runs"),
    (CONTROL, r"@control .*\bmisses=0\b.*", "the control loop runs"),
    *(step for number, way in enumerate(WAYS) for step in life(number) + breaking(number + 1, way)),
    *life(len(WAYS)),
    (LINUX, rf"@linux back restarts={len(WAYS)}", "no way of breaking it is left"),
    (CONTROL, r"@control .*\breleases=\d{5,}\b.*", "the control loop has seen it all"),
]
# What must not happen to whom, whenever; and what must not but where the story has it.
NEVER = [
    (console.HYPERVISOR, rf"vm ({CONTROL}|{KEEPER}): (?!started).*"),
    (console.HYPERVISOR, rf"vm {LINUX}: (stopped|off|halting).*"),
    (console.HYPERVISOR, r".*\bpanic\b.*"),
    (CONTROL, r"@test .* fail.*"),
    (LINUX, r"@linux .*\bfail.*"),
]
SURPRISE = (console.HYPERVISOR, rf"vm {LINUX}: (restarting|restarted).*")


@dataclass
class Passage:
    """A way of breaking, and the control loop's records around it."""
    way: Way
    before: dict  # the last record until then
    signs: list = field(default_factory=list)  # what Linux said of it
    cause: str = ""
    keeper: dict = field(default_factory=dict)
    is_back: bool = False
    told: bool = False  # the loop has reported since
    records: list = field(default_factory=list)


class Story:
    """Follows a run: what has happened, what went wrong, what the loop recorded. Pure."""

    def __init__(self, steps=STORY, never=NEVER):
        self.steps = list(steps)  # those still to come
        self.never = never
        self.wrong = []
        self.records = []  # the control loop's, oldest first
        self.passages = []
        self.last_word = False  # the loop has reported since all others came to their end

    def line(self, speaker, line):
        """Takes in one line; returns what it shows, if it is the next step, else None."""
        step = next((step for step in self.steps if step[0] == speaker), None)
        is_step = step is not None and re.fullmatch(step[1], line) is not None
        surprise = [] if is_step else [SURPRISE]
        for who, pattern in self.never + surprise:
            if who == speaker and re.fullmatch(pattern, line):
                self.wrong.append(f"{speaker} said: {line}")
        fields = console.record(line, CONTROL) if speaker == CONTROL else None
        if fields and "releases" in fields:
            self._record(fields)
        if not is_step:
            return None
        self.steps.remove(step)
        self._passage(speaker, line)
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
        for passage in self.passages:
            if not passage.told:
                passage.records.append(fields)
                passage.told = passage.is_back
        self.records.append(fields)
        self.last_word = all(who == CONTROL for who, _, _ in self.steps)

    def _passage(self, speaker, line):
        """A step of the present way: its beginning, its cause, or the end of it."""
        if speaker == LINUX and line.startswith("@linux breaks"):
            way = WAYS[len(self.passages)]
            self.passages.append(Passage(way, self.records[-1] if self.records else {}))
        elif self.passages and speaker == console.HYPERVISOR:
            self.passages[-1].cause = line
        elif self.passages and speaker == KEEPER and "restarts=" in line:
            self.passages[-1].keeper = console.record(line, KEEPER)
        elif self.passages and speaker == LINUX and line.startswith("@linux up"):
            self.passages[-1].is_back = True
        elif self.passages and speaker == LINUX and not line.startswith("@"):
            self.passages[-1].signs.append(re.sub(r"^\[[ .\d]*\] ", "linux: ", line))

    def complete(self):
        return not self.steps and self.last_word

    def problems(self):
        owed = [f"it never came to: {step[2]} ({step[1]})" for step in self.steps[:1]]
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


def restart_counter(options, board, record):
    """The plugin that counts what each restart takes the hypervisor."""
    known = {name: address for name, address, _ in
             cache_lines.addresses(options.build / board.arch / "hypervisor.elf")}
    if missing := {"link_text_start", "link_const_start", *RESTART} - known.keys():
        raise machine.MachineError(f"the hypervisor has no {', '.join(missing)} any more: RESTART of"
                                   " scripts/demo.py has to be told")
    base = known["link_text_start"]
    record.unlink(missing_ok=True)
    return ["-plugin", ",".join([
        str(options.build / "bulkhead-restart.so"), f"out={record}",
        f"text={base:#x}+{known['link_const_start'] - base}",
        *(f"{word}={known[name]:#x}" for name, word in RESTART.items())])]


def whole_system(options, board):
    image = options.build / f"demo-{board.name}.img"
    build = [str(options.build / "bulkhead"), "build", str(options.script), "-o", str(image),
             *board.definitions(options.build)]
    if not Path(build[0]).exists():
        raise machine.MachineError(f"no {build[0]}; run `make tool`")
    if subprocess.run(build, cwd=ROOT).returncode != 0:
        raise machine.MachineError("the system could not be built")
    log = options.build / f"demo-{board.name}.log"
    log.unlink(missing_ok=True)
    counts = options.build / f"demo-{board.name}.restarts"
    command = machine.command_line(board, options.build, qemu_log=log,
                                   extra=["-kernel", str(image),
                                          *restart_counter(options, board, counts)])
    story = Story()
    problems = follow(command, story, SYSTEM_TIMEOUT, first_speaker=console.FIRMWARE, show=True)
    logged = log.read_text(errors="replace").splitlines() if log.exists() else []
    problems += [f"QEMU logged: {line}" for line in logged if not QEMU_KNOWN.fullmatch(line)][:5]
    instructions = [int(line) for line in counts.read_text().split()]
    return problems, story, instructions


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


def metrics(bare, system, instructions=()):
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
    out["linux.restarts"] = sum(passage.keeper != {} for passage in system.passages)
    for at, passage in enumerate(system.passages):
        if (away := number(passage.keeper, "away_us")) is not None:
            out[f"{passage.way.name}.away_us"] = away
        if at < len(instructions):
            out[f"{passage.way.name}.insns"] = instructions[at]
    return out


def tell_passage(at, passage, values):
    """What was expected and what came, and the loop's record beside it."""
    way, records = passage.way, passage.records
    say(f"  {at + 1}. {way.what}")
    say(f"     expected  {way.expected}")
    for line in [*passage.signs, passage.cause]:
        say(f"     came      {line}")
    if passage.keeper:
        say(f"     restart   {int(passage.keeper['away_us']) / 1000:.1f} ms, "
            f"{values.get(way.name + '.insns', 0):,} instructions of the hypervisor's, "
            f"after a life of {int(passage.keeper['life_us']) / 1e6:.2f} s")
    if not records:
        say("     the loop  has not reported")
        return
    first = number(passage.before, "releases") or 0
    said = {key: sum(number(fields, key) or 0 for fields in records)
            for key in ("timer_exits", "other_exits")}
    worst = max(number(fields, "recent_ns") or 0 for fields in records)
    say(f"     the loop  {int(records[-1]['releases']) - first:,} releases, "
        f"{int(records[-1]['misses'])} missed, worst {worst:,} ns; exits: "
        f"{said['timer_exits']:,} for its timer, {said['other_exits']:,} other")


def release_series(bare, system):
    """name -> slots of the releases; {} where the records don't tell."""
    def slots(fields):
        return release_times.parse(fields.get("slots", ""))

    if not (bare.records and system.passages and system.passages[0].before):
        return {}
    before = slots(system.passages[0].before)
    alone, whole = slots(bare.records[-1]), slots(system.records[-1])
    if None in (alone, before, whole) or sum(whole.values()) != int(system.records[-1]["releases"]):
        return {}  # the record tells of no more than it has room for
    whole.subtract(before)
    return {"bare machine": dict(alone), "beside Linux": dict(before),
            "while it breaks": {slot: count for slot, count in whole.items() if count}}


def draw(options, board, series):
    """Puts this board's figures into the picture; the other boards' stay."""
    path = options.picture or options.build / "release-times.svg"
    boards = release_times.of_svg(path.read_text()) if path.exists() else None
    boards = {**(boards or {}), board.name: series}
    path.write_text(release_times.as_svg(dict(sorted(boards.items()))))
    say(f"The same as a picture: {path}")


def summary(values, system):
    say()
    say("Six ways to break Linux, what was expected, and what came:")
    for at, passage in enumerate(system.passages):
        tell_passage(at, passage, values)
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
    say("'At worst' counts neighbours' instructions too where a slice of the emulator's ends there.")
    say("Time is the emulator's: one instruction, one nanosecond. This shows containment and")
    say("counts; it does not show interference in caches or buses, which QEMU has none of.")


def verdict(values, problems):
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
    say("Linux on two CPUs, its manager on the third and the control loop on the fourth:")
    system_problems, system, instructions = whole_system(options, board)
    problems += system_problems
    values = metrics(bare, system, instructions)
    summary(values, system)
    if series := release_series(bare, system):
        say()
        say("When releases began (a bar is a logarithm), and how many:")
        for line in release_times.as_text(series):
            say(f"  {line}")
        draw(options, board, series)
    verdict(values, problems)
    return 1 if problems else 0


def interactive(options):
    tool = options.build / "bulkhead"
    board = machine.read_board(options.board)
    os.execv(tool, [str(tool), "run", str(options.system), *board.definitions(options.build)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--board", default=machine.DEFAULT_BOARD)
    parser.add_argument("--picture", type=Path, help="draw the releases' times into this file")
    examples = ROOT / "examples" / "demo"
    parser.add_argument("--script", type=Path, default=examples / "system-break.yaml",
                        help="the system that runs without a terminal")
    parser.add_argument("system", type=Path, nargs="?", default=examples / "system.yaml")
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
