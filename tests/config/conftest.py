# SPDX-License-Identifier: Apache-2.0
"""What the configuration tests share: the command that was built, and the files it is given.

The files are made once for a run, in BUILD/tests/config/files, and stay there: what failed can be
tried again by hand.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
from functools import cached_property

import pytest

from fixtures import boards, cases, images
from fixtures.images import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
ENVIRONMENT = dict(os.environ, NO_COLOR="1", ASAN_OPTIONS="detect_leaks=1",
                   UBSAN_OPTIONS="print_stacktrace=1")
ENDED = re.compile(r"^(\S+): exit code (\d+)\n", re.M)


def pytest_addoption(parser):
    parser.addoption("--accept", action="store_true", help="write what is said, do not compare it")


def files_of(config):
    return pathlib.Path(config.getoption("build"), "tests/config/files").resolve()


def pytest_configure(config):
    files = files_of(config)
    if hasattr(config, "workerinput"):  # one of several processes: they share what the first made
        return
    config.option.basetemp = files.parent / "tmp"
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir(parents=True)
    images.make(files)
    boards.make(files / "boards")
    cases.write(files)


def pytest_sessionfinish(session, exitstatus):
    """What the tests wrote stays where one failed."""
    if exitstatus == 0 and not hasattr(session.config, "workerinput"):
        shutil.rmtree(session.config.option.basetemp, ignore_errors=True)


def kind_of(path):
    """What the hypervisor of a description's architecture has in its name."""
    return "-riscv64" if re.search(rb"^board: .*riscv64", path.read_bytes(), re.M) else ""


class Bulkhead:
    """The command. Paths in what it says that lie among the fixtures begin with WORK."""

    def __init__(self, config):
        self.build = pathlib.Path(config.getoption("build")).resolve()
        self.files = files_of(config)
        self.accept = config.getoption("accept")

    def run(self, *command, **more):
        result = subprocess.run(
            [str(word) for word in command], cwd=more.pop("cwd", ROOT), text=True, timeout=60,
            capture_output=True, check=False, errors="replace",
            env={**ENVIRONMENT, **more.pop("environment", {})}, **more)
        result.stdout = result.stdout.replace(str(self.files), "WORK")
        result.stderr = result.stderr.replace(str(self.files), "WORK")
        return result

    def __call__(self, *arguments, **more):
        return self.run(self.build / "tests/bulkhead", *arguments, **more)

    def options(self, kind=""):
        return ["-D", f"images={self.files}", "--boards", self.files / "boards", "--hypervisor",
                self.files / f"hypervisor{kind}.bin"]

    def on(self, command, name, *more):
        """A command on a case, or another description; what it says is without the path."""
        path = self.files / f"{name}.yaml"
        result = self(command, *self.options(kind_of(path)), *more, path)
        result.stderr = result.stderr.replace(f"WORK/{name}.yaml:", "")
        return result

    def built(self, name, image, *more):
        """The image of a case, or of another description."""
        result = self.on("build", name, "-o", image, *more)
        assert result.returncode == 0, result.stderr
        return image.read_bytes()

    def check_many(self, paths, kind=""):
        """(exit code, what is said) of each description, by one process for an architecture."""
        result = self.run(self.build / "tests/check_many", *self.options(kind), "--", *paths)
        said, *rest = ENDED.split(result.stdout)
        checked = {}
        for path, code, following in zip(rest[::3], rest[1::3], rest[2::3]):
            checked[pathlib.Path(path).stem] = int(code), said.replace(f"{path}:", "")
            said = following
        assert result.returncode == 0 and len(checked) == len(paths), said + result.stderr
        return checked

    @cached_property
    def bad(self):
        """(exit code, what is said) of each case of bad/, by its name."""
        paths = list((self.files / "bad").iterdir())
        return {name: found for kind in ("", "-riscv64") for name, found in self.check_many(
            [path for path in paths if kind_of(path) == kind], kind).items()}

    def expect(self, case, said):
        """It is what the case expects; or becomes that, with --accept."""
        if self.accept and case.path:
            cases.accept(case, said)
        else:
            assert said == case.said


@pytest.fixture(scope="session")
def bulkhead(pytestconfig):
    return Bulkhead(pytestconfig)


@pytest.fixture(scope="session")
def files(bulkhead):
    return bulkhead.files
