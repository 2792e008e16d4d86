# SPDX-License-Identifier: Apache-2.0
"""How many of the control loop's releases began how late: as text, and as docs/release-times.svg,
which holds what it was drawn from. Pure."""

import collections
import json
import math
import re
from xml.sax.saxutils import escape

SLOT_NS, SLOTS = 10, 256  # guests/control/record.h; the last one is for all that is later
ROWS_MAX = 12
WIDTHS_NS = (10, 20, 50, 100, 200, 500, 1000)
STYLE = """\
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1b1f24}
.strong{font-weight:700}
.faint{fill:#57606a;font-size:11px}
.page{fill:#fff}
.s0{fill:#8c959f}
.s1{fill:#56b4e9}
.s2{fill:#e69f00}
@media screen and (prefers-color-scheme:dark){
text{fill:#e6edf3}
.faint{fill:#9ea7b3}
.page{fill:#0d1117}
}
"""
LEFT, TOP, BAR, GAP, LONGEST, WIDTH = 160, 90, 13, 9, 500, 800


def parse(text):
    """`SLOT:COUNT,...` of the loop's record; None if it is not that."""
    if not re.fullmatch(r"(\d+:\d+)(,\d+:\d+)*", text):
        return None
    return collections.Counter({int(slot): int(count) for slot, count in
                                (pair.split(":") for pair in text.split(","))})


def rows(series):
    """(ns from, ns to, count of each series), as fine as a few rows allow, those with any."""
    for width in WIDTHS_NS:
        bins = [collections.Counter() for _ in series]
        for into, slots in zip(bins, series):
            for slot, count in slots.items():
                into[slot * SLOT_NS // width] += count
        used = sorted({place for into in bins for place, count in into.items() if count})
        if len(used) <= ROWS_MAX:
            break
    return [(place * width, (place + 1) * width, [into[place] for into in bins]) for place in used]


def label(start, end):
    return f"{start} or more" if end >= SLOTS * SLOT_NS else f"{start}-{end - 1}"


def length(count, longest):
    """Of a bar, by the number's logarithm: one release is seen beside a hundred thousand."""
    return 0 if count == 0 else longest * (1 + math.log10(count)) / 6


def as_text(series):
    """`series`: name -> slots."""
    table = rows(series.values())
    names = list(series)
    out = [f"{'ns late':>13}  " + "".join(f"{name:28}" for name in names).rstrip()]
    for start, end, counts in table:
        cells = (f"{'#' * math.ceil(length(count, 18)):18} {count or '':>7}  " for count in counts)
        out.append(f"{label(start, end):>13}  " + "".join(cells).rstrip())
    return out


def panel(board, series, top):
    table = rows(series.values())
    out = [f'<text class="strong" x="24" y="{top}">{escape(board)}</text>']
    top += 14
    for start, end, counts in table:
        middle = top + BAR * len(counts) / 2 + 4
        out.append(f'<text x="{LEFT - 12}" y="{middle:g}" text-anchor="end">'
                   f'{label(start, end)} ns</text>')
        for at, count in enumerate(counts):
            wide = length(count, LONGEST)
            y = top + BAR * at
            if count:
                out.append(f'<rect class="s{at}" x="{LEFT}" y="{y}" width="{wide:.0f}" '
                           f'height="{BAR - 2}"/>')
                out.append(f'<text class="faint" x="{LEFT + wide + 6:.0f}" y="{y + 10}">'
                           f'{count:,}</text>')
        top += BAR * len(counts) + GAP
    return out, top + 24


def as_svg(boards):
    """`boards`: board -> name of a series -> slots."""
    names = list(next(iter(boards.values())))
    title = "When the control loop's releases begin, in ns after their deadlines"
    body, top = [], TOP
    for board, series in boards.items():
        lines, top = panel(board, series, top)
        body += lines
    legend, x = [], 24
    for at, name in enumerate(names):
        legend += [f'<rect class="s{at}" x="{x}" y="48" width="12" height="12"/>',
                   f'<text x="{x + 18}" y="59">{escape(name)}</text>']
        x += 18 + 8 * len(name) + 30
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top - 12}" '
            f'viewBox="0 0 {WIDTH} {top - 12}" role="img" aria-labelledby="release-title">',
            f'<title id="release-title">{title}</title>',
            f"<metadata>{json.dumps(boards)}</metadata>", f"<style>\n{STYLE}</style>",
            f'<rect class="page" width="{WIDTH}" height="{top - 12}"/>',
            f'<text class="strong" x="24" y="32">{title}; a bar is a logarithm</text>']
    return "\n".join([*head, *legend, *body, "</svg>", ""])


def of_svg(text):
    """What a picture was drawn from; None if it does not say."""
    found = re.search(r"<metadata>(.*)</metadata>", text)
    return found and {board: {name: {int(slot): count for slot, count in slots.items()}
                              for name, slots in series.items()}
                      for board, series in json.loads(found[1]).items()}
