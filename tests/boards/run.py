#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead init` over the device trees of real boards: all that Debian's kernels for arm64 and
riscv64 have, more than a thousand, and those of boards/.

Of each tree it must make a board and a system that `bulkhead check` reads, and of which check says
nothing but what init has said itself: that Bulkhead does not drive the board, or nothing at all.
Devices that init lists as fit to be passed through must be so. All that runs under ASan and UBSan,
and so do trees whose RAM is in pieces (holes.py). The last lines are statistics.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "boards"))

import holes  # noqa: E402
import machines  # noqa: E402

TIMEOUT = 60  # s, for one command
LEAST = 1000  # trees, or the packages are not there
ALLOWED = {"board-tree"}  # what check may say where Bulkhead does not drive the board
NOTICES = {"window-lost", "msi-lost"}  # what it may say of a device that is passed through
MESSAGE = re.compile(r"^[^\n]*: (error|warning): ([a-z0-9-]+): (.*)$", re.M)
COUNTS = re.compile(r": (\d+) devices: (\d+) as they are, (\d+) with a decision, (\d+) in shared "
                    r"pages, (\d+) common to several, (\d+) disabled, (\d+) that cannot be passed "
                    r"through$", re.M)
GROUPS = ("devices", "as they are", "with a decision", "in shared pages", "common to several",
          "disabled", "that cannot be passed through")
# For `make test`: boards of each maker, old and new, by their trees' names.
SAMPLE = """
sun50i-h6-pine-h64 meson-g12b-odroid-n2 apm-mustang juno-r2 foundation-v8-gicv3-psci
corstone1000-fvp bcm2711-rpi-4-b bcm2712-rpi-5-b thunder2-99xx exynos850-e850-96 fsl-ls1028a-rdb
fsl-lx2160a-rdb imx8mp-evk imx8qxp-mek hi3660-hikey960 hip07-d05 armada-8040-mcbin
mt8183-evb tegra210-p3450-0000 sm8550-mtp msm8996-xiaomi-gemini r8a774a1-hihope-rzg2m-ex rk3399-rock-pi-4b
rk3588-rock-5b k3-am625-sk zynqmp-zcu102-rev1.0 jh7110-starfive-visionfive-2-v1.3b
hifive-unmatched-a00 mpfs-icicle-kit sg2042-milkv-pioneer th1520-lichee-pi-4a
""".split()


def cache_dir():
    cache = os.environ.get("BULKHEAD_CACHE")
    if cache:
        return Path(cache)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bulkhead"


def find_trees():
    places = [cache_dir() / "boards", cache_dir() / "linux-riscv64" / "packages", ROOT / "boards"]
    return sorted(path for place in places for path in place.rglob("*.dtb") if path.is_file())


def kernel(arch):
    """A Linux Image of 4 KiB, which is all that check looks at."""
    magic, offset, flags = (b"RSC\x05", 0x200000, 0) if arch == "riscv64" else (b"ARM\x64", 0, 10)
    header = struct.pack("<IIQQQ", 0, 0, offset, 0x1000, flags) + bytes(24) + magic + bytes(4)
    return header + bytes(0x1000 - len(header))


class Problem(Exception):
    """What init or check did, that it must not."""


class Result:
    def __init__(self, tree):
        self.tree = tree
        self.problem = ""
        self.seconds = 0.0
        self.refused = ""  # by init, with this message
        self.lacks = []  # why Bulkhead cannot run there
        self.facts = {}  # of the comments of board.yaml
        self.counts = [0] * len(GROUPS)
        self.reasons = collections.Counter()  # device by device, why not


def run(program, *arguments, cwd=None):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=TIMEOUT,
                          errors="replace", cwd=cwd, env=dict(os.environ, NO_COLOR="1"))
    if done.returncode not in (0, 1) or "Sanitizer" in done.stderr:
        raise Problem(f"{' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stderr}")
    return done


def fill_in(folder, arch):
    """The guests' images, that init leaves to the user."""
    for name in ("Image", "control.elf"):
        (folder / name).write_bytes(kernel(arch))
    (folder / "rootfs.cpio.gz").write_bytes(machines.INITRD)


