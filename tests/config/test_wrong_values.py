# SPDX-License-Identifier: Apache-2.0
"""Every key that a description has, at every place, left out or with a value of another kind: that
is told, or right, and never the program's end."""

import copy

VALUES = ["", "[]", "{}", "[ [] ]", '""', "~", "-1", "0x4000_0000", "word", "1 MiB", "{ a: b }"]
KEYS = {
    "bulkhead": "1",
    "board": "qemu-arm64",
    "console": "serial0",
    "defaults": {"memory": "16 MiB", "on-fault": "restart"},
    "vms": {
        "one": {
            "cpus": ["0", "1"],
            "memory": [{"size": "16 MiB", "at": "0x4000_0000", "clear": "no"},
                       {"size": "2 MiB", "at": "0x5000_0000", "phys": "0x5000_0000"}],
            "image": {"file": '"${images}/guest.elf"', "slot": "1 MiB"},
            "initrd": {"file": '"${images}/rootfs.cpio.gz"', "slot": "1 MiB"},
            "args": '"quiet"',
            "devices": ["pl031@9010000", {"node": "pl061@9030000", "enable": "yes", "dma": "none",
                                          "without": ["clocks"]}],
            "console": "shared",
            "interrupts": "mediated",
            "on-fault": {"do": "restart", "max": "3", "within": "10 s", "back-off": "1 s",
                         "then": "stop"},
            "watchdog": {"timeout": "10 s", "from": "boot"},
            "on-watchdog": "restart-group",
            "restart": "warm",
            "group": "motion",
            "manages": ["two"],
            "dtb": "generated",
            "patch": '"${images}/leds.dtbo"',
        },
        "two": {
            "cpus": "2",
            "memory": "4 MiB",
            "image": {"file": '"${images}/raw.bin"', "load": "0x4000_0000",
                      "entry": "0x4000_0000"},
            "dtb": "none",
            "console": "none",
            "group": "motion",
        },
    },
    "channels": {"shared": {"size": "4 KiB", "keep": "yes", "members": {
        "one": "rw", "two": {"access": "ro", "at": "0x7000_0000"}}}},
}
NOT_YET_OF_VM = {"firmware": {"some": "owned"}}
NOT_YET_OF_MEMBER = {"irq": "132"}


def flow(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[ " + ", ".join(map(flow, value)) + " ]"
    return value


def block(value, indent=0):
    """Maps as lines, so that a value may be missing; lists, and maps in them, in brackets."""
    text = ""
    for key, item in value.items():
        text += " " * indent + f"{key}:"
        text += "\n" + block(item, indent + 2) if isinstance(item, dict) else f" {flow(item)}\n"
    return text


def places(value, above=()):
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*above, key)
        if isinstance(item, (dict, list)):
            yield from places(item, (*above, key))


def changed(keys, place, value):
    """With another value at a place; None: without it."""
    keys = copy.deepcopy(keys)
    inside = keys
    for step in place[:-1]:
        inside = inside[step]
    if value is None:
        del inside[place[-1]]
    else:
        inside[place[-1]] = value
    return block(keys)


def texts():
    whole = copy.deepcopy(KEYS)
    whole["vms"]["one"].update(NOT_YET_OF_VM)
    whole["channels"]["shared"]["members"]["two"].update(NOT_YET_OF_MEMBER)
    own_tree = changed(KEYS, ("vms", "one", "dtb"), '"${images}/guest.dtb"')
    yield "right", block(KEYS)
    yield "with an own tree", own_tree
    for place in places(whole):
        # What is not yet supported ends a check early: most keys stand without.
        keys = whole if "firmware" in place or "irq" in place else KEYS
        for value in [None, *VALUES]:
            name = f"{'/'.join(map(str, place))}: {'left out' if value is None else value}"
            yield name, changed(keys, place, value)
            if place[:2] == ("vms", "one") and keys is KEYS:
                other = copy.deepcopy(keys)
                other["vms"]["one"]["dtb"] = '"${images}/guest.dtb"'
                yield f"{name}, with an own tree", changed(other, place, value)


def test_wrong_values(bulkhead, tmp_path):
    """All of them in one process."""
    names = [name for name, _ in texts()]
    for index, (_, text) in enumerate(texts()):
        (tmp_path / f"{index}.yaml").write_text(text)
    checked = bulkhead.check_many([tmp_path / f"{index}.yaml" for index in range(len(names))])
    results = [checked[str(index)] for index in range(len(names))]
    assert [code for code, _ in results[:2]] == [0, 0], results[:2]
    assert not [(name, code, said) for name, (code, said) in zip(names, results)
                if code != (" error: " in f" {said}")]
