# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/performance.md, between `<!-- figures: NAME -->` and `<!-- end -->`: `bench.py
--docs` and `bench_linux.py --docs` write them, and the same figures' tests tell when they are stale."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
LIMIT = 3  # per cent by which the page may be wrong


def pattern(name):
    return re.compile(rf"^(<!-- figures: {re.escape(name)} -->\n)(.*?)^<!-- end -->\n", re.S | re.M)


def cell(value):
    return "" if value is None else f"{value:,}"


def write(name, columns, rows):
    """`rows`: name -> its figures, each a number or None."""
    lines = [f"| {name} | {' | '.join(columns)} |", "|---|" + "--:|" * len(columns)]
    lines += [f"| {row} | {' | '.join(map(cell, figures))} |" for row, figures in rows.items()]
    text = "\n".join([*lines, "<!-- end -->", ""])
    text, count = pattern(name).subn(lambda found: found[1] + text, PAGE.read_text())
    if count != 1:
        raise ValueError(f"{PAGE} has no place for {name}")
    PAGE.write_text(text)


def stale(name, rows):
    """None, or what the page has not, or has otherwise."""
    found = pattern(name).search(PAGE.read_text())
    page = [[word.strip() for word in line.strip("|").split("|")]
            for line in (found[2] if found else "").splitlines()[2:]]
    page = {row: [float(word.replace(",", "")) if word else None for word in figures]
            for row, *figures in page}
    wrong = [row for row in {**page, **rows} if not alike(page.get(row), rows.get(row))]
    return f"docs/performance.md is stale, make bench-docs: {', '.join(wrong)}" if wrong else None


def alike(page, figures):
    if page is None or figures is None or len(page) != len(figures):
        return False
    return all(was == now or None not in (was, now) and abs(was - now) * 100 <= LIMIT * now
               for was, now in zip(page, figures))
