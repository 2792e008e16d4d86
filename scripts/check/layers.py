#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's layers: who may include whom, and no cycles (docs/architecture.md)."""

import re

import common

# A folder includes its own rank's folders and lower ones, never higher ones.
RANK = {"lib": 0, "abi": 1, "config": 2, "mem": 3, "vm": 4, "irq": 5, "trap": 5,
        "dev": 6, "ipc": 6, "iommu": 6, "boot": 7}
EVERYONES = {"trace", "lib", "abi"}  # serve all layers
CONTRACT = "arch/include"
# The contract speaks in the core's types up to the VM; it knows no device and no boot order.
CONTRACT_MAY = {"lib", "abi", "config", "mem", "vm", "trap", "irq", "trace", CONTRACT}
DRIVERS_MAY = {"lib", "abi", "mem", CONTRACT}


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


def cycles(graph):
    """Each cycle once, as a list of nodes."""
    done, path, found = set(), [], []

    def visit(node):
        if node in path:
            found.append(path[path.index(node):] + [node])
            return
        if node in done:
            return
        path.append(node)
        for target in sorted(graph.get(node, ())):
            visit(target)
        path.pop()
        done.add(node)

    for node in sorted(graph):
        visit(node)
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


def main():
    paths = common.c_files("*.c", "*.h", "*.S", trees=("abi", "hypervisor", "tool"))
    sources = {str(path): common.read(path) for path in paths}
    common.finish("layers", examine(sources) + conditionals(sources), f"{len(paths)} files")


if __name__ == "__main__":
    main()
