#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The layers: which module may know which, and no circles (docs/architecture.md).

A module is a .c or .S with its .h; of a guest's, with what each architecture adds under the same
name. It knows another if it includes one of its files, or uses a name that only that one defines,
which the object files tell.
"""

import re
import subprocess
import sys

import common

# A folder includes its own rank's folders and lower ones, never higher ones.
RANK = {"lib": 0, "abi": 1, "config": 2, "mem": 3, "vm": 4, "irq": 5, "trap": 5,
        "dev": 6, "ipc": 6, "iommu": 6, "boot": 7}
EVERYONES = {"trace", "lib", "abi"}  # serve all layers
CONTRACT = "arch/include"
# The contract speaks in the core's types up to the VM; it knows no device and no boot order.
CONTRACT_MAY = {"lib", "abi", "config", "mem", "vm", "trap", "irq", "trace", CONTRACT}
DRIVERS_MAY = {"lib", "abi", "mem", CONTRACT}

# The tool's rooms, lowest first. A module knows its own room and lower ones; rooms of one line do
# not know each other.
ROOMS = (("base",), ("report", "console"), ("run",), ("tree", "format"), ("board",), ("system",),
         ("guest_tree",), ("check",), ("init", "image"), ("show",), ("commands",), ("main",))
ROOM_RANK = {room: rank for rank, rooms in enumerate(ROOMS) for room in rooms}


def folder(path):
    """The module folder of a path inside the project: lib, abi, arch/include, arch/arm64 ..."""
    parts = path.split("/")
    if parts[0] == "abi":
        return "abi"
    if parts[0] != "hypervisor" or len(parts) < 3:
        return None
    if parts[1] == "arch":
        # Each architecture's own include/ completes the contract with the types it leaves open.
        return "/".join(parts[1:4] if parts[3] == "include" else parts[1:3])
    return parts[1]


def resolve(path, name, known):
    """Which file of the project an #include means, or None for the compiler's own."""
    here = path.rsplit("/", 1)[0]
    arch = re.match(r"hypervisor/arch/[^/]+", path)
    places = [here, ".", "hypervisor", "hypervisor/arch/include"]
    if arch:
        places += [arch.group(0), arch.group(0) + "/include"]
    for place in places:
        candidate = name if place == "." else f"{place}/{name}"
        if candidate in known:
            return candidate
    others = [p for p in known if p.endswith("/" + name)]
    return others[0] if len(others) == 1 else None


def forbidden(source, target):
    """Why folder `source` may not include folder `target`; None if it may."""
    if source == target or target in EVERYONES:
        if source in RANK and target in RANK and RANK[target] > RANK[source]:
            return f"{source} is below {target}"
        return None
    if target.startswith("arch/") and target.endswith("/include"):
        return None
    if source == CONTRACT:
        return None if target in CONTRACT_MAY else "the contract knows only core types"
    if source.startswith("arch/"):
        if target in ("dev", "boot"):
            return "arch never includes dev or boot"
        if target.startswith("arch/") and target != source.removesuffix("/include"):
            return "one architecture never includes another"
        return None
    if target.startswith("arch/"):
        return None if target == CONTRACT else "core includes only the contract in arch/include"
    if source == "drivers":
        return None if target in DRIVERS_MAY else "a driver knows only lib, abi, mem and the contract"
    if source == "trace":
        return None if RANK.get(target, 9) <= RANK["config"] else "trace serves all, knows few"
    if target == "drivers":
        return None if source in ("dev", "boot") else "drivers are bound by dev and boot"
    if source in RANK and target in RANK:
        return None if RANK[target] <= RANK[source] else f"{source} is below {target}"
    return f"no layer is known for {source if source not in RANK else target}"


def includes(text):
    return re.findall(r'^\s*#\s*include\s+["<]([^">]+)[">]', text, re.M)


def reachable(graph, start):
    """All that `start` leads to."""
    seen, todo = set(), [start]
    while todo:
        new = graph.get(todo.pop(), set()) - seen
        seen |= new
        todo += new
    return seen


def cycles(graph):
    """Each set of nodes that lead to each other, as a shortest way around from its first node."""
    found, done = [], set()
    ways = {node: reachable(graph, node) for node in graph}
    for node in sorted(graph):
        if node in done or node not in ways[node]:
            continue
        done |= {other for other in ways[node] if node in ways.get(other, ())}
        paths = [[node]]
        while paths[0][-1] != node or len(paths[0]) == 1:
            path = paths.pop(0)
            paths += [path + [target] for target in sorted(graph[path[-1]])
                      if target == node or (target in done and target not in path)]
        found.append(paths[0])
    return found


