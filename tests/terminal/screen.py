# SPDX-License-Identifier: Apache-2.0
"""A terminal's screen, as far as the tests need one: what an xterm would show."""

import re
import unicodedata

SEQUENCE = re.compile(
    r"\x1b\[(?P<marker>[<=>?]?)(?P<params>[0-9;:]*)(?P<middle>[ -/]*)(?P<final>[@-~])"
    r"|\x1b(?P<charset>[()*+#])."
    r"|\x1b(?P<escape>[^\[()*+#])",
    re.S,
)
PARTIAL = re.compile(r"\x1b(\[[<=>?]?[0-9;: -/]*|[()*+#])?\Z")


class Screen:
    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cells = self.blank()
        self.styles = [[frozenset()] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.pending = False
        self.style = frozenset()
        self.top, self.bottom = 0, rows - 1
        self.saved = (0, 0, frozenset())
        self.main = None  # the main screen while the alternate one is shown
        self.modes = {7: True, 25: True}
        self.rest = ""
        self.answers = []  # what the terminal types by itself
        self.scrolled_off = []

    def blank(self):
        return [[" "] * self.columns for _ in range(self.rows)]

    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]

    def line(self, row):
        return self.lines()[row]

    def cursor_line(self):
        return self.line(self.row)

    def is_dim(self, row):
        return all("2" in self.styles[row][i] for i, c in enumerate(self.cells[row]) if c != " ")

    def is_reverse(self, row):
        return all("7" in style for style in self.styles[row])

    def resize(self, rows, columns):
        """As a terminal that keeps its top left corner."""
        while len(self.cells) > rows and self.row >= rows:
            self.scrolled_off.append("".join(self.cells.pop(0)).rstrip())
            self.styles.pop(0)
            self.row -= 1
        self.cells = [(row + [" "] * columns)[:columns] for row in self.cells[:rows]]
        self.styles = [(row + [frozenset()] * columns)[:columns] for row in self.styles[:rows]]
        while len(self.cells) < rows:
            self.cells.append([" "] * columns)
            self.styles.append([frozenset()] * columns)
        self.rows, self.columns = rows, columns
        self.column = min(self.column, columns - 1)
        self.row = min(self.row, rows - 1)
        self.top, self.bottom = 0, rows - 1

    def feed(self, text):
        text = self.rest + text
        self.rest = ""
        at = 0
        while at < len(text):
            if text[at] != "\x1b":
                self.character(text[at])
                at += 1
                continue
            match = SEQUENCE.match(text, at)
            if not match:
                if not PARTIAL.match(text, at):
                    raise AssertionError("unknown sequence %r" % text[at:at + 20])
                self.rest = text[at:]
                return
            self.sequence(match)
            at = match.end()

    def character(self, char):
        if char == "\n":
            self.index()
        elif char == "\r":
            self.column, self.pending = 0, False
        elif char == "\b":
            self.column, self.pending = max(0, self.column - 1), False
        elif char == "\t":
            self.column = min(self.columns - 1, self.column // 8 * 8 + 8)
        elif char >= " ":
            self.put(char, 2 if unicodedata.east_asian_width(char) in "WF" else 1)

    def put(self, char, width):
        if self.pending:
            self.column, self.pending = 0, False
            self.index()
        for i in range(width):
            self.cells[self.row][self.column + i] = "" if i else char
            self.styles[self.row][self.column + i] = self.style
        if self.column + width >= self.columns:
            self.column, self.pending = self.columns - 1, True
        else:
            self.column += width

    def index(self):
        self.pending = False
        if self.row == self.bottom:
            if self.top == 0:
                self.scrolled_off.append(self.line(0))
            del self.cells[self.top], self.styles[self.top]
            self.cells.insert(self.bottom, [" "] * self.columns)
            self.styles.insert(self.bottom, [frozenset()] * self.columns)
        elif self.row < self.rows - 1:
            self.row += 1

    def sequence(self, match):
        if match["charset"]:
            return
        if match["escape"]:
            if match["escape"] == "7":
                self.saved = (self.row, self.column, self.style, self.pending)
            elif match["escape"] == "8":
                self.row, self.column, self.style, self.pending = self.saved
            elif match["escape"] not in "=>":
                raise AssertionError("unknown escape %r" % match[0])
            return
        params = [int(p or 0) for p in re.split("[;:]", match["params"])]
        final = match["final"]
        if match["marker"] == "?":
            for mode in params:
                self.mode(mode, final == "h")
        elif final == "m":
            self.sgr(match["params"].split(";"))
        else:
            handler = getattr(self, "csi_" + final, None)
            if handler:
                handler(*params)

    def mode(self, mode, on):
        self.modes[mode] = on
        if mode == 1049 and on and not self.main:
            self.main = (self.cells, self.styles, self.row, self.column)
            self.cells = self.blank()
        elif mode == 1049 and not on and self.main:
            self.cells, self.styles, self.row, self.column = self.main
            self.main = None

    def sgr(self, params):
        for param in params:
            self.style = frozenset() if param in ("", "0") else self.style | {param}

    def move(self, row, column):
        self.row = max(0, min(self.rows - 1, row))
        self.column = max(0, min(self.columns - 1, column))
        self.pending = False

    def csi_H(self, row=1, column=1, *_):
        self.move((row or 1) - 1, (column or 1) - 1)

    csi_f = csi_H

    def csi_A(self, count=1):
        self.move(max(self.top, self.row - max(1, count)), self.column)

    def csi_B(self, count=1):
        last = self.bottom if self.row <= self.bottom else self.rows - 1
        self.move(min(last, self.row + max(1, count)), self.column)

    def csi_C(self, count=1):
        self.move(self.row, self.column + max(1, count))

    def csi_D(self, count=1):
        self.move(self.row, self.column - max(1, count))

    def csi_G(self, column=1):
        self.move(self.row, max(1, column) - 1)

    def erase(self, row, first, last):
        for column in range(first, last):
            self.cells[row][column] = " "
            self.styles[row][column] = frozenset()

    def csi_K(self, what=0):
        first = self.column if what == 0 else 0
        self.erase(self.row, first, self.column + 1 if what == 1 else self.columns)

    def csi_J(self, what=0):
        if what == 0:
            self.csi_K(0)
        for row in range(self.row + 1 if what == 0 else 0, self.rows):
            self.erase(row, 0, self.columns)

    def csi_r(self, top=1, bottom=0):
        self.top, self.bottom = max(1, top) - 1, (bottom or self.rows) - 1
        self.move(0, 0)

    def csi_n(self, what=0):
        if what == 6:
            self.answers.append("\x1b[%d;%dR" % (self.row + 1, self.column + 1))
