# SPDX-License-Identifier: Apache-2.0
"""The cases that are long, or no plain text: folder, name, the file's bytes, what is said of it."""

VM = 'cpus: 0, image: "${images}/guest.elf"'


def system(vms):
    return f"bulkhead: 1\nboard: qemu-arm64\nvms:\n{vms}\n".encode()


def linux(board, image, size):
    """With so many characters of args."""
    return (f"bulkhead: 1\nboard: {board}\nvms:\n  one:\n    cpus: 0\n    memory: 16 MiB\n    image: "
            f"${{images}}/{image}\n    args: \"{'x' * size}\"\n").encode()


CASES = [
    ("good", "args-long", linux("qemu-arm64", "Image", 2047), ""),
    ("good", "args-long-riscv64", linux("qemu-riscv64", "Image.riscv", 1023), ""),
    ("bad", "args-too-long", linux("qemu-arm64", "Image", 2048),
     "8:11: error: args-too-long: args has 2048 characters, and Linux reads 2047 and cuts "
     "off the rest; shorten it, or move what programs read into the initrd\n"),
    ("bad", "args-too-long.riscv64", linux("qemu-riscv64", "Image.riscv", 1024),
     "8:11: error: args-too-long: args has 1024 characters, and Linux reads 1023 (511 before 6.3) and cuts "
     "off the rest; shorten it, or move what programs read into the initrd\n"
     "    8 |     args: \"" + "x" * 81 + "...\n      |           " + "^" + "~" * 81 + "\n"),
    # As an editor on another system saves it: with a byte order mark, and both characters that end
    # a line.
    ("good", "windows",
     b"\xef\xbb\xbf" + system(f"  one: {{ {VM}, memory: 16 MiB }}").replace(b"\n", b"\r\n"), ""),
    ("bad", "table-full", system(f"  one: {{ {VM}, memory: [\n" + ",\n".join(
        f"    {{ size: 4 KiB, at: {0x40000000 + (n << 16):#x} }}" for n in range(129)) + " ] }"), """\
4:3: error: table-full: the VMs have 129 regions of memory; the hypervisor's table takes 128, so join some
    4 |   one: { cpus: 0, image: "${images}/guest.elf", memory: [
      |   ^
"""),
    ("bad", "vm-count.many", system("\n".join(
        f"  vm{n}: {{ {VM}, memory: 4 KiB }}".replace("0,", f"{n},", 1) for n in range(9))), """\
4:3: error: vm-count: there are 9 VMs; Bulkhead runs at most 8
    4 |   vm0: { cpus: 0, image: "${images}/guest.elf", memory: 4 KiB }
      |   ^
"""),
    ("bad", "wrong-type.root", b"- one\n- two\n", """\
1:1: error: wrong-type: a description is a map, not a list; write its keys, each as KEY: VALUE
    1 | - one
      | ^
"""),
    ("bad", "yaml-limit", system(f"  one: {{ {VM}, memory: 1 MiB, devices: [\n{'d,' * 256}\nlast] }}"), """\
6:1: error: yaml-limit: a list has at most 256 items; mend or split it
    6 | last] }
      | ^
"""),
    ("bad", "yaml-limit.map", system("".join(f"  v{n}: 1\n" for n in range(257))), """\
260:3: error: yaml-limit: a map has at most 256 keys; mend or split it
  260 |   v256: 1
      |   ^
"""),
    ("bad", "yaml-syntax.control", system("  o\x1bne: 1"), """\
4:4: error: yaml-syntax: the control character 0x1b cannot be in a description; remove it
    4 |   o?ne: 1
      |    ^
"""),
    ("bad", "yaml-syntax.empty", b"# Nothing.\n", """\
1:1: error: yaml-syntax: the file is empty; begin it with bulkhead: 1
    1 | # Nothing.
      | ^
"""),
    ("bad", "yaml-syntax.encoding", b"# Bytes of anoth\xe9r encoding.\nbulkhead: 1\n", """\
1:17: error: yaml-syntax: the byte 0xe9 is no UTF-8; save the file as UTF-8, or write the character in ASCII
    1 | # Bytes of anoth?r encoding.
      |                 ^
"""),
    ("bad", "yaml-syntax.utf-16", "\ufeffbulkhead: 1\n".encode("utf-16-le"), """\
1:1: error: yaml-syntax: this file is UTF-16; save it as UTF-8
    1 | ??b?u?l?k?h?e?a?d?:? ?1?
      | ^
"""),
]
