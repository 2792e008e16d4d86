# SPDX-License-Identifier: Apache-2.0
"""What must hold for each picture that `bulkhead show --svg` draws: it is well-formed, nothing is
outside of it, no two texts overlap, and each text that stands in a box fits into it, whichever
fixed-width font it is shown in.
"""

import unicodedata
import xml.etree.ElementTree as ElementTree

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "title", "desc", "style", "defs", "pattern", "rect", "path", "text", "g"}

# Of a letter's size: the widest fixed-width fonts' letters are 0.61 wide (Courier's 0.6), twice
# that where another script's stand in for them. Ascent and descent are those of DejaVu Sans Mono.
WIDTH = 0.615
ASCENT = 0.78
DESCENT = 0.24


class Box:
    def __init__(self, left, top, right, bottom, what):
        self.left, self.top, self.right, self.bottom, self.what = left, top, right, bottom, what

    def overlaps(self, other):
        return (self.left < other.right and other.left < self.right and
                self.top < other.bottom and other.top < self.bottom)

    def is_inside(self, other):
        return (self.left >= other.left and self.right <= other.right and
                self.top >= other.top and self.bottom <= other.bottom)

    def __str__(self):
        return f"{self.what} ({self.left:.0f},{self.top:.0f} to {self.right:.0f},{self.bottom:.0f})"


def columns(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def text_box(element):
    text = "".join(element.itertext())
    size, x, y = (float(element.get(name)) for name in ("font-size", "x", "y"))
    width = columns(text) * size * WIDTH
    left = x - width if element.get("text-anchor") == "end" else x
    return Box(left, y - ASCENT * size, left + width, y + DESCENT * size, repr(text))


def rect_box(element):
    x, y = float(element.get("x", 0)), float(element.get("y", 0))
    return Box(x, y, x + float(element.get("width")), y + float(element.get("height")), "a box")


def fits(root):
    """Each group is a box, and the texts in it."""
    for group in root.iter(SVG + "g"):
        outer = rect_box(group.find(SVG + "rect"))
        for element in group.iter(SVG + "text"):
            if not (box := text_box(element)).is_inside(outer):
                yield f"{box} does not fit into its box {outer}"


def problems(text):
    """Everything that is wrong with a picture, as a list of sentences."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        return [f"not well-formed: {error}"]
    left, top, width, height = (float(number) for number in root.get("viewBox").split())
    page = Box(left, top, left + width, top + height, "the picture")
    texts = [text_box(element) for element in root.iter(SVG + "text")]
    defined = set(root.find(SVG + "defs").iter())
    boxes = [rect_box(element) for element in root.iter(SVG + "rect") if element not in defined]
    found = [f"{box} is outside" for box in texts + boxes if not box.is_inside(page)]
    found += [f"{one} overlaps {other}" for i, one in enumerate(texts) for other in texts[:i]
              if one.overlaps(other)]
    found += fits(root)
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    found += [f"<{kind}> is not known to this test" for kind in sorted(kinds - ELEMENTS)]
    names = [element.get("id") for element in root.iter() if element.get("id")]
    found += [f"id {name} is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    labels = (root.get("aria-labelledby") or "").split()
    if root.get("role") != "img" or len(labels) != 2 or not set(labels) <= set(names):
        found.append("it has no role and no labels")
    if not texts:
        found.append("there is no text")
    return found


def words(text):
    """All that stands in a picture, to be looked for."""
    root = ElementTree.fromstring(text)
    return ["".join(element.itertext()) for element in root.iter(SVG + "text")]
