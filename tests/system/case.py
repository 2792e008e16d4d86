# SPDX-License-Identifier: Apache-2.0
"""A system test as data: reading test.toml, and judging lines against it. Pure."""

import itertools
import re
import shlex
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

from emulator import console, machine

HERE = Path(__file__).resolve().parent
EVERYONE = "*"  # in [expect]: an order across speakers; in [forbid]: any speaker

KEYS = {
    "summary": str, "timeout": (int, float), "ends": str, "icount": bool, "repeat": int,
    "load": str, "bare": str, "settle": (int, float), "expect": dict, "forbid": dict,
    "qemu": dict, "damage": list, "send": list, "allow_log": list, "end_when": dict,
    "system": str, "boards": list, "cores": list, "quiet": int, "systems": list,
    "boot_harts": list, "panics": bool, "distinct": str, "refused": str, "undisturbed": str,
}
QEMU_KEYS = {"cpu", "smp", "memory", "extra", "tree"}


LOAD = r"home(?:\+(0x[0-9a-f]+))?"  # where a boot loader puts the image, from its home
U_BOOT = "u-boot"  # a boot loader that is one, which loads the image's parts from a disk

# What no test may ever show, whoever says it.
ALWAYS_FORBIDDEN = {
    EVERYONE: [r"@test .* fail(:.*)?", r"@linux .*\bfail\b.*"],
    "bulkhead": ["vm control: (off|stopped|restarting).*"],
}
PANIC = r".*\bpanic\b.*"  # of Bulkhead, but where that is what is tested
# That a VM stops by itself, but where a test expects that one does.
STOP = r"vm .*: stopped(:| \().*"
# Nor may it under the deterministic clock, by which no deadline is the host's matter.
DEADLINES = [r"@control .*\bmisses=[1-9].*", "@control .*fallen.*"]


# What a neighbour changes nothing of, in the control loop's record: sums are the emulator's slices.
UNDISTURBED = ("releases", "misses", "worst_ns", "wake_typical", "hv_typical", "timer_exits",
               "other_exits")


class CaseError(Exception):
    """The test's own description is wrong."""


@dataclass
class Case:
    name: str
    directory: Path
    summary: str = ""
    timeout: float = 60
    ends: str = "poweroff"
    icount: bool = True
    repeat: int = 1
    load: str | None = None
    bare: str | None = None
    settle: float = 0.3
    quiet: int | None = None
    distinct: str | None = None
    refused: str | None = None
    undisturbed: str | None = None
    panics: bool = False
    system: str = "system.yaml"
    boards: list = field(default_factory=lambda: [machine.DEFAULT_BOARD])
    cores: list = field(default_factory=list)
    systems: list = field(default_factory=list)
    boot_harts: list = field(default_factory=list)
    core: str | None = None  # these two: of one variant
    boot_hart: int | None = None
    expect: dict = field(default_factory=dict)
    forbid: dict = field(default_factory=dict)
    qemu: dict = field(default_factory=dict)
    damage: list = field(default_factory=list)
    send: list = field(default_factory=list)
    allow_log: list = field(default_factory=list)
    end_when: dict = field(default_factory=dict)


def load_messages(path=HERE / "messages.toml"):
    """The hypervisor's own wording, once for all tests."""
    return tomllib.loads(path.read_text())


def expand(pattern, messages):
    """`<name key=value ...>` becomes the message of that name; other patterns stay."""
    match = re.fullmatch(r"<([a-z][a-z0-9-]*)((?:\s.*)?)>", pattern)
    if not match:
        return pattern
    name = match.group(1)
    if name not in messages:
        raise CaseError(f"no message is called '{name}' (messages.toml)")
    values = dict(word.split("=", 1) for word in shlex.split(match.group(2)))
    used = set(re.findall(r"\{([a-z]+)\}", messages[name]))
    if values.keys() - used:
        raise CaseError(f"'{pattern}': the message has no {', '.join(values.keys() - used)}")
    return re.sub(r"\{([a-z]+)\}", lambda m: values.get(m.group(1), ".*"), messages[name])


