# SPDX-License-Identifier: Apache-2.0
"""Subcommands, options and exit codes; and what --json says."""

import json
import re

import pytest

from fixtures.images import ROOT

@pytest.mark.parametrize("words, code, said", [
    ("", 2, "usage: bulkhead"),
    ("--help", 0, "exit codes"),
    ("--version", 0, "bulkhead 0."),
    ("chek", 2, "did you mean 'check'"),
    ("check --help", 0, "--list-rules"),
    ("build --help", 0, "-o FILE"),
    ("schema --help", 0, "usage: bulkhead schema"),
    ("schema GOOD", 2, "takes no file"),
    ("schema --frob", 2, "see bulkhead schema"),
    ("check --list-rules GOOD", 2, "none with --list-rules"),
    ("update --help", 0, "VM:initrd=FILE"),
    ("show --help", 0, "usage: bulkhead show"),
    ("check --dts one GOOD", 2, "see bulkhead check"),
    ("check", 2, "takes one file"),
    ("check GOOD GOOD", 2, "takes one file"),
    ("check --frob GOOD", 2, "--frob"),
    ("build --list-rules", 2, "see bulkhead build"),
    ("check -D images GOOD", 2, "NAME=VALUE"),
    ("check nowhere.yaml --boards boards", 3, "nowhere.yaml"),
    ("show nowhere.img --boards boards", 3, "nowhere.img"),
    ("build IMAGES --hypervisor nowhere.bin GOOD", 3, "nowhere.bin"),
    ("build IMAGES --hypervisor WORK/raw.bin GOOD", 3, "no hypervisor"),
    ("build IMAGES --hypervisor WORK/hypervisor.bin -o /nowhere/x GOOD", 3, "cannot write"),
    ("check IMAGES --board qemu-riscv64 GOOD", 1, "image-arch"),
    ("check IMAGES --board qemu-riscv GOOD", 1, "did you mean 'qemu-riscv64'"),
    (f"check IMAGES --board {ROOT}/boards/qemu-arm64 GOOD", 0, ""),
])
def test_words(bulkhead, files, words, code, said):
    words = words.replace("IMAGES", "-D images=WORK --boards boards")
    words = words.replace("GOOD", "WORK/good/minimal.yaml").replace("WORK", str(files))
    result = bulkhead(*words.split())
    assert result.returncode == code, result.stderr
    assert said in (result.stderr if code else result.stdout)


def test_rules_as_json(bulkhead):
    listed = json.loads(bulkhead("check", "--list-rules", "--json").stdout)["rules"]
    lines = bulkhead("check", "--list-rules").stdout.splitlines()
    assert [line.split(None, 2) for line in lines] == [
        [rule["name"], rule["severity"], rule["text"]] for rule in listed]
    names = [rule["name"] for rule in listed]
    assert len(set(names)) == len(names)
    assert {need for rule in listed for need in rule["needs"]} <= set(names)


@pytest.mark.parametrize("name", ["several/everything", "warn/no-console", "good/minimal"])
def test_messages_as_json(bulkhead, name):
    rules = {rule["name"]: rule for rule in
             json.loads(bulkhead("check", "--list-rules", "--json").stdout)["rules"]}
    said = re.findall(r"^(\d+):(\d+): (\w+): ([a-z-]+): (.*)$",
                      bulkhead.on("check", name).stderr, re.M)
    result = bulkhead.on("check", name, "--json")
    document = json.loads(result.stdout)
    items = document["diagnostics"]
    assert said == [(str(item["line"]), str(item["column"]), item["severity"],
                     item["rule"], item["message"]) for item in items]
    assert (document["file"], document["version"]) == (f"WORK/{name}.yaml", 1)
    assert document["ok"] == (result.returncode == 0) and not result.stderr
    for item in items:
        assert item["file"] == document["file"]
        assert item["remedy"] == rules[item["rule"]]["remedy"]
        assert item["end_column"] is None or item["end_column"] > item["column"]


def test_no_file_as_json(bulkhead):
    result = bulkhead("check", "--json", "nowhere.yaml")
    item = json.loads(result.stdout)["diagnostics"][0]
    assert result.returncode == 3
    assert (item["rule"], item["line"], item["remedy"]) == ("file", None, None)
