"""Test suites by kind: units, made data, real data. A suite that holds no test is a failure, not a pass."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from paceline.ship.gates import Candidate, Gate, Outcome
from paceline.ship.gates.programs import LONGEST, below, interpreter, run

KINDS = {"unit": "unit tests", "made_data": "tests on made data", "real_data": "tests on real data"}


def suite(kind: str) -> Gate:
    """The gate of one kind of suite."""

    def gate(candidate: Candidate) -> Iterator[Outcome]:
        named = candidate.product.text.get("gates", {}).get(kind)
        if named is None:
            advice = f"Name a folder of them in product.yaml, at gates.{kind}."
            yield Outcome(kind, "absent", f"It has no {KINDS[kind]}.", advice)
        else:
            yield run_suite(candidate, kind, named, what=KINDS[kind])

    return gate


def run_suite(
    candidate: Candidate, gate: str, named: str, *, what: str, extra: Mapping[str, str] | None = None
) -> Outcome:
    """What a suite of pytest's or testthat's says of the candidate."""
    folder = below(candidate.product, named)
    if not folder.exists():
        advice = "Mend the path in product.yaml, or write the tests."
        return Outcome(gate, "failed", f"{named} does not exist.", advice)
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.xml"
        shared = {} if candidate.shared is None else {"PACELINE_DATA": str(candidate.shared.resolve())}
        ended = run(_command(candidate, folder, report), candidate.product, extra={**shared, **(extra or {})})
        counted = _counted(report)
    if ended.status is None:
        return Outcome(gate, "failed", f"The {what} took over {LONGEST:g} s.", "Make them quicker.", ended.output)
    if counted is None or ended.status not in (0, 1):
        advice = "Run the suite by hand in the product's folder."
        return Outcome(gate, "failed", f"The {what} could not be run.", advice, ended.output)
    tests, failed, skipped = counted
    figures = {"tests": tests, "failed": failed, "skipped": skipped}
    if failed:
        said = f"{failed} of {tests} {what} failed."
        return Outcome(gate, "failed", said, "Mend the code or the test that is wrong.", ended.output, figures)
    if tests == skipped:
        return Outcome(gate, "failed", f"No test ran in {named}.", "Write one that can fail.", ended.output, figures)
    return Outcome(gate, "passed", f"{tests - skipped} {what} passed.", figures=figures)


def _command(candidate: Candidate, folder: Path, report: Path) -> list[str]:
    """pytest without the project's own settings, or testthat: what is released has to stand alone."""
    if candidate.product.code.language == "r" and any(folder.glob("*.R")):
        code = (
            "given <- commandArgs(TRUE); testthat::test_dir(given[1], stop_on_failure = TRUE, "
            "reporter = testthat::JunitReporter$new(file = given[2]))"
        )
        return ["Rscript", "--vanilla", "-e", code, str(folder), str(report)]
    alone = ["-c", "/dev/null", "--rootdir", str(folder), "-p", "no:cacheprovider", "--import-mode=importlib"]
    return [interpreter(candidate.product), "-m", "pytest", "-q", str(folder), f"--junitxml={report}", *alone]


def _counted(report: Path) -> tuple[int, int, int] | None:
    """Tests, failures with errors, and skips."""
    if not report.exists():
        return None
    try:
        suites = list(ET.parse(report).iter("testsuite"))  # noqa: S314 - written by the run above
    except ET.ParseError:
        return None
    total = {
        name: sum(int(float(suite.get(name) or 0)) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    }
    return total["tests"], total["failures"] + total["errors"], total["skipped"]
