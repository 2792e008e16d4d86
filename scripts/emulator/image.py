# SPDX-License-Identifier: Apache-2.0
"""Places inside a built system image (abi/system_image.h), and damaging them for a test."""

import re
import struct

RECORD_OFFSET = 64
RECORD_SIZE = 64
RECORD_MAGIC = 0x52424842
RECORD_TABLE_OFFSET = 40  # offsets inside struct boot_record
RECORD_CHECKSUM = 60
TABLE_SIZE = 8  # offsets inside struct system_table
TABLE_DIGEST = 16
TABLE_HOME = 32
SECTIONS = {"ram": 184, "cpus": 192, "vms": 200, "memory": 208, "devices": 216, "interrupts": 224,
            "payloads": 232, "channels": 240, "members": 248}
PAYLOAD_ENTRY_SIZE = 48


class DamageError(Exception):
    """A test names a place that the image does not have."""


def _crc32c_table():
    table = []
    for index in range(256):
        value = index
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_CRC = _crc32c_table()


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = _CRC[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ 0xFFFFFFFF


def fletcher(data):
    """The digest of the table and of payloads, whose bytes are whole words here."""
    total = totals = 0
    for word, in struct.iter_unpack("<I", data):
        total += word
        totals += total
    return struct.pack("<QQ", total % 2**64, totals % 2**64)


def seal_table(data, at):
    """Make the digest of the table at `at` right again."""
    size = struct.unpack_from("<I", data, at + TABLE_SIZE)[0]
    digest = slice(at + TABLE_DIGEST, at + TABLE_DIGEST + 16)
    data[digest] = bytes(16)
    data[digest] = fletcher(data[at:at + size])


SYMBOLS, STRINGS = 2, 3  # a section's type
SYMBOL_SIZE = 24


def elf_symbols(data):
    """Symbols of the hypervisor's ELF file, by name: where each is in its binary."""
    at, size, count = struct.unpack_from("<Q", data, 40) + struct.unpack_from("<HH", data, 58)
    sections = [struct.unpack_from("<IIQQQQII", data, at + size * index) for index in range(count)]
    symbols = next(section for section in sections if section[1] == SYMBOLS)
    names = sections[symbols[6]][4]
    found = {}
    for entry in range(symbols[4], symbols[4] + symbols[5], SYMBOL_SIZE):
        name, value = struct.unpack_from("<I4xQ", data, entry)
        found[data[names + name:data.index(b"\0", names + name)].decode()] = value
    return {name: value - found["link_text_start"] for name, value in found.items()}


class Image:
    def __init__(self, data, symbols=None):
        self.data = bytearray(data)
        self.symbols = symbols or {}  # elf_symbols()
        if len(self.data) < RECORD_OFFSET + RECORD_SIZE or self._u32(RECORD_OFFSET) != RECORD_MAGIC:
            raise DamageError("no boot record in this image")
        self.table = self._u64(RECORD_OFFSET + RECORD_TABLE_OFFSET)
        self.table_size = self._u32(self.table + TABLE_SIZE)
        offset, count = struct.unpack_from("<II", self.data, self.table + SECTIONS["payloads"])
        entries = self.table + offset
        self.payloads = [
            self._u64(entries + index * PAYLOAD_ENTRY_SIZE + 8) for index in range(count)
        ]

    def _u32(self, offset):
        return struct.unpack_from("<I", self.data, offset)[0]

    def _u64(self, offset):
        return struct.unpack_from("<Q", self.data, offset)[0]

    def section(self, name):
        """File offset of a section's first entry."""
        return self.table + self._u32(self.table + SECTIONS[name])

    def place(self, name):
        """Byte offset of a place: start, record, table, a section, payload N, symbol NAME, end;
        +/- bytes."""
        match = re.fullmatch(r"([a-z]+|payload (\d+)|symbol (\w+))\s*([+-]\s*\w+)?", name)
        if not match:
            raise DamageError(f"no place is called '{name}'")
        word = match.group(1)
        if match.group(3):
            if match.group(3) not in self.symbols:
                raise DamageError(f"the hypervisor has no symbol '{match.group(3)}'")
            base = self.symbols[match.group(3)]
        elif match.group(2):
            index = int(match.group(2))
            if index >= len(self.payloads):
                raise DamageError(f"'{name}': this image has {len(self.payloads)} payloads")
            base = self.payloads[index]
        else:
            base = self._named(word)
        offset = base + int((match.group(4) or "0").replace(" ", ""), 0)
        if not 0 <= offset <= len(self.data):
            raise DamageError(f"'{name}' is outside the image")
        return offset

    def _named(self, word):
        if word in SECTIONS:
            return self.section(word)
        places = {"start": 0, "record": RECORD_OFFSET, "table": self.table, "end": len(self.data)}
        if word not in places:
            raise DamageError(f"no place is called '{word}'")
        return places[word]

    def seal(self):
        """Make checksums right again, so that what is tested is the check behind them."""
        seal_table(self.data, self.table)
        at = RECORD_OFFSET
        struct.pack_into("<I", self.data, at + RECORD_CHECKSUM, 0)
        total = sum(struct.unpack_from("<16I", self.data, at))
        struct.pack_into("<I", self.data, at + RECORD_CHECKSUM, -total & 0xFFFFFFFF)

    def damage(self, steps):
        """Apply steps in order: {at, xor | bytes} | {truncate}; then {seal = true} if asked."""
        for step in steps:
            if "truncate" in step:
                del self.data[self.place(step["truncate"]):]
            elif step.get("seal"):
                self.seal()
            else:
                self._patch(step)
        return bytes(self.data)

    def _patch(self, step):
        offset = self.place(step["at"])
        if step.get("bytes") == "home":
            new = self.data[self.table + TABLE_HOME:self.table + TABLE_HOME + 8]
        elif "bytes" in step:
            new = bytes.fromhex(step["bytes"])
        elif "xor" in step:
            new = bytes(a ^ b for a, b in
                        zip(self.data[offset:], step["xor"].to_bytes(_width(step["xor"]), "little")))
        else:
            raise DamageError(f"{step}: needs 'xor', 'bytes', 'truncate' or 'seal'")
        if not new or offset + len(new) > len(self.data):
            raise DamageError(f"{step}: outside the image")
        self.data[offset:offset + len(new)] = new


def _width(value):
    if value <= 0:
        raise DamageError("a patch that changes nothing damages nothing")
    return (value.bit_length() + 7) // 8