def examine(sources):
    """sources: path -> text. Returns the findings."""
    findings, by_file, by_folder = [], {}, {}
    for path, text in sources.items():
        mine = folder(path)
        if mine is None:
            continue
        for name in includes(common.strip_comments(text)):
            target = resolve(path, name, sources)
            if target is None:
                continue
            theirs = folder(target)
            if theirs is None:
                findings.append(f"{path}: includes {target}: not part of the hypervisor")
                continue
            by_file.setdefault(path, set()).add(target)
            if why := forbidden(mine, theirs):
                findings.append(f"{path}: includes {target}: {why}")
            if mine != theirs and not mine.startswith("arch/") and not theirs.startswith("arch/"):
                by_folder.setdefault(mine, set()).add(theirs)
    findings += ["files include each other: " + " -> ".join(c) for c in cycles(by_file)]
    findings += ["folders include each other: " + " -> ".join(c) for c in cycles(by_folder)]
    return findings


def conditionals(sources):
    """No #if inside core logic: what differs is chosen by folder and by data."""
    findings = []
    for path, text in sources.items():
        mine = folder(path)
        if mine is None or not path.endswith(".c") or mine.startswith("arch/"):
            continue
        for number, line in enumerate(common.strip_comments(text).splitlines(), 1):
            if re.match(r"\s*#\s*(if|ifdef|ifndef|elif)\b", line):
                findings.append(f"{path}:{number}: {line.strip()}: no #if in core code")
    return findings


def module(path):
    """hypervisor/vm/vm for its .c, .h and .S; guests/runtime/timer for that of each architecture."""
    if path.startswith("guests/"):
        path = path.replace("/arm64/", "/").replace("/riscv64/", "/")
    return re.sub(r"\.[^./]+$", "", path)


def names(nm):
    """(defined, used) global names of an object file, out of what nm prints of it."""
    defined, used = set(), set()
    for line in nm.splitlines():
        kind, name = line.split()[-2:]
        (used if kind == "U" else defined).add(name)
    return defined, used


def modules(sources, objects):
    """module -> those that it knows. sources: path -> text; objects: [(module, defined, used)]."""
    knows = {module(path): set() for path in sources}
    for path, text in sources.items():
        for name in includes(common.strip_comments(text)):
            if target := resolve(path, name, sources):
                knows[module(path)].add(module(target))
    by_name = {}
    for mine, defined, _ in objects:
        for name in defined:
            by_name.setdefault(name, []).append(mine)
    for mine, _, used in objects:
        knows[mine].update(by_name[name][0] for name in used if len(by_name.get(name, ())) == 1)
    return {mine: theirs - {mine} for mine, theirs in knows.items()}


def upward(knows):
    """Modules of the tool that know one of a higher room, or of another in the same line."""
    room = {mine: mine.split("/")[1] for mine in knows}
    return [f"{mine}: knows {its}: tool/{room[mine]} is not above tool/{room[its]}"
            for mine in sorted(knows) for its in sorted(knows[mine])
            if room[mine] != room[its] and ROOM_RANK[room[mine]] <= ROOM_RANK[room[its]]]


def circles(knows):
    return ["modules know each other: " + " -> ".join(circle) for circle in cycles(knows)]


def compiled(folder, sources, prefix=""):
    """(module, defined, used) of each source's object file in a folder of the build."""
    files = {}
    for path in sources:
        bare = folder / path.removeprefix(prefix)
        for file in (bare.with_suffix(".o"), bare.with_suffix(bare.suffix + ".o")):
            if file.exists():
                files[str(file)] = path
    if not files:
        sys.exit(f"layers: {folder} has no object files: `make` first")
    nm = subprocess.run(["nm", "-gA", *files], capture_output=True, check=True, text=True).stdout
    lines = {}
    for line in nm.splitlines():
        file, _, symbol = line.partition(":")
        lines.setdefault(file, []).append(symbol)
    return [(module(files[file]), *names("\n".join(mine))) for file, mine in lines.items()]


def examine_modules():
    """The findings of tool/, each hypervisor/arch/ and guests/, by includes and by names."""
    texts = {str(path): common.read(path) for path in common.c_files("*.c", "*.h", "*.S")}

    def graph(folder, tree, others="-", prefix=""):
        mine = {path: text for path, text in texts.items()
                if path.startswith(tree) and f"/{others}/" not in path}
        return modules(mine, compiled(common.BUILD / folder, mine, prefix))

    tool = graph("tool", "tool/")
    findings = upward(tool) + circles(tool)
    for arch, other in zip(common.ARCHES, reversed(common.ARCHES)):
        findings += circles(graph(arch, f"hypervisor/arch/{arch}/"))
        findings += circles(graph(f"guests/{arch}/obj", "guests/", other, "guests/"))
    return findings


def main():
    paths = common.c_files("*.c", "*.h", "*.S", trees=("abi", "hypervisor", "tool"))
    sources = {str(path): common.read(path) for path in paths}
    common.finish("layers", examine(sources) + conditionals(sources) + examine_modules(),
                  f"{len(paths)} files")


if __name__ == "__main__":
    main()