def compile_table(table, messages, place):
    try:
        return {speaker: [re.compile(expand(pattern, messages)) for pattern in patterns]
                for speaker, patterns in table.items()}
    except re.error as error:
        raise CaseError(f"{place}: '{error.pattern}': {error}") from error


def refusal(case):
    """What `refused` stands for: Bulkhead says so, and nothing starts."""
    whole = "bulkhead: refused: {}" if ":" in case.refused else "<refused rule={}>"
    bulkhead = ["<started>", "<off>", *case.forbid.get("bulkhead", [])]
    return replace(case, ends="message", expect={"bulkhead": [whole.format(case.refused)]},
                   forbid=case.forbid | {"bulkhead": bulkhead})


def parse(name, directory, text, messages):
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CaseError(f"{name}: {error}") from error
    for key, value in data.items():
        if key not in KEYS:
            raise CaseError(f"{name}: unknown key '{key}'")
        if not isinstance(value, KEYS[key]) or isinstance(value, bool) and KEYS[key] is not bool:
            raise CaseError(f"{name}: '{key}' is of the wrong type")
    if unknown := data.get("qemu", {}).keys() - QEMU_KEYS:
        raise CaseError(f"{name}: unknown key qemu.{', '.join(unknown)}")
    case = Case(name=name, directory=directory, **data)
    if case.refused is not None:
        if case.expect:
            raise CaseError(f"{name}: 'refused' is all that there is to expect")
        case = refusal(case)
    if case.load not in (None, U_BOOT) and not re.fullmatch(LOAD, case.load):
        raise CaseError(f"{name}: 'load' is 'home', 'home+0x...' or '{U_BOOT}'")
    if case.load == U_BOOT and case.damage:
        raise CaseError(f"{name}: what {U_BOOT} loads cannot be damaged")
    if not case.boards or len(set(case.boards)) != len(case.boards):
        raise CaseError(f"{name}: 'boards' names each board once")
    if case.ends not in ("poweroff", "message"):
        raise CaseError(f"{name}: 'ends' is 'poweroff' or 'message'")
    if not case.summary or not case.expect or not any(case.expect.values()):
        raise CaseError(f"{name}: a test needs a summary and something to expect")
    forbid = {speaker: list(patterns) for speaker, patterns in ALWAYS_FORBIDDEN.items()}
    if not case.panics:
        forbid["bulkhead"].append(PANIC)
    if "stopped" not in str(case.expect):
        forbid["bulkhead"].append(STOP)
    if case.icount:
        forbid[EVERYONE] += DEADLINES
    case.expect = compile_table(case.expect, messages, name)
    for speaker, patterns in case.forbid.items():
        forbid.setdefault(speaker, []).extend(patterns)
    case.forbid = compile_table(forbid, messages, name)
    case.end_when = compile_table({k: [v] for k, v in case.end_when.items()}, messages, name)
    if case.distinct is not None:
        case.distinct = compile_table({EVERYONE: [case.distinct]}, messages, name)[EVERYONE][0]
    for step in case.send:
        if step.keys() != {"speaker", "after", "text"}:
            raise CaseError(f"{name}: 'send' takes speaker, after and text")
        step["after"] = expand(step["after"], messages)
    return case


def variants(case, arch_of):
    """BOARD[:CORE][:SYSTEM][:hart-N] -> the case, for each way in which the test runs. Which hart is
    the first can be chosen on riscv64 alone; arch_of() tells a board's architecture."""
    found = {}
    for board in case.boards:
        harts = case.boot_harts if arch_of(board) == "riscv64" else []
        for core, system, hart in itertools.product(case.cores or [None], case.systems or [None],
                                                    harts or [None]):
            words = [board, core, system and Path(system).stem,
                     None if hart is None else f"hart-{hart}"]
            found[":".join(filter(None, words))] = replace(case, core=core, boot_hart=hart,
                                                           system=system or case.system)
    return found


def load_address(case, home):
    """The address that `load` means for an image with this home."""
    return home + int(re.fullmatch(LOAD, case.load).group(1) or "0", 0)


