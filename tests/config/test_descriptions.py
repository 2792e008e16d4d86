# SPDX-License-Identifier: Apache-2.0
"""Whole descriptions: what `check` and `build` say of them.

    good/*.yaml              are accepted; good/*.expected is a warning of both
    warn/RULE[.VARIANT].yaml the same, and the warning is exactly that rule's
    bad/RULE.yaml            its cases break exactly that rule (fixtures/cases.py)
    several/*.yaml           have several independent errors, all printed
"""

import re
import shutil

import pytest

from conftest import HERE, ROOT
from fixtures.cases import accept, bad_cases

BAD = bad_cases()


def named(*folders):
    paths = [path for folder in folders for path in sorted((HERE / folder).glob("*.yaml"))]
    return pytest.mark.parametrize("path", paths, ids=lambda path: f"{path.parent.name}/{path.stem}")


def rules(said, severity="error"):
    return re.findall(rf": (?:{severity}): ([a-z0-9-]+): ", said)


@named("good", "warn")
def test_good(bulkhead, tmp_path, path):
    """Accepted and built, twice to the same bytes; `show` says the same of text and image."""
    checked = bulkhead.on("check", path)
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr
    bulkhead.expect(path.with_suffix(".expected"), checked.stderr)
    if path.parent.name == "warn":
        assert rules(checked.stderr, "warning|notice") == [path.name.split(".")[0]]
    images = [tmp_path / "first.img", tmp_path / "second.img"]
    for image in images:
        built = bulkhead.on("build", path, "-o", image)
        assert (built.returncode, built.stderr) == (0, checked.stderr)
    assert images[0].read_bytes() == images[1].read_bytes()
    shown = bulkhead("show", images[0])
    assert shown.returncode == 0 and shown.stdout == bulkhead.on("show", path).stdout, shown.stderr


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_bad(bulkhead, case):
    code, said = bulkhead.bad[case.name]
    broken = [rule for rule in rules(said) if rule == case.rule or rule != "not-supported"]
    assert code == 1 and broken == [case.rule], said
    if bulkhead.accept and case.path:
        accept(case, said)
    else:
        assert said == case.said


@named("several")
def test_several(bulkhead, path):
    checked = bulkhead.on("check", path)
    assert checked.returncode == 1 and len(rules(checked.stderr)) > 1
    bulkhead.expect(path.with_suffix(".expected"), checked.stderr)


def test_each_rule_has_a_case(bulkhead):
    """And what is said anywhere is a rule's."""
    listed = {line.split()[0] for line in bulkhead("check", "--list-rules").stdout.splitlines()}
    warned = {path.name.split(".")[0] for path in (HERE / "warn").glob("*.yaml")}
    assert len(listed) > 30 and listed == {case.rule for case in BAD} | warned
    said = [case.said for case in BAD] + [path.read_text() for path in HERE.glob("*/*.expected")]
    assert set(rules("\n".join(said), "error|warning|notice")) <= listed
    assert all(path.stem == case.rule for case in BAD if (path := case.path))


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
