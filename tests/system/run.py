#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""System tests: build a system, run it in QEMU, judge what its consoles say.

A test is a folder with test.toml and system.yaml, run on each board that it names, as NAME@BOARD, or
with other cores than the board's, several systems, another boot hart, as NAME@BOARD:VARIANT;
docs/testing.md explains the keys.
"""

import argparse
import concurrent.futures
import fnmatch
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "scripts"), str(HERE)]

import case as cases  # noqa: E402
from emulator import console, image, machine  # noqa: E402

LAST_LINES = 12
SPEAKER_OF_A_BARE_MACHINE = "machine"


class Failure(Exception):
    """The test could not be run to a judgement."""


class Outcome:
    def __init__(self, command):
        self.command = command
        self.lines = []  # (speaker, line)
        self.raw = bytearray()
        self.problems = []
        self.unfinished = {}


def run_build(case, board, options, *outputs):
    tool = options.build / "bulkhead"
    if not tool.exists():
        raise Failure(f"no {tool}; run `make tool`")
    command = [str(tool), "build", str(case.directory / case.system), *outputs,
               *board.definitions(options.build)]
    environment = dict(os.environ, NO_COLOR="1")
    result = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    if result.returncode != 0:
        raise Failure(f"{machine.printable(command)}\n{result.stderr}{result.stdout}".rstrip())


def build_image(case, board, options, work):
    target = work / "system.img"
    run_build(case, board, options, "-o", str(target))
    if case.damage:
        try:
            symbols = image.elf_symbols((options.build / board.arch / "hypervisor.elf").read_bytes())
            steps = [{key: value for key, value in step.items() if key != "arch"}
                     for step in case.damage if step.get("arch", board.arch) == board.arch]
            target.write_bytes(image.Image(target.read_bytes(), symbols).damage(steps))
        except image.DamageError as error:
            raise Failure(f"damage: {error}") from error
    return target


def boot_arguments(case, board, options, work):
    """How the system comes into the machine."""
    if case.bare:
        return ["-kernel", str(board.guest(options.build, case.bare))]
    if case.load == cases.U_BOOT:
        folder = work / "boot"
        shutil.rmtree(folder, ignore_errors=True)
        run_build(case, board, options, "--split", str(folder))
        return machine.u_boot_arguments(board, folder)
    built = build_image(case, board, options, work)
    if case.load is None:
        return ["-kernel", str(built)]
    return machine.loader_arguments(board, built, cases.load_address(case, board.home))


def command_for(case, board, options, work):
    extra = [*(board.bare() if case.bare else []), *case.qemu.get("extra", []),
             *boot_arguments(case, board, options, work)]
    if "tree" in case.qemu:
        extra += machine.tree_arguments(board, case.qemu["tree"], work)
    if case.boot_hart is not None:
        extra += machine.boot_hart_arguments(board, case.boot_hart)
    return machine.command_line(board, options.build, deterministic=case.icount,
                                cpu=case.qemu.get("cpu"), smp=case.qemu.get("smp"),
                                memory=case.qemu.get("memory"), qemu_log=work / "qemu.log",
                                extra=extra)


def run_machine(case, command):
    """One run from power-on to its end; everything seen, and what was wrong."""
    outcome = Outcome(command)
    judge = cases.Judge(case)
    first = console.Demux(SPEAKER_OF_A_BARE_MACHINE if case.bare else console.FIRMWARE)
    run = machine.Run(command)
    demuxes = [first] + [console.Demux(f"serial{n}") for n in range(1, len(run.lines) + 1)]
    stop_at = None
    later = 0  # lines after the last expected one
    for number, data in run.watch(case.timeout):
        outcome.raw += data
        for speaker, line in demuxes[number].feed(data):
            outcome.lines.append((speaker, line))
            later += stop_at is not None
            for text in judge.line(speaker, line):
                run.send(text, number)
        if case.ends == "message" and stop_at is None and judge.finished():
            stop_at = time.monotonic() + case.settle  # time for what must not follow
        if judge.wrong or (stop_at is not None and time.monotonic() >= stop_at):
            break
    code, errors = run.stop()
    outcome.unfinished = {who: text for demux in demuxes
                          for who, text in demux.unfinished().items()}
    outcome.problems += judge.wrong
    outcome.problems += ending_problems(case, run, code, errors, stop_at)
    if case.quiet is not None and later > case.quiet:
        outcome.problems.append(f"{later} lines came after the last expected one, not "
                                f"{case.quiet} at most")
    outcome.problems += judge.unmet()
    return outcome


def ending_problems(case, run, code, errors, stop_at):
    problems = []
    if run.timed_out:
        problems.append(f"did not end within {case.timeout} s (the machine hung, or is too slow)")
    elif run.exited and code != 0:
        problems.append(f"QEMU ended with {code}")
    elif run.exited and case.ends == "message" and stop_at is None:
        problems.append("the machine powered itself off before the last expected line")
    if errors.strip() and (run.exited or run.timed_out):
        problems.append(f"QEMU said: {errors.strip()}")
    return problems


def read_log(path):
    return path.read_text(errors="replace").splitlines() if path.exists() else []


def keep(outcome, work):
    (work / "serial.raw").write_bytes(outcome.raw)
    (work / "serial.log").write_text("".join(f"{who}: {line}\n" for who, line in outcome.lines))


def board_of(case, name, work):
    """The board of a run's name; or, where the case has a core, the machine that has this core."""
    board = machine.read_board(name.partition("@")[2].partition(":")[0])
    return machine.with_core(board, case.core, work / "board") if case.core else board