def isolated(case, messages):
    """The case, with what each system says that boots, but where the test says more of it."""
    said = str([case.expect, case.forbid])
    if case.bare or case.refused or "isolation on" in said:
        return case
    first = compile_table({"bulkhead": ["<isolation>"]}, messages, case.name)["bulkhead"]
    return replace(case, expect=case.expect | {"bulkhead": first + case.expect.get("bulkhead", [])})


def read(directory, messages):
    text = (directory / "test.toml").read_text()
    return isolated(parse(directory.name, directory, text, messages), messages)


def without_neighbour(case):
    """The run with the system that `undisturbed` names, of which the control loop is all that counts."""
    return replace(case, system=case.undisturbed, expect={"control": case.expect["control"]})


def disturbances(lines, undisturbed):
    """What is different between the first records of two runs' control loops."""
    first, second = (next((fields for speaker, line in run if speaker == "control" and
                           (fields := console.record(line, "control")) and "releases" in fields), {})
                     for run in (lines, undisturbed))
    return [f"the control loop's {key} is {first.get(key)}, and {second.get(key)} when nothing happens"
            for key in UNDISTURBED if first.get(key) != second.get(key)]


class Judge:
    """Takes a run's lines one by one and knows what is still owed."""

    def __init__(self, case):
        self.case = case
        self.next = {speaker: 0 for speaker in case.expect}
        self.sent = 0
        self.values = {}  # of `distinct`, with who has said each
        self.wrong = []
        self.end_seen = False

    def line(self, speaker, line):
        """Judge one complete line; returns the texts that are now to be typed."""
        everyone = f"{speaker}: {line}"
        for who, text in ((speaker, line), (EVERYONE, everyone)):
            expected = self.case.expect.get(who, [])
            index = self.next.get(who, 0)
            if index < len(expected) and expected[index].fullmatch(text):
                self.next[who] += 1
            if any(pattern.fullmatch(text) for pattern in self.case.end_when.get(who, [])):
                self.end_seen = True
        self._forbidden(speaker, line)
        self._distinct(speaker, line)
        return self._typed(speaker, line)

    def _forbidden(self, speaker, line):
        if self.case.refused is not None and speaker not in ("bulkhead", "firmware"):
            self.wrong.append(f"{speaker} runs although all was refused: {line}")
        for who in (speaker, EVERYONE):
            for pattern in self.case.forbid.get(who, []):
                if pattern.fullmatch(line):
                    self.wrong.append(f"{speaker} said what is forbidden ({pattern.pattern}): "
                                      f"{line}")

    def _distinct(self, speaker, line):
        match = self.case.distinct and self.case.distinct.fullmatch(line)
        if not match:
            return
        value = match.group(match.lastindex or 0)
        if value in self.values:
            self.wrong.append(f"{speaker} said what {self.values[value]} has said before: {line}")
        self.values[value] = speaker

    def _typed(self, speaker, line):
        if self.sent == len(self.case.send):
            return []
        step = self.case.send[self.sent]
        if step["speaker"] != speaker or not re.fullmatch(step["after"], line):
            return []
        self.sent += 1
        return [step["text"]]

    def satisfied(self):
        return all(self.next[speaker] == len(patterns)
                   for speaker, patterns in self.case.expect.items())

    def finished(self):
        """Whether a run that ends by a message has ended."""
        return self.end_seen if self.case.end_when else self.satisfied()

    def unmet(self):
        out = []
        for speaker, patterns in self.case.expect.items():
            if self.next[speaker] < len(patterns):
                who = "any speaker" if speaker == EVERYONE else speaker
                out.append(f"{who}: expected line {self.next[speaker] + 1} of {len(patterns)} "
                           f"did not come: {patterns[self.next[speaker]].pattern}")
        return out


def judge_log(lines, allowed):
    """QEMU's own complaints about what the guests or we did to the machine."""
    patterns = [re.compile(pattern) for pattern in allowed]
    return [line for line in lines
            if line.strip() and not any(pattern.fullmatch(line) for pattern in patterns)]
