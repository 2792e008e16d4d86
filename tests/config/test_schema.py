# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas take all that is right, and refuse what they can see; generated trees are what
dt-schema knows, and what fixtures/schemas/ says beyond that."""

import re
import shutil

import pytest
import yaml

from fixtures.cases import cases
from fixtures.images import HERE, ROOT, dtc
from fixtures.schema import Schema


@pytest.fixture(scope="module", name="systems")
def systems_fixture(bulkhead):
    return Schema(bulkhead("schema").stdout)


@pytest.fixture(scope="module", name="boards")
def boards_fixture(bulkhead):
    return Schema(bulkhead("schema", "--board").stdout)


def found(*patterns):
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern))


@pytest.mark.parametrize("path", found(
    "examples/*/system*.yaml", "tests/system/*/system*.yaml"), ids=lambda path: str(path.relative_to(ROOT)))
def test_system(systems, path):
    assert systems.refuses_good(path.read_bytes()) == ""


@pytest.mark.parametrize("case", cases("good", "warn"), ids=str)
def test_good(systems, case):
    assert systems.refuses_good(case.data) == ""


@pytest.mark.parametrize("case", cases("bad"), ids=str)
def test_bad(systems, case):
    assert systems.accepts_bad(case.name, case.data, case.said) == ""


@pytest.mark.parametrize("path", found("boards/*/board.yaml"), ids=lambda path: path.parent.name)
def test_board(boards, path):
    assert boards.refuses_good(path.read_bytes()) == ""


def test_documented_board(boards):
    text = (ROOT / "docs/system-description.md").read_text()
    blocks = re.findall(r"^```yaml\n(board: 1.*?)^```$", text, re.S | re.M)
    assert blocks and [boards.refuses_good(block) for block in blocks] == [""] * len(blocks)


@pytest.mark.parametrize("old, new", [
    ("home:", "hom:"), ("arm64", "arm"), ("0x4020_0000", "0x4020_0000_"),
    ("names:", "names: [ ]\nname:"), ("board: 1", "board: 2"), ("board: 1\n", "")])
def test_wrong_board(boards, old, new):
    good = (ROOT / "boards/qemu-arm64/board.yaml").read_text()
    changed = good.replace(old, new)
    assert changed != good and boards.mistake(changed, yaml.BaseLoader)


@pytest.mark.parametrize("name, vm", [
    ("good/linux", "linux"), ("good/riscv64", "linux"), ("good/riscv64-aia", "control"),
    ("warn/window-lost", "one"), ("warn/msi-lost", "one"), ("warn/dma-unprotected", "one"),
    ("good/trees", "placed"), ("good/ends", "one")])
def test_generated_tree(bulkhead, tmp_path, name, vm):
    assert shutil.which("dt-validate"), "there is no dt-validate; make setup"
    described = bulkhead.on("show", name, "--dts", vm)
    (tmp_path / "tree.dtb").write_bytes(dtc(described.stdout))
    result = bulkhead.run("dt-validate", "-s", HERE / "fixtures/schemas", tmp_path / "tree.dtb")
    assert (result.returncode, result.stdout + result.stderr) == (0, "")
