#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""At most 0.4 % of the product's lines repeat a run of tokens that stands elsewhere."""

import re

import common

CEILING = 0.4  # percent
WINDOW = 40  # tokens: about five lines
TOKEN = re.compile(r'[A-Za-z_]\w*|0[xX][0-9A-Fa-f]+|\d+|"(?:\\.|[^"\\\n])*"|\S')


def tokens(text):
    """(token, line) pairs, without comments, includes and the braces that frame everything."""
    out = []
    for number, line in enumerate(common.strip_comments(text).splitlines(), 1):
        if not re.match(r"\s*#\s*include", line):
            out += [(token, number) for token in TOKEN.findall(line)]
    return out


def duplicated(sources):
    """sources: name -> text. Returns ({name: set of lines}, [(first place, second place)])."""
    seen, lines, pairs = {}, {name: set() for name in sources}, []
    for name, text in sources.items():
        stream = tokens(text)
        last_pair = -WINDOW
        for start in range(len(stream) - WINDOW + 1):
            window = tuple(token for token, _ in stream[start:start + WINDOW])
            here = (name, stream[start][1], stream[start + WINDOW - 1][1])
            there = seen.setdefault(window, here)
            if there == here or (there[0] == name and there[2] >= here[1]):
                continue
            lines[name].update(range(here[1], here[2] + 1))
            if start - last_pair >= WINDOW:
                pairs.append((there, here))
                last_pair = start
    return lines, pairs


def main():
    paths = common.c_files("*.c", "*.h", trees=("abi", "hypervisor", "tool"))
    sources = {str(path): common.read(path) for path in paths}
    lines, pairs = duplicated(sources)
    total = sum(common.source_lines(path) for path in paths)
    share = 100 * sum(map(len, lines.values())) / max(total, 1)
    findings = []
    if share > CEILING:
        findings = [f"{share:.2f} % of the lines, {CEILING} at most"]
        findings += [f"{b[0]}:{b[1]} repeats {a[0]}:{a[1]}" for a, b in pairs]
    common.finish("duplication", findings, f"{share:.2f} %")


if __name__ == "__main__":
    main()
