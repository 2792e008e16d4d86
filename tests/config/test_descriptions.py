# SPDX-License-Identifier: Apache-2.0
"""Whole descriptions, and what `check` and `build` say of them: fixtures/cases.py says how a case is
written down.

    good/    are accepted
    warn/    too, and the warning is exactly that of the rule RULE of a case RULE or RULE.VARIANT
    bad/     break exactly that rule
    several/ have several independent errors, all printed
"""

import re
import shutil

import pytest

from fixtures.images import ROOT
from fixtures.cases import cases


def named(*folders):
    return pytest.mark.parametrize("case", cases(*folders), ids=str)


def rules(said, severity="error"):
    return re.findall(rf": (?:{severity}): ([a-z0-9-]+): ", said)


@named("good", "warn")
def test_good(bulkhead, tmp_path, case):
    """Accepted and built, twice to the same bytes; `show` says the same of text and image."""
    checked = bulkhead.on("check", case)
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr
    bulkhead.expect(case, checked.stderr)
    if case.folder == "warn":
        assert rules(checked.stderr, "warning|notice") == [case.rule]
    images = [tmp_path / "first.img", tmp_path / "second.img"]
    for image in images:
        built = bulkhead.on("build", case, "-o", image)
        assert (built.returncode, built.stderr) == (0, checked.stderr)
    assert images[0].read_bytes() == images[1].read_bytes()
    shown = bulkhead("show", images[0])
    assert shown.returncode == 0 and shown.stdout == bulkhead.on("show", case).stdout, shown.stderr


@named("bad")
def test_bad(bulkhead, case):
    code, said = bulkhead.bad[case.name]
    broken = [rule for rule in rules(said) if rule == case.rule or rule != "not-supported"]
    assert code == 1 and broken == [case.rule], said
    bulkhead.expect(case, said)


@named("several")
def test_several(bulkhead, case):
    checked = bulkhead.on("check", case)
    assert checked.returncode == 1 and len(rules(checked.stderr)) > 1
    bulkhead.expect(case, checked.stderr)


def test_each_rule_has_a_case(bulkhead):
    """Its file has the rule's name; and what is said anywhere is a rule's."""
    listed = {line.split()[0] for line in bulkhead("check", "--list-rules").stdout.splitlines()}
    broken = cases("bad", "warn")
    assert len(listed) > 30 and listed == {case.rule for case in broken}
    assert not [case for case in broken if case.path and case.path.stem != case.rule]
    said = "".join(case.said for case in cases())
    assert set(rules(said, "error|warning|notice")) <= listed


def examples():
    """The whole systems of the documentation."""
    text = (ROOT / "docs/system-description.md").read_text()
    return [block for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.S | re.M)
            if block.startswith("bulkhead: 1")]


def test_there_are_examples():
    assert len(examples()) >= 4


@pytest.mark.parametrize("text", examples(), ids=lambda text: str(examples().index(text)))
def test_example(bulkhead, files, tmp_path, text):
    """Right, but for what is not yet supported."""
    board = re.search(r"^board: (\S+)", text, re.M)[1]
    kind = "-riscv64" if "riscv64" in board else ""
    for name in re.findall(r"[\w-]+\.elf", text):
        shutil.copy(files / f"guest{kind}.elf", tmp_path / name)
    shutil.copy(files / ("Image.riscv" if kind else "Image"), tmp_path / "Image")
    shutil.copy(files / "rootfs.cpio.gz", tmp_path)
    for name in re.findall(r"[\w-]+\.dtso", text):
        (tmp_path / name).write_text("/dts-v1/;\n/plugin/;\n&{/} { };\n")
    (tmp_path / "system.yaml").write_text(text)
    checked = bulkhead("check", "--boards", ROOT / "boards", "--hypervisor",
                       files / f"hypervisor{kind}.bin", tmp_path / "system.yaml")
    known = (ROOT / "boards" / board).is_dir()
    assert set(rules(checked.stderr)) <= {"not-supported"} | ({"board-unknown"} - {known}), \
        checked.stderr
