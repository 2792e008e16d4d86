#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the fuzz targets: first the inputs that once were findings, then the seeds, then new ones.

    run.py --runs 10000000 --jobs 2 FOLDER [TARGET...]   that many executions, split over the targets
    run.py --short --jobs 2 FOLDER [TARGET...]           a few, with the same random numbers each time

A finding is an input that crashes, leaks, takes more than a second of CPU time or too much memory,
or for which something that must hold does not. Its target stops there; the input is kept in
FOLDER/findings/TARGET and its path is printed. What new inputs reached stays in FOLDER/corpus, and
the next run (not a short one) goes on from it.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

REGRESSIONS = pathlib.Path(__file__).resolve().parent / "regressions"
SLOW = 1.0  # seconds of CPU time that no input may take
STUCK = 30  # seconds of anyone's clock
MEMORY_MB = 1024

# By target: its share of the executions, those of a short run, and the longest input in bytes.
TARGETS = {
    "description": (8, 4000, 4096),
    "board": (8, 8000, 4096),
    "tree": (4, 1500, 4096),
    "patch": (4, 1500, 4096),
    "manifest": (14, 8000, 4096),
    "chosen": (4, 8000, 4096),
    "image": (28, 50000, 8193),
    "system-arm64": (17, 4000, 8192),
    "system-riscv64": (17, 4000, 8192),
}
PIECES = 40  # a target's executions are done in so many pieces, each a process

ENVIRONMENT = dict(os.environ, UBSAN_OPTIONS="print_stacktrace=1",
                   ASAN_OPTIONS="detect_leaks=1:quarantine_size_mb=64")


def cpu_seconds(command):
    """(seconds of CPU time, exit code, output) of a program: of this one alone, while others run."""
    with tempfile.TemporaryFile() as stream:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream,
                                   stderr=subprocess.STDOUT, env=ENVIRONMENT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        stream.seek(0)
        output = stream.read().decode(errors="replace")
    return usage.ru_utime + usage.ru_stime, process.returncode, output


class Target:
    def __init__(self, name, folder, short, goal):
        self.name = name
        self.program = folder / f"{name}.fuzz"
        self.seeds = folder / "seeds" / name
        self.findings = folder / "findings" / name
        self.short = short
        self.goal = goal
        self.done = 0
        self.pieces = 0
        self.covered = self.counters = 0
        self.findings_now = []
        self.lock = threading.Lock()
        self.temporary = tempfile.TemporaryDirectory() if short else None
        self.corpus = pathlib.Path(self.temporary.name) if short else folder / "corpus" / name
        self.dictionary = folder / f"{name}.dict"
        self.corpus.mkdir(parents=True, exist_ok=True)
        self.findings.mkdir(parents=True, exist_ok=True)

    def options(self):
        out = [f"-artifact_prefix={self.findings}/", f"-max_len={TARGETS[self.name][2]}",
               f"-timeout={STUCK}", f"-rss_limit_mb={MEMORY_MB}", "-report_slow_units=1",
               "-print_final_stats=1"]
        if self.dictionary.exists():
            out.append(f"-dict={self.dictionary}")
        return out

    def say(self, text):
        print(f"{self.name:15} {text}", flush=True)

    def found(self, path, output):
        with self.lock:
            self.findings_now.append(path)
        self.say(f"FINDING: {path}")
        print("".join(f"      {line}\n" for line in output.splitlines()[-50:]), end="", flush=True)

    def judge(self, code, output):
        """Of a process that has ended: notes its findings; those that a busy machine made slow
        are none. True: there is none."""
        paths = re.findall(r"Test unit written to (\S+)", output)
        bad = code != 0
        for path in map(pathlib.Path, dict.fromkeys(paths)):
            if not path.name.startswith("slow-unit-"):
                continue
            seconds, _, _ = cpu_seconds([self.program, path])
            if seconds > SLOW:
                self.found(path, f"{seconds:.1f} s of CPU time")
                return False
            path.unlink(missing_ok=True)
        if bad:
            kept = [path for path in paths if "slow-unit-" not in path]
            self.found(kept[-1] if kept else "(no input was kept)", output)
        return not bad

    def known(self):
        """The inputs that are there: each must pass."""
        inputs = sorted((REGRESSIONS / self.name).glob("*")) + sorted(self.seeds.glob("*"))
        seconds, code, output = cpu_seconds([self.program, *self.options(), *inputs])
        if code != 0:
            running = re.findall(r"^Running: (\S+)", output, re.M)
            self.found(running[-1] if running else self.program, output)
        self.say(f"{len(inputs)} known inputs, {seconds:.1f} s")
        return code == 0

    def piece(self, runs, seed):
        """One process's share of new inputs. False: a finding, or an earlier one."""
        if self.findings_now:
            return False
        command = [self.program, *self.options(), f"-runs={runs}", f"-seed={seed}", self.corpus,
                   self.seeds]
        result = subprocess.run(command, capture_output=True, text=True, errors="replace",
                                env=ENVIRONMENT)
        output = result.stdout + result.stderr
        self.count(output)
        return self.judge(result.returncode, output)

    def count(self, output):
        def number(pattern):
            matches = re.findall(pattern, output, re.M)
            return int(matches[-1]) if matches else 0

        with self.lock:
            # What is only read again is no new execution.
            self.done += max(number(r"number_of_executed_units:\s*(\d+)") -
                             number(r"^#(\d+)\s+INITED"), 0)
            self.pieces += 1
            self.covered = max(self.covered, number(r"^#.*\bcov: (\d+)"))
            self.counters = number(r"\((\d+) inline 8-bit counters\)")
        units = sum(1 for _ in self.corpus.iterdir())
        self.say(f"{self.done:>9,} of {self.goal:,} executions, {self.covered} of "
                 f"{self.counters} edges, corpus {units}")


