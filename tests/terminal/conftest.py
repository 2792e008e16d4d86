# SPDX-License-Identifier: Apache-2.0
"""What the terminal tests are given."""

import os

import pytest

from session import Runs, Session


def pytest_configure(config):
    config.addinivalue_line("markers", "session(...): how the terminal is, or the environment")


@pytest.fixture(scope="session", name="runs")
def runs_fixture(pytestconfig, tmp_path_factory):
    bulkhead = os.path.abspath(os.path.join(pytestconfig.getoption("build"), "bulkhead"))
    return Runs(bulkhead, tmp_path_factory.mktemp("terminal"))


@pytest.fixture
def terminal(request, runs):
    """A session in which Linux has its prompt; one that a test has not ended, ends well."""
    marker = request.node.get_closest_marker("session")
    session = Session(runs, **marker.kwargs if marker else {})
    try:
        session.prompt()
        yield session
        if session.process.poll() is None:
            session.quit()
    finally:
        session.close()
