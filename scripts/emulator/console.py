# SPDX-License-Identifier: Apache-2.0
"""One serial line taken apart into its speakers (abi/console.h)."""

TAG_BEGIN = 0x1E
TAG_END = 0x1F
HYPERVISOR = "bulkhead"
FIRMWARE = "firmware"
REFUSAL = b"bulkhead: "
NAME_LIMIT = 64


class Demux:
    """Feed bytes in, get (speaker, line) pairs out, as lines become complete.

    Lines before any tag are the firmware's, or the hypervisor's where they say so: a boot refusal
    is printed when nothing but the boot record is trusted yet.
    """

    def __init__(self, first_speaker=FIRMWARE):
        self.speaker = first_speaker
        self.partial = {}  # speaker -> bytearray of its unfinished line
        self._tag = None  # bytearray while between TAG_BEGIN and TAG_END

    def feed(self, data):
        lines = []
        for byte in data:
            if byte == TAG_BEGIN:
                self._tag = bytearray()
            elif self._tag is not None:
                self._feed_tag(byte)
            elif byte == 0x0A:
                raw = bytes(self.partial.pop(self.speaker, b""))
                refusal = self.speaker == FIRMWARE and raw.startswith(REFUSAL)
                lines.append((HYPERVISOR if refusal else self.speaker, clean(raw)))
            else:
                self.partial.setdefault(self.speaker, bytearray()).append(byte)
        return lines

    def _feed_tag(self, byte):
        if byte == TAG_END:
            self.speaker = bytes(self._tag).decode("utf-8", "replace").removesuffix("| ")
            self._tag = None
        elif len(self._tag) >= NAME_LIMIT:
            # No name is that long: a damaged tag must not swallow the rest of the run.
            self.partial.setdefault(self.speaker, bytearray()).extend(self._tag)
            self._tag = None
        else:
            self._tag.append(byte)

    def unfinished(self):
        """What each speaker has begun and not ended: a prompt, or the place of a hang."""
        return {name: clean(bytes(raw)) for name, raw in self.partial.items() if clean(bytes(raw))}


def clean(raw):
    """A line as text, without carriage returns and without the escapes that colour it."""
    text = raw.decode("utf-8", "replace").replace("\r", "")
    if "\x1b" not in text:
        return text
    out, rest = [], iter(text)
    for char in rest:
        if char != "\x1b":
            out.append(char)
            continue
        if next(rest, "") == "[":  # CSI: parameters up to a final byte
            for final in rest:
                if "@" <= final <= "~":
                    break
    return "".join(out)


def record(line, word):
    """The fields of a record line `@word key=value ...` as a dict, or None for any other line."""
    fields = line.split()
    if not fields or fields[0] != "@" + word:
        return None
    return dict(field.split("=", 1) for field in fields[1:] if "=" in field)
