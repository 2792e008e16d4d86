# SPDX-License-Identifier: Apache-2.0
"""What the checks share: which files there are, how each is compiled, how findings are told."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", ROOT / "build")).resolve()

ARCHES = {
    "arm64": {"gcc": "aarch64-linux-gnu-gcc", "flags": [],
              "clang": ["--target=aarch64-linux-gnu"]},
    "riscv64": {"gcc": "riscv64-linux-gnu-gcc", "flags": ["-mabi=lp64", "-mcmodel=medany"],
                "clang": ["--target=riscv64-linux-gnu", "-march=rv64imac"]},
}
FREESTANDING = ["-std=c11", "-ffreestanding"]


def includes(tree, arch="arm64"):
    """Where a tree's files find each other; those that are for all architectures, as for `arch`."""
    return {
        "hypervisor": ["-I.", "-Ihypervisor", "-Ihypervisor/arch/include",
                       f"-Ihypervisor/arch/{arch}/include"],
        "guests": ["-I.", "-Iguests", f"-Iguests/runtime/{arch}",
                   f"-I{BUILD}/guests/{arch}/include"],
        "tool": ["-I.", "-iquote", "tool", "-Ihypervisor", "-Ihypervisor/arch/include"],
    }[tree]


NATIVE = ["-std=c11", "-D_GNU_SOURCE"]
# Code for a module of Linux's is compiled by Linux's rules, not by ours.
FOREIGN = ("linux/",)


def files(*patterns):
    """Paths (relative, sorted) of all files of the project, committed or about to be."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                         capture_output=True, check=True).stdout.decode()
    paths = sorted(Path(name) for name in set(out.split("\0")) if name)
    paths = [path for path in paths
             if "__pycache__" not in path.parts and (ROOT / path).is_file()]
    if not patterns:
        return paths
    return [path for path in paths if any(path.match(pattern) for pattern in patterns)]


def c_files(*patterns, trees=("abi", "hypervisor", "tool", "guests", "tests")):
    return [path for path in files(*(patterns or ("*.c", "*.h")))
            if path.parts[0] in trees and not str(path).startswith(FOREIGN)]


def read(path):
    return (ROOT / path).read_text(errors="replace")


def arch_of(path):
    """The architecture that a file is for, by a folder's name or the end of its own; or None."""
    for arch in ARCHES:
        if arch in path.parts or path.stem.removesuffix("_test").endswith("_" + arch):
            return arch
    return None


def target(path):
    """The architecture that a file can be compiled for; None: natively."""
    text = str(path)
    if text.startswith(("guests/", "hypervisor/")) and "arch/host/" not in text:
        return arch_of(path) or "arm64"
    return None


def compile_flags(path):
    """Flags with which clang or gcc (of the right target) understand a file."""
    tree = path.parts[0]
    arch = arch_of(path) or "arm64"
    if tree == "tests":
        flags = NATIVE + includes("hypervisor", arch) + ["-iquote", "tool", "-Itests/unit"]
    elif tree == "abi":
        flags = NATIVE + ["-I."]
    elif target(path):
        flags = FREESTANDING + ARCHES[arch]["flags"] + includes(tree, arch)
    else:
        flags = NATIVE + includes(tree)
    return flags + [f"-I{BUILD / 'tool'}"]


def strip_comments(text):
    """C without comments; strings and line numbers stay."""
    def blank(match):
        token = match.group(0)
        return token if token[0] in "\"'" else "\n" * token.count("\n") or " "
    return re.sub(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', blank, text,
                  flags=re.S)


def source_lines(path):
    """How many lines of a file are neither blank nor comment."""
    text = read(path)
    if path.suffix in (".c", ".h", ".S", ".ld", ".lds", ".dts", ".dtso"):
        text = strip_comments(text)
        return sum(1 for line in text.splitlines() if line.strip())
    return sum(1 for line in text.splitlines() if line.strip() and line.strip()[0] != "#")


def finish(name, findings, note=""):
    """Say how a check went, and end the process."""
    if findings:
        print(f"FAIL  {name}")
        for finding in findings:
            print("      " + str(finding).replace("\n", "\n      "))
        sys.exit(1)
    print(f"ok    {name}" + (f"  {note}" if note else ""))
    sys.exit(0)