def check(program, system):
    """What check says: [(rule, text)] of errors, and of warnings."""
    done = run(program, "check", "--json", str(system))
    try:
        said = json.loads(done.stdout)
    except ValueError as error:
        raise Problem(f"check --json: {error}\n{done.stdout}{done.stderr}") from error
    errors, others = ([(item["rule"], item["message"]) for item in said["diagnostics"]
                       if (item["severity"] == "error") == wanted] for wanted in (True, False))
    if done.returncode != (1 if errors else 0) or said["left_out"]:
        raise Problem(f"check: exit code {done.returncode}\n{done.stdout}")
    return errors, others


def check_system(program, folder, lacks):
    """What check says is what init has said."""
    errors, others = check(program, folder / "system.yaml")
    # An overlay that init has begun for want of RAM may name a console as well.
    overlay = folder / "board.dtso"
    filled = overlay.exists() and "stdout-path" in overlay.read_text()
    owed = [lack for lack in lacks if not (filled and "names no console" in lack[1])]
    if sorted(errors) != sorted(owed) or others:
        raise Problem(f"check says other things than init:\n{errors}\n{others}\ninit:\n{lacks}")
    if {rule for rule, _ in errors} - ALLOWED:
        raise Problem(f"check:\n{errors}")


def check_devices(program, folder):
    text = (folder / "system.yaml").read_text()
    if machines.READY not in text:
        return
    changed, taken = machines.pass_through(text)
    (folder / "devices.yaml").write_text(changed)
    errors, others = check(program, folder / "devices.yaml")
    if errors or not taken:
        raise Problem(f"{taken} devices as they are:\n{errors}")
    if {rule for rule, _ in others} - NOTICES:
        raise Problem(f"devices as they are:\n{others}")


def read_comments(result, folder):
    board = (folder / "board.yaml").read_text()
    system = (folder / "system.yaml").read_text()
    for line in (board + system).splitlines():
        if len(line) > 200:
            raise Problem(f"a line of {len(line)} columns: {line}")
    word = None
    for line in board.partition("\nboard: 1\n")[0].splitlines():
        match = re.match(r"# (CPUs|Interrupt controllers|UARTs|IOMMUs[^:]*): (.*)", line)
        if match:
            word = match.group(1)
        if word:
            text = match.group(2) if match else line.removeprefix("# ")
            result.facts[word] = (result.facts.get(word, "") + " " + text).strip()
    never = system.partition("    #   # These cannot be passed through:\n")[2]
    never = re.sub(r"\n    #   #     ", " ", never)
    for reason, names in re.findall(r"^    #   #   (.*): (.*)$", never, re.M):
        if re.fullmatch(r"[a-z-]+", reason):
            raise Problem(f"no reason, only a rule's name: {reason}: {names}")
        result.reasons[reason] += names.count(",") + 1


def survey(program, tree, work):
    result = Result(tree)
    start = time.monotonic()
    folder = Path(tempfile.mkdtemp(dir=work)) / "board"
    try:
        done = run(program, "init", "-o", str(folder), str(tree))
        said = MESSAGE.findall(done.stderr)
        if done.returncode == 1:
            result.refused = next((text for kind, _, text in said if kind == "error"), "")
            if not result.refused or folder.exists() or done.stdout:
                raise Problem(f"init fails without a word, or leaves something:\n{done.stderr}")
        else:
            look_at(program, result, folder, done, said)
    except (Problem, OSError, subprocess.TimeoutExpired) as error:
        result.problem = f"{tree}: {error}"
    shutil.rmtree(folder.parent, ignore_errors=True)
    result.seconds = time.monotonic() - start
    return result


def look_at(program, result, folder, done, said):
    result.lacks = [(rule, text) for kind, rule, text in said if kind == "warning"]
    arch = re.search(r"^arch: (\w+)$", (folder / "board.yaml").read_text(), re.M).group(1)
    result.facts["arch"] = arch
    counts = COUNTS.search(done.stderr)
    if not counts or not all(Path(path).is_file() for path in done.stdout.splitlines()):
        raise Problem(f"init says:\n{done.stdout}{done.stderr}")
    result.counts = [int(number) for number in counts.groups()]
    if sum(result.counts[1:]) != result.counts[0]:
        raise Problem(f"the devices do not add up:\n{done.stderr}")
    read_comments(result, folder)
    fill_in(folder, arch)
    check_system(program, folder, result.lacks)
    if not result.lacks:
        check_devices(program, folder)