def work(target, index, options):
    if index < 0:
        return target.known()
    if target.done >= target.goal:
        return True
    pieces = 1 if options.short else PIECES
    inputs = sum(1 for folder in (target.corpus, target.seeds) for _ in folder.iterdir())
    seed = options.seed + index
    return target.piece(-(-target.goal // pieces) + inputs + 2, seed)


def schedule(targets, options):
    """All known inputs first; then the pieces of all targets in turn, until each has its count."""
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(lambda target: work(target, -1, options), targets))
        index = 0
        while index < 2 * PIECES:
            left = [target for target in targets
                    if not target.findings_now and target.done < target.goal]
            if not left:
                break
            batch = [(target, index + n) for n in range(1 if options.short else 4)
                     for target in left]
            index += 1 if options.short else 4
            list(pool.map(lambda item: work(item[0], item[1], options), batch))
            if options.short:
                break


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    options = parser.parse_args()
    names = options.targets or [name for name in TARGETS
                                if (options.folder / f"{name}.fuzz").exists()]
    if unknown := [name for name in names if name not in TARGETS]:
        parser.error(f"there is no target {', '.join(unknown)}")
    shares = sum(TARGETS[name][0] for name in names)
    targets = [Target(name, options.folder.resolve(), options.short, TARGETS[name][1]
                      if options.short else -(-options.runs * TARGETS[name][0] // shares))
               for name in names]
    schedule(targets, options)
    print("target             executions    edges reached  corpus")
    for target in targets:
        units = sum(1 for _ in target.corpus.iterdir())
        print(f"{target.name:15} {target.done:>13,}  {target.covered:>6} of {target.counters:<5} "
              f"{units:>6}" + "".join(f"  FINDING: {path}" for path in target.findings_now))
    failed = sum(1 for target in targets if target.findings_now)
    short = [target.name for target in targets if not target.findings_now and not target.done]
    total = sum(target.done for target in targets)
    print(f"{total:,} executions")
    failed += len(short)
    print(f"{len(targets) - failed} passed, {failed} failed")
    return 1 if failed or not targets else 0


if __name__ == "__main__":
    sys.exit(main())