def run_case(case, name, options):
    """One test on one machine; returns (problems, outcome or None)."""
    work = options.build / "tests" / "system" / name
    work.mkdir(parents=True, exist_ok=True)
    (work / "qemu.log").unlink(missing_ok=True)
    try:
        board = board_of(case, name, work)
        command = command_for(case, board, options, work)
        outcome = run_machine(case, command)
        keep(outcome, work)
        for _ in range(case.repeat - 1):
            again = run_machine(case, command)
            if again.raw != outcome.raw:
                outcome.problems.append(difference(outcome.raw, again.raw))
                (work / "serial.again").write_bytes(again.raw)
        if case.undisturbed:
            quiet = cases.without_neighbour(case)
            again = run_machine(quiet, command_for(quiet, board, options, work))
            outcome.problems += again.problems + cases.disturbances(outcome.lines, again.lines)
    except (Failure, machine.MachineError) as error:
        return [str(error)], None
    for line in cases.judge_log(read_log(work / "qemu.log"), case.allow_log)[:10]:
        outcome.problems.append(f"QEMU logged: {line}")
    return outcome.problems, outcome


def difference(first, second):
    at = next((i for i, (a, b) in enumerate(zip(first, second)) if a != b),
              min(len(first), len(second)))
    line = first[:at].count(b"\n") + 1
    return f"a second run differs from the first, from byte {at} (line {line}) on"


def report(name, seconds, problems, outcome):
    """One block of text, so that two tests at a time don't mix."""
    if not problems:
        return f"ok    {name}  {seconds:.1f} s"
    out = [f"FAIL  {name}  {seconds:.1f} s"]
    out += [f"      {line}" for problem in problems for line in problem.splitlines()]
    if outcome:
        spoken = dict.fromkeys(who for who, _ in outcome.lines)
        for speaker in [who for who in spoken if who != console.FIRMWARE or len(spoken) == 1]:
            mine = [line for who, line in outcome.lines if who == speaker]
            out.append(f"      -- {speaker}, last of {len(mine)} lines:")
            out += [f"      | {line}" for line in mine[-LAST_LINES:]]
        for speaker, text in outcome.unfinished.items():
            out.append(f"      -- {speaker}, unfinished: {text}")
        out.append(f"      run it yourself: {machine.printable(outcome.command)}")
    return "\n".join(out)


def choose(names, patterns):
    """names: NAME@BOARD or NAME@BOARD:VARIANT. A pattern without @ means all boards."""
    if not patterns:
        return names
    wanted = [pattern if "@" in pattern else pattern + "@*" for pattern in patterns]
    for pattern in wanted:
        if not fnmatch.filter(names, pattern):
            raise Failure(f"no system test is called '{pattern}'")
    return [name for name in names
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in wanted)]


def timed(case, name, options):
    start = time.monotonic()
    problems, outcome = run_case(case, name, options)
    return report(name, time.monotonic() - start, problems, outcome), not problems


def all_cases(options):
    """NAME@BOARD[:VARIANT] -> case, for all boards, or for those that were asked for."""
    messages = cases.load_messages()
    found = {}
    for path in sorted(HERE.glob("*/test.toml")):
        case = cases.read(path.parent, messages)
        for kind, variant in cases.variants(case, lambda b: machine.read_board(b).arch).items():
            board = machine.read_board(kind.partition(":")[0])
            if (board.name in (options.board or [board.name]) and
                    board.arch in (options.arch or [board.arch])):
                found[f"{case.name}@{kind}"] = variant
    return found


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="names or globs; all without one")
    parser.add_argument("-j", "--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--list", action="store_true", help="list the tests and what they show")
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--board", action="append", help="run only what runs on this board")
    parser.add_argument("--arch", action="append", help="... or on a board of this architecture")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse_arguments(arguments)
    options.build = options.build.resolve()
    try:
        found = all_cases(options)
        chosen = choose(list(found), options.names)
    except (cases.CaseError, Failure, machine.MachineError) as error:
        print(f"system-test: {error}", file=sys.stderr)
        return 2
    if options.list:
        for name in chosen:
            print(f"{name:40} {found[name].summary}")
        return 0
    failed = 0
    # The longest first: two at a time end together.
    chosen.sort(key=lambda name: -found[name].timeout * found[name].repeat)
    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        for future in concurrent.futures.as_completed(
                pool.submit(timed, found[name], name, options) for name in chosen):
            text, good = future.result()
            failed += not good
            print(text, flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