# ---- statistics ---------------------------------------------------------------------------------


def kinds(results, word):
    """Boards by the kinds of their parts: `(kind, which Bulkhead does not drive)`."""
    driven, other = collections.Counter(), collections.Counter()
    for result in results:
        found = re.findall(r"\(([^,()]+,[^,()]+|[^,()]+)(, which Bulkhead does not drive)?\)",
                           result.facts.get(word, ""))
        for kind, lack in set(found):
            (other if lack else driven)[kind] += 1
    return driven, other


def tell_kinds(results, word):
    driven, other = kinds(results, word)
    print(f"{word}, by boards:")
    for name, counter in (("driven", driven), ("not driven", other)):
        common = ", ".join(f"{kind} {count}" for kind, count in counter.most_common(8))
        print(f"  {name}: {common or 'none'}")


def tell(results):
    good = [result for result in results if not result.refused]
    print(f"{len(results)} trees: {len(good)} boards, "
          f"{len(results) - len(good)} refused as no board's tree")
    for arch in ("arm64", "riscv64"):
        mine = [result for result in good if result.facts.get("arch") == arch]
        able = [result for result in mine if not result.lacks]
        cpus = [r for r in mine if not r.facts["CPUs"].startswith("none")]
        print(f"{arch}: {len(mine)} boards; Bulkhead drives the whole of {len(able)}; "
              f"usable CPUs on {len(cpus)}")
        lacks = collections.Counter(text for result in mine for _, text in result.lacks)
        for text, count in lacks.most_common(12):
            print(f"  {count:5} {text}")
    tell_kinds(good, "Interrupt controllers")
    tell_kinds(good, "UARTs")
    totals = [sum(result.counts[i] for result in good) for i in range(len(GROUPS))]
    print("devices: " + ", ".join(f"{totals[i]} {GROUPS[i]}" for i in range(1, len(GROUPS)))
          + f"; {totals[0]} in all")
    reasons = collections.Counter()
    for result in good:
        reasons.update(result.reasons)
    for reason, count in reasons.most_common(12):
        print(f"  {count:5} {reason}")
    slowest = max(results, key=lambda result: result.seconds)
    print(f"slowest: {slowest.tree.name}, {slowest.seconds:.2f} s")


def choose(options):
    """The trees that are asked for."""
    trees = find_trees()
    if options.sample:
        return [tree for tree in trees if tree.stem in SAMPLE]
    return [tree for tree in trees
            if not options.names or any(name in str(tree) for name in options.names)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--arch", action="append", help="run only on boards of this one")
    parser.add_argument("--sample", action="store_true", help="a few of each maker")
    parser.add_argument("names", nargs="*", help="parts of trees' names; all without one")
    options = parser.parse_args()
    build = options.build.resolve()
    program, tested = str(build / "bulkhead"), str(build / "tests/bulkhead")
    trees = choose(options)
    if not options.names and len(trees) < (len(SAMPLE) // 2 if options.sample else LEAST):
        print(f"board-test: only {len(trees)} device trees in {cache_dir()}; run `make board-test`, "
              "which fetches them", file=sys.stderr)
        return 1
    start = time.monotonic()
    ours = [name for name in machines.names(options.arch)
            if not options.names or any(part in name for part in options.names)]
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        work = Path(folder)
        results = list(pool.map(lambda tree: survey(tested, tree, work), trees))
        problems = [result.problem for result in results]
        for arch in () if options.names else options.arch or holes.BASES:
            problems += holes.test(tested, work, arch, fill_in)
        for name in ours:
            problem = machines.test(program, build, work, name)
            problems.append(problem and f"{name}: {problem}")
    failed = [problem for problem in problems if problem]
    for problem in failed[:20]:
        print(f"FAILED {problem}")
    if good := [result for result in results if not result.problem]:
        tell(good)
    print(f"{time.monotonic() - start:.0f} s")
    print(f"{len(problems) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not problems else 0


if __name__ == "__main__":
    sys.exit(main())
